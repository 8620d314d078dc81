"""Imports by address: what a page of the internet may give, and what it may not reach."""

import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from labeling.models import Image, Job
from labeling.services import fetch, imports
from labeling.services.jobs import JobRun, job_start, jobs_requeue_stale
from labeling.tasks.imports import import_urls_run
from labeling.uploads import incoming_folder
from tests.conftest import until
from tests.pictures import jpeg


@pytest.fixture
def site(settings, tmp_path):
    """A web server on this machine; tests allow its address, which nothing else would."""
    settings.MEDIA_ROOT = str(tmp_path)

    class Pages(BaseHTTPRequestHandler):
        hits: list[str] = []

        def do_GET(self):
            self.hits.append(self.path)
            if self.path.startswith("/to/"):
                self.send_response(302)
                self.send_header("Location", self.path[4:])
                self.end_headers()
                return
            self.send_response(200 if self.path.endswith(".jpg") else 404)
            self.end_headers()
            if self.path == "/endless.jpg":
                for _ in range(100):
                    self.wfile.write(b"\0" * 100_000)
            self.wfile.write(jpeg(len(self.path)) if self.path.endswith(".jpg") else b"the secret body")

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.pages = Pages
    server.url = f"http://127.0.0.1:{server.server_port}"
    settings.IMPORT_ALLOWED_HOSTS = [f"127.0.0.1:{server.server_port}"]
    yield server
    server.shutdown()
    server.server_close()


def imported(api, project, urls):
    answer = api.post(f"/api/projects/{project.pk}/imports/", {"urls": urls}, format="json")
    assert answer.status_code == 202, answer.json()
    import_urls_run(answer.json()["id"], 1)
    return api.get(f"/api/jobs/{answer.json()['id']}/").json()


@pytest.mark.django_db(transaction=True)
def test_addresses_bring_their_images_and_each_other_one_its_reason(manager_api, project, site):
    job = imported(
        manager_api,
        project,
        [f"{site.url}/a.jpg", f"{site.url}/to/{site.url}/bb.jpg", f"{site.url}/gone", "ftp://x/y"],
    )
    assert job["state"] == "succeeded" and (job["done"], job["total"]) == (4, 4)
    assert len(job["result"]["created"]) == 2
    assert {row["name"]: row["reason"] for row in job["result"]["rejected"]} == {
        f"{site.url}/gone": "The server answered 404.",
        "ftp://x/y": "Only http:// and https:// addresses are fetched.",
    }
    assert "secret body" not in str(job)
    assert Image.objects.get(name="a.jpg").source_url == f"{site.url}/a.jpg"
    again = imported(manager_api, project, [f"{site.url}/a.jpg"])
    assert again["result"]["duplicates"] == [
        {"name": f"{site.url}/a.jpg", "id": Image.objects.get(name="a.jpg").pk}
    ]


PRIVATE = [
    "http://127.0.0.1/x.jpg", "http://localhost/x.jpg", "http://2130706433/x.jpg", "http://0x7f.1/x.jpg", "http://[::1]/x.jpg",
    "http://[::ffff:127.0.0.1]/x.jpg", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://192.168.1.1/",
    "http://172.16.0.1/", "http://0.0.0.0/", "http://[fe80::1]/", "http://[fd00::1]/", "http://[2002:7f00:1::]/",
    "http://[64:ff9b::7f00:1]/", "http://224.0.0.1/", "http://100.64.0.1/",
    "http://[fec0::1]/", "http://0177.0.0.1/", "http://127.1/", "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "http://[::127.0.0.1]/",
    "http://[::]/",
]  # fmt: skip


@pytest.mark.parametrize("url", PRIVATE)
def test_private_networks_are_not_reached_however_they_are_spelled(url):
    with pytest.raises(fetch.Refused, match=r"private network|no host"):
        fetch.fetch(url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://x/",
        "//x/y",
        "http://",
        "http://user:pw@example.org/",
        "http://example.org:22/",
        "javascript:x",
    ],
)
def test_other_schemes_ports_and_credentials_are_refused(url):
    with pytest.raises(fetch.Refused):
        fetch.fetch(url)


def test_a_redirect_into_a_private_network_is_refused(site):
    for target, reason in (
        ("http://127.0.0.1/x.jpg", "private network"),
        ("http://127.0.0.1:1/x.jpg", "Port 1 is not"),
        ("file:///etc/passwd", "Only http"),
        ("http://169.254.169.254/", "private network"),
        ("http://user:pw@example.org/", "password"),
    ):
        with pytest.raises(fetch.Refused, match=reason):
            fetch.fetch(f"{site.url}/to/{target}")


def test_a_redirect_without_end_is_refused(site):
    with pytest.raises(fetch.Refused, match="redirects"):
        fetch.fetch(f"{site.url}/to/{site.url}/to/{site.url}" + f"/to/{site.url}" * 8 + "/a.jpg")


def test_a_name_that_changes_its_address_after_the_check_is_not_followed(site, monkeypatch):
    """DNS rebinding. The name server is the one thing doubled here: the machine has no other."""
    answers = iter(["127.0.0.1", "93.184.216.34"])
    seen = []

    def resolve(host, port, *args, **kwargs):
        seen.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(fetch.Refused, match="private"):
        fetch.fetch("http://rebinding.example/x.jpg")
    assert seen == ["rebinding.example"]


