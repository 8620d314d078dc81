"""Imports from a web page: which images are taken, what a site forbids, and what a hostile one may do."""

import threading
import time
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from labeling.models import Image, Job
from labeling.services import visits
from labeling.services.fetch import Refused
from labeling.services.imports import import_page_run as run_import
from labeling.services.jobs import JobFailed, JobRun, job_start, jobs_requeue_stale
from labeling.services.pages import LONGEST
from labeling.services.visits import PAGE_BYTES, Visit
from labeling.tasks.imports import import_page_run
from labeling.uploads import incoming_folder
from tests.pictures import encoded, picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(settings, tmp_path):
    """A web site on this machine: `pages` has its answers by path, (status, headers, body) or the body alone.
    Every other `….jpg` is a picture of its own, 240 × 220 pixels. `hits`: what was asked, and when."""
    settings.MEDIA_ROOT = str(tmp_path)
    servers = []

    def start():
        pages, hits = {"/robots.txt": (404, {}, b"")}, []

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self):
                hits.append((self.path, time.monotonic()))
                found = pages.get(self.path)
                if found is None and self.path.endswith(".jpg"):
                    found = (200, {"Content-Type": "image/jpeg"}, photo(self.path))
                status, headers, body = (
                    found
                    if isinstance(found, tuple)
                    else (200 if found is not None else 404, HTML, found or b"")
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else body.encode())

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.pages, server.hits = pages, hits
        server.host = f"127.0.0.1:{server.server_port}"
        server.url = f"http://{server.host}"
        settings.IMPORT_ALLOWED_HOSTS = [*settings.IMPORT_ALLOWED_HOSTS, server.host]
        servers.append(server)
        return server

    server = start()
    server.another = start
    yield server
    for one in servers:
        one.shutdown()
        one.server_close()
    assert list(incoming_folder().iterdir()) == []


HTML = {"Content-Type": "text/html; charset=utf-8"}


def photo(name: str, size: tuple[int, int] = (240, 220), **options) -> bytes:
    """Blocks of colour, others for each name: no near-duplicates of one another."""
    import numpy as np
    from PIL import Image as Pillow

    blocks = np.random.default_rng(list(name.encode())).integers(0, 255, (9, 9, 3), np.uint8)
    return encoded(Pillow.fromarray(blocks).resize(size, Pillow.Resampling.BICUBIC), **options)


def asked(api, project, url, **more):
    answer = api.post(f"/api/projects/{project.pk}/imports/", {"page_url": url, **more}, format="json")
    assert answer.status_code == 202, answer.json()
    return answer.json()["id"]


def imported(api, project, url, **more):
    pk = asked(api, project, url, **more)
    with suppress(JobFailed):  # which the worker's log has as well
        import_page_run(pk, 1)
    return api.get(f"/api/jobs/{pk}/").json()


def reasons(job):
    return {row["name"]: row["reason"] for row in job["result"]["rejected"]}


def addresses():
    return list(Image.objects.order_by("id").values_list("source_url", flat=True))


def test_a_pages_images_come_in_with_their_addresses_and_the_pages(manager_api, project, site):
    site.pages["/p/"] = (
        '<h1>Fridges</h1><img src="a.jpg"><img src="/b.jpg#x"><img src="a.jpg"><a href="big/c.jpg">c</a>'
    )
    job = imported(manager_api, project, f"{site.url}/p/", group="fridges")
    assert job["state"] == "succeeded" and (job["done"], job["total"]) == (3, 3)
    assert addresses() == [f"{site.url}/p/a.jpg", f"{site.url}/b.jpg", f"{site.url}/p/big/c.jpg"]
    image = manager_api.get(f"/api/images/{job['result']['created'][0]}/").json()
    assert image["attributes"] == {"page_url": f"{site.url}/p/"} and image["group"] == "fridges"
    again = imported(manager_api, project, f"{site.url}/p/")
    assert len(again["result"]["duplicates"]) == 3 and not again["result"]["created"]


def test_a_page_that_is_an_image_is_that_image(manager_api, project, site):
    job = imported(manager_api, project, f"{site.url}/one.jpg")
    assert job["state"] == "succeeded" and (job["done"], job["total"]) == (1, 1)
    assert addresses() == [f"{site.url}/one.jpg"]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ("<p>no pictures</p>", "The page names no images."),
        (
            (200, {"Content-Type": "application/pdf"}, b"%PDF the secret"),
            "This is neither a web page nor an image.",
        ),
        ((404, HTML, b"the secret"), "The server answered 404."),
        (b"<img src=a.jpg>" + b" " * PAGE_BYTES, "The page is larger than 5 MB."),
    ],
    ids=["none", "pdf", "gone", "large"],
)
def test_a_page_without_images_says_so(manager_api, project, site, found, reason):
    site.pages["/p"] = found
    job = imported(manager_api, project, f"{site.url}/p")
    assert job["state"] == "failed" and job["errors"][0]["reason"].startswith(reason)
    assert "secret" not in str(job) and not Image.objects.exists()


def test_credentials_in_a_page_are_neither_kept_nor_used(manager_api, project, site):
    site.pages["/p"] = f'<img src="http://user:secret@{site.host}/a.jpg"><img src="b.jpg">'
    job = imported(manager_api, project, f"{site.url}/p")
    assert addresses() == [f"{site.url}/b.jpg"] and len(job["result"]["rejected"]) == 1
    assert "secret" not in str(job)
    answer = manager_api.post(
        f"/api/projects/{project.pk}/imports/", {"page_url": "https://user:secret@x.example/"}, format="json"
    )
    assert answer.status_code == 400 and "secret" not in answer.content.decode()


def test_a_page_that_names_too_many_images_gives_the_first(manager_api, project, site, monkeypatch):
    monkeypatch.setattr("labeling.services.pages.MOST", 2)
    site.pages["/p"] = "".join(f'<img src="{n}.jpg">' for n in range(5)) + f'<img src="{"x" * LONGEST}.jpg">'
    job = imported(manager_api, project, f"{site.url}/p")
    assert job["total"] == 2 and "first 2" in job["log"]


def test_small_images_are_rejected_with_their_size(manager_api, project, site):
    site.pages |= {
        "/p": '<img src="icon.jpg"><img src="flat.jpg"><img src="just.jpg">',
        "/icon.jpg": (200, {}, encoded(picture(1, (64, 64)))),
        "/flat.jpg": (200, {}, encoded(picture(2, (900, 199)))),
        "/just.jpg": (200, {}, encoded(picture(3, (200, 200)))),
    }
    job = imported(manager_api, project, f"{site.url}/p")
    assert reasons(job) == {
        f"{site.url}/icon.jpg": "The image is 64 × 64, smaller than 200 × 200.",
        f"{site.url}/flat.jpg": "The image is 900 × 199, smaller than 200 × 200.",
    }
    more = imported(manager_api, project, f"{site.url}/p", min_width=0, min_height=65)
    assert len(more["result"]["created"]) == 1 and list(reasons(more)) == [f"{site.url}/icon.jpg"]


def test_what_robots_txt_forbids_is_not_asked_for(manager_api, project, site):
    site.pages["/robots.txt"] = (
        "User-agent: *\nDisallow: /\n\nUser-agent: frameloop\nDisallow: /private/\nDisallow: /*.png$"
    )
    site.pages["/p"] = '<img src="a.jpg"><img src="/private/b.jpg"><img src="c.png">'
    job = imported(manager_api, project, f"{site.url}/p")
    assert addresses() == [f"{site.url}/a.jpg"]
    assert set(reasons(job)) == {f"{site.url}/private/b.jpg", f"{site.url}/c.png"}
    assert all("robots.txt" in reason for reason in reasons(job).values())
    assert [path for path, _ in site.hits] == ["/robots.txt", "/p", "/a.jpg"]
    page = imported(manager_api, project, f"{site.url}/private/p")
    assert page["state"] == "failed" and "robots.txt" in page["errors"][0]["reason"]