def test_the_connection_goes_to_the_address_that_was_checked(site, settings, monkeypatch):
    settings.IMPORT_ALLOWED_HOSTS = [f"pinned.example:{site.server_port}"]
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        assert host in ("pinned.example", "127.0.0.1"), "resolved a second time"
        return real("127.0.0.1", port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    incoming = fetch.fetch(f"http://pinned.example:{site.server_port}/x.jpg")
    assert incoming.size == len(jpeg(6))
    incoming.discard()


def test_a_body_without_end_is_cut_off(site, settings):
    settings.MAX_IMAGE_BYTES = 1_000_000
    with pytest.raises(fetch.Refused, match="larger"):
        fetch.fetch(f"{site.url}/endless.jpg")


@pytest.mark.django_db(transaction=True)
def test_an_import_is_cancelled_and_never_begun_twice(manager_api, api, stranger_api, project, site):
    answer = manager_api.post(
        f"/api/projects/{project.pk}/imports/", {"urls": [f"{site.url}/a.jpg"]}, format="json"
    )
    pk = answer.json()["id"]
    assert stranger_api.get(f"/api/jobs/{pk}/").status_code == 404
    assert stranger_api.post(f"/api/jobs/{pk}/cancel/").status_code == 404
    assert api.post(f"/api/jobs/{pk}/cancel/").status_code == 403
    assert manager_api.post(f"/api/jobs/{pk}/cancel/").json()["state"] == "cancelled"
    assert manager_api.post(f"/api/jobs/{pk}/cancel/").json()["state"] == "cancelled"
    assert job_start(job_id=pk, attempt=1) is None
    import_urls_run(pk, 1)
    assert site.pages.hits == [] and Job.objects.get(pk=pk).state == "cancelled"


def test_labelers_do_not_import(api, stranger_api, project):
    url = f"/api/projects/{project.pk}/imports/"
    assert api.post(url, {"urls": ["http://example.org/a.jpg"]}, format="json").status_code == 403
    assert stranger_api.post(url, {"urls": ["http://example.org/a.jpg"]}, format="json").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_slow_addresses_hold_up_no_others_and_results_keep_their_order(
    manager_api, project, site, monkeypatch
):
    real, pair = fetch.fetch, threading.Barrier(2, timeout=20)

    def fetch_slowly(url):
        if "slow" in url:
            pair.wait()  # for another one: one after another they would wait in vain
        return real(url)

    monkeypatch.setattr(imports, "fetch", fetch_slowly)
    urls = [f"{site.url}/{'slow' if n % 2 else 'fast'}{'x' * n}.jpg" for n in range(8)]
    job = imported(manager_api, project, urls)
    assert job["errors"] == []
    assert job["result"]["created"] == sorted(job["result"]["created"]) and job["done"] == 8
    named = Image.objects.order_by("id").values_list("source_url", flat=True)
    assert list(named) == urls


@pytest.mark.django_db(transaction=True)
def test_cancelling_waits_for_no_server_and_keeps_what_came(manager_api, project, site, monkeypatch):
    real, held = fetch.fetch, threading.Event()

    def fetch_or_hang(url):
        if "hang" in url:
            held.wait(20)
        return real(url)

    def cancel(self):
        if Image.objects.exists():
            Job.objects.update(cancel_requested=True)
        return look(self)

    look = JobRun.cancelled
    monkeypatch.setattr(imports, "fetch", fetch_or_hang)
    monkeypatch.setattr(JobRun, "cancelled", cancel)
    begun = time.monotonic()
    job = imported(manager_api, project, [f"{site.url}/a.jpg", f"{site.url}/hang.jpg", f"{site.url}/bcd.jpg"])
    assert time.monotonic() - begun < 5
    assert job["state"] == "cancelled" and len(job["result"]["created"]) == job["done"] == 1
    held.set()
    until(lambda: not list(incoming_folder().iterdir()))


@pytest.mark.django_db(transaction=True)
def test_a_library_that_stumbles_over_one_address_costs_the_job_nothing_else(
    manager_api, project, site, monkeypatch
):
    real = fetch.fetch

    def stumble(url):
        if "odd" in url:
            raise RuntimeError("/secret/path: internal")
        return real(url)

    monkeypatch.setattr(imports, "fetch", stumble)
    job = imported(manager_api, project, [f"{site.url}/odd.jpg", f"{site.url}/a.jpg"])
    assert job["state"] == "succeeded" and len(job["result"]["created"]) == 1 and "secret" not in str(job)


@pytest.mark.django_db(transaction=True)
def test_a_second_attempt_brings_nothing_twice(manager_api, project, site):
    urls = [f"{site.url}/{'x' * n}.jpg" for n in range(1, 4)]
    pk = manager_api.post(f"/api/projects/{project.pk}/imports/", {"urls": urls}, format="json").json()["id"]
    first = job_start(job_id=pk, attempt=1)
    imports.import_urls_run(run=first)  # and its worker dies before it says so
    Job.objects.update(heartbeat=timezone.now() - timedelta(minutes=2))
    assert jobs_requeue_stale() == 1
    import_urls_run(pk, 1)  # the old message, delivered again
    import_urls_run(pk, 2)
    job = manager_api.get(f"/api/jobs/{pk}/").json()
    assert job["state"] == "succeeded" and job["done"] == 3
    assert sorted(job["result"]["created"]) == sorted(Image.objects.values_list("id", flat=True))
    assert len(site.pages.hits) == 3, "what is told of is not fetched again"