def test_every_host_is_asked_for_its_own_rules_once(manager_api, project, site):
    other = site.another()
    other.pages["/robots.txt"] = "User-agent: Frameloop\nDisallow: /b.jpg"
    site.pages["/p"] = f'<img src="{other.url}/a.jpg"><img src="{other.url}/b.jpg"><img src="/c.jpg">'
    site.pages["/c.jpg"] = (
        302,
        {"Location": f"{other.url}/b.jpg"},
        b"",
    )  # by the way of a host that allows it
    job = imported(manager_api, project, f"{site.url}/p")
    assert addresses() == [f"{other.url}/a.jpg"] and len(job["result"]["rejected"]) == 2
    assert [path for path, _ in other.hits] == ["/robots.txt", "/a.jpg"]


@pytest.mark.parametrize(
    ("status", "allowed"), [(401, True), (404, True), (429, True), (500, False), (503, False)]
)
def test_a_site_without_robots_txt_allows_all_and_a_broken_one_nothing(
    manager_api, project, site, status, allowed
):
    site.pages |= {"/robots.txt": (status, {}, b"User-agent: *\nDisallow: /"), "/p": '<img src="a.jpg">'}
    job = imported(manager_api, project, f"{site.url}/p")
    assert (job["state"] == "succeeded") == Image.objects.exists() == allowed
    assert allowed or str(status) in job["errors"][0]["reason"]


def test_robots_txt_leads_nowhere_private_and_its_length_ruins_nobody(manager_api, project, site):
    site.pages["/p"] = '<img src="a.jpg">'
    for robots in (
        (302, {"Location": "http://169.254.169.254/robots.txt"}, b""),
        (302, {"Location": "file:///etc/passwd"}, b""),
        "".join(f"User-agent: a{n}\n" for n in range(15_000)) + "Disallow: /x\n" * 15_000,
    ):
        site.pages["/robots.txt"] = robots
        job = imported(manager_api, project, f"{site.url}/p")
        assert job["state"] == "failed" and "robots.txt cannot be read" in job["errors"][0]["reason"]
    assert not Image.objects.exists()


def test_a_page_or_an_image_that_leads_into_a_private_network_is_refused(manager_api, project, site):
    site.pages["/p"] = (302, {"Location": "http://10.0.0.1/"}, b"")
    job = imported(manager_api, project, f"{site.url}/p")
    assert job["state"] == "failed" and "private network" in job["errors"][0]["reason"]
    site.pages["/q"] = '<img src="http://192.168.1.1/a.jpg"><img src="http://[::1]/b.jpg"><img src="c.jpg">'
    site.pages["/c.jpg"] = (302, {"Location": "http://169.254.169.254/latest"}, b"")
    job = imported(manager_api, project, f"{site.url}/q")
    assert len(reasons(job)) == 3 and all("private network" in reason for reason in reasons(job).values())


def test_a_host_gets_its_rest_and_one_that_asks_for_too_long_a_rest_is_left_alone(manager_api, project, site):
    site.pages |= {
        "/robots.txt": "User-agent: *\nCrawl-delay: 0.2",
        "/p": '<img src="a.jpg"><img src="b.jpg">',
    }
    assert len(imported(manager_api, project, f"{site.url}/p")["result"]["created"]) == 2
    times = [when for _, when in site.hits]
    # What arrives late shortens the rest that the site sees until the next one: all together cannot be shorter.
    assert len(times) == 4 and times[-1] - times[0] >= 0.6
    site.pages["/robots.txt"] = "User-agent: *\nCrawl-delay: 3600"
    job = imported(manager_api, project, f"{site.url}/p")
    assert job["state"] == "failed" and "3600 seconds" in job["errors"][0]["reason"]


class Waits(threading.Event):
    """Says how long it was to be waited for, and waits no longer."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def wait(self, timeout=None):
        self.asked.append(timeout)
        self.set()
        return True


def test_hosts_that_are_nobodys_of_ours_wait_as_the_setting_says(site, settings, monkeypatch):
    settings.IMPORT_DELAY = 600
    ours = Visit(ended=Waits())
    ours.before(f"{site.url}/a")  # the allowed host
    ours.before(f"{site.url}/b")
    assert not ours.ended.asked
    monkeypatch.setattr(visits, "is_trusted", lambda url: False)
    theirs = Visit(ended=Waits())
    with pytest.raises(Refused, match="ended"):
        theirs.before(f"{site.url}/a")  # its robots.txt was asked for just now
    (seconds,) = theirs.ended.asked
    assert 500 < seconds <= 600


def test_a_host_gets_its_rest_from_all_jobs_together(site, settings, monkeypatch):
    settings.IMPORT_DELAY = 0.2
    monkeypatch.setattr(visits, "is_trusted", lambda url: False)
    site.pages["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.1"

    def visit():
        one = Visit()
        for path in ("/a.jpg", "/b.jpg"):
            one.image(f"{site.url}{path}")

    jobs = [threading.Thread(target=visit) for _ in range(3)]
    begun = time.monotonic()
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    times = [when for _, when in site.hits]
    # Since before the first one had its turn: how late that arrived says nothing of the rests.
    assert len(times) == 9 and max(times) - begun >= 8 * 0.2


def test_a_page_import_is_cancelled_while_it_waits_for_its_turn(manager_api, project, site, monkeypatch):
    site.pages["/robots.txt"] = "User-agent: *\nCrawl-delay: 1"
    site.pages["/p"] = "".join(f'<img src="{n}.jpg">' for n in range(60))
    look = JobRun.cancelled

    def cancel(self):
        if Image.objects.exists():
            Job.objects.update(cancel_requested=True)
        return look(self)

    monkeypatch.setattr(JobRun, "cancelled", cancel)
    job = imported(manager_api, project, f"{site.url}/p")
    assert job["state"] == "cancelled" and len(job["result"]["created"]) == job["done"] >= 1
    asked_for = len(site.hits)
    time.sleep(1.2)
    assert len(site.hits) <= asked_for + 1 and asked_for < 10


def test_a_lost_worker_of_a_page_brings_nothing_twice(manager_api, project, site):
    site.pages["/p"] = "".join(f'<img src="{n}.jpg">' for n in range(3))
    pk = asked(manager_api, project, f"{site.url}/p", skip_near_duplicates=True)
    run_import(run=job_start(job_id=pk, attempt=1))  # and its worker dies before it says so
    Job.objects.update(heartbeat=timezone.now() - timedelta(minutes=2))
    assert jobs_requeue_stale() == 1
    import_page_run(pk, 1)  # the old message, delivered again
    import_page_run(pk, 2)
    job = manager_api.get(f"/api/jobs/{pk}/").json()
    assert job["state"] == "succeeded" and (job["done"], job["total"]) == (3, 3)
    assert len(job["result"]["created"]) == Image.objects.count() == 3
    pictures = [path for path, _ in site.hits if path.endswith(".jpg")]
    assert len(pictures) == 3, "what is told of is not fetched again"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"urls": ["https://x.example/a.jpg"], "page_url": "https://x.example/"},
        {"page_url": "ftp://x.example/"},
        {"page_url": "x.example"},
        {"page_url": "https://x.example:22/"},
        {"page_url": ""},
        {"page_url": "https://x.example/", "min_width": -1},
        {"page_url": "https://x.example/", "skip_near_duplicates": "perhaps"},
    ],
)
def test_an_import_names_one_source_that_can_be_fetched(manager_api, project, body):
    answer = manager_api.post(f"/api/projects/{project.pk}/imports/", body, format="json")
    assert answer.status_code == 400 and answer.json()["detail"] and not Job.objects.exists()


def test_only_managers_import_pages(api, stranger_api, project):
    url, body = f"/api/projects/{project.pk}/imports/", {"page_url": "https://x.example/"}
    assert api.post(url, body, format="json").status_code == 403
    assert stranger_api.post(url, body, format="json").status_code == 404
