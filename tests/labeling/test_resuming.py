"""Imports that were cancelled or failed go on where they ended: as if nothing had been in between."""

import errno
from contextlib import suppress
from itertools import count as counted

import pytest
from django.utils import timezone

from labeling import storage, uploads
from labeling.models import Image, ImportFile, Job
from labeling.services import importbatches, imports, video
from labeling.services.importfiles import KEPT, importfiles_forget
from labeling.services.jobs import JobFailed, JobRun
from labeling.services.projects import project_create
from labeling.tasks.imports import import_archive_run, import_page_run, import_urls_run, import_video_run
from tests.labeling.test_archives import begun as archive_sent
from tests.labeling.test_archives import packed
from tests.labeling.test_imports import site  # noqa: F401
from tests.labeling.test_page_imports import site as pages  # noqa: F401
from tests.labeling.test_video import call, imported, send  # noqa: F401
from tests.pictures import jpeg
from tests.vision.test_gallery import gallery
from tests.vision.videos import write_video

pytestmark = pytest.mark.django_db(transaction=True)

PICTURES = ["/a.jpg", "/b.jpg", "/c.jpg", "/d.jpg"]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def cancelling(monkeypatch):
    """Gives a function that has every job cancelled at its nth look from now; None lets them be."""
    look, left = JobRun.cancelled, []

    def cancelled(self):
        if left:
            left[0] -= 1
            if left[0] == 0:
                Job.objects.update(cancel_requested=True)
        return look(self)

    monkeypatch.setattr(JobRun, "cancelled", cancelled)
    return lambda looks: left.__setitem__(slice(None), [looks] if looks else [])


def run(api, task, pk):
    with suppress(JobFailed):  # the worker logs it
        task(pk, Job.objects.get(pk=pk).attempt)
    return api.get(f"/api/jobs/{pk}/").json()


def resume(api, pk):
    return api.post(f"/api/jobs/{pk}/resume/")


def test_a_video_cancelled_again_and_again_gives_what_an_uninterrupted_run_gives(
    manager_api, manager, project, tmp_path, cancelling, monkeypatch
):
    """Near-duplicates, the gallery's layout and a step of more than three seconds are all gone on with."""
    views = [gallery((2, 2), size=(640, 360), first=n // 2)[0] for n in range(20)]
    views += [gallery((3, 2), size=(640, 360), first=n // 2)[0] for n in range(20)]
    path = write_video(tmp_path / "long.mp4", (views[n // 40] for n in range(1600)), g="50")
    fields = {"fps": 0.3, "split_gallery": True, "near_duplicates": 2}
    ticks = counted(step=0.7)
    monkeypatch.setattr(video, "monotonic", lambda: next(ticks))  # it looks and reports all the time
    pk, stops = send(manager_api, project, path, **fields), []
    cancelling(9)
    while (job := run(manager_api, import_video_run, pk))["state"] != "succeeded":
        assert job["state"] == "cancelled" and job["resumable"], job["errors"]
        stops.append(job["result"]["frames"])
        answer = resume(manager_api, pk)
        assert answer.status_code == 202
        assert answer.json()["state"] == "queued" and not answer.json()["resumable"]
        cancelling(9)
    assert len(stops) > 2 and stops == sorted(set(stops)) and stops[0] > 0
    cancelling(None)
    other = project_create(by=manager, name="another", kind="classification", categories=[{"name": "x"}])
    whole = imported(manager_api, other, path, **fields)
    ours, theirs = (
        list(
            Image.objects.filter(project=one).order_by("id").values_list("sha256", "name", "attributes__tile")
        )
        for one in (project, other)
    )
    assert ours == theirs and {tile for *_, tile in ours} >= {"r1c1", "r1c3"}
    assert len(job["result"]["created"]) == len(ours) and job["result"]["near_duplicates"] > 0
    for name in ("frames", "near_duplicates", "rejected"):
        assert job["result"][name] == whole["result"][name]
    again = [[row["name"] for row in one["result"]["duplicates"]] for one in (job, whole)]
    assert again[0] == again[1]
    assert (job["done"], job["total"], job["errors"]) == (whole["done"], whole["total"], [])


def test_a_video_goes_on_when_there_is_room_again(
    manager_api,
    project,
    call,  # noqa: F811
    settings,
    monkeypatch,
):
    settings.MAX_PROJECT_IMAGES = 4
    pk = send(manager_api, project, call, near_duplicates=0)
    job = run(manager_api, import_video_run, pk)
    assert job["state"] == "failed" and job["resumable"] and len(job["result"]["created"]) == 4
    settings.MAX_PROJECT_IMAGES = 100
    assert resume(manager_api, pk).json()["errors"] == []

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(uploads.os, "replace", full)
        patched.setattr(storage.os, "replace", full)
        patched.setattr(uploads.Incoming, "place", full)
        job = run(manager_api, import_video_run, pk)
    assert job["state"] == "failed" and "storage is full" in job["errors"][-1]["reason"] and job["resumable"]
    assert resume(manager_api, pk).status_code == 202
    job = run(manager_api, import_video_run, pk)
    assert job["state"] == "succeeded" and job["result"]["rejected"] == [], job["errors"]
    assert list(Image.objects.order_by("id").values_list("video_time", flat=True)) == list(range(10))


def test_addresses_that_were_told_of_are_not_fetched_again(
    manager_api,
    project,
    site,  # noqa: F811
    cancelling,
    monkeypatch,
):
    monkeypatch.setattr(imports, "AT_ONCE", 1)
    urls = [f"{site.url}/{'x' * n}.jpg" for n in range(1, 5)] + [f"{site.url}/gone"]
    body = {"urls": urls}
    pk = manager_api.post(f"/api/projects/{project.pk}/imports/", body, format="json").json()["id"]
    cancelling(4)
    job = run(manager_api, import_urls_run, pk)
    assert job["state"] == "cancelled" and 0 < job["done"] < 5 and job["resumable"]
    cancelling(None)
    assert resume(manager_api, pk).status_code == 202
    job = run(manager_api, import_urls_run, pk)
    assert job["state"] == "succeeded" and (job["done"], job["total"]) == (5, 5)
    assert len(job["result"]["created"]) == 4 and len(job["result"]["rejected"]) == 1
    assert job["result"]["duplicates"] == []
    # The one that was on its way when the import was cancelled is asked for again, and no other.
    assert len(site.pages.hits) <= 6


def test_a_page_is_read_again_and_its_images_are_not(
    manager_api,
    project,
    pages,  # noqa: F811
    cancelling,
):
    images = "".join(f'<img src="{path}">' for path in PICTURES)
    pages.pages["/"] = f"<html>{images}</html>"
    body = {"page_url": f"{pages.url}/"}
    pk = manager_api.post(f"/api/projects/{project.pk}/imports/", body, format="json").json()["id"]
    cancelling(4)
    job = run(manager_api, import_page_run, pk)
    assert job["state"] == "cancelled" and 0 < job["done"] < 4 and job["resumable"]
    brought = job["done"]
    cancelling(None)
    pages.hits.clear()
    resume(manager_api, pk)
    job = run(manager_api, import_page_run, pk)
    assert job["state"] == "succeeded" and len(job["result"]["created"]) == 4 == job["done"], job["errors"]
    # The one that was on its way when the import was cancelled may still arrive now, and is asked for again.
    assert {path for path, _ in pages.hits if path.endswith(".jpg")} == set(PICTURES[brought:])


def test_an_archive_goes_on_behind_what_it_brought(manager_api, project, cancelling, monkeypatch):
    monkeypatch.setattr(importbatches, "AT_ONCE", {"known": 1, "member": 1, "url": 1})
    names = [category.name for category in project.categories.all()]
    data = packed({f"{names[n % 2]}/{n}.jpg": jpeg(n + 20) for n in range(5)})
    pk = archive_sent(manager_api, project, data)
    cancelling(3)
    job = run(manager_api, import_archive_run, pk)
    assert job["state"] == "cancelled" and job["done"] == 2 and job["resumable"]
    cancelling(None)
    resume(manager_api, pk)
    job = run(manager_api, import_archive_run, pk)
    assert job["state"] == "succeeded" and job["done"] == 5 == Image.objects.count()
    assert job["result"]["counts"]["created"] == job["result"]["counts"]["labeled"] == 5
    assert "duplicates" not in job["result"]["counts"]


def test_who_may_go_on_with_what(manager_api, api, stranger_api, project, call):  # noqa: F811
    pk = send(manager_api, project, call, near_duplicates=0)
    before = manager_api.get(f"/api/jobs/{pk}/").json()
    assert before["resumable"] is False and resume(manager_api, pk).json() == before
    manager_api.post(f"/api/jobs/{pk}/cancel/")
    assert resume(api, pk).status_code == 403 and resume(stranger_api, pk).status_code == 404
    assert Job.objects.get(pk=pk).state == "cancelled"
    twice = [resume(manager_api, pk).json()["attempt"] for _ in range(2)]
    assert twice == [4, 4]
    assert run(manager_api, import_video_run, pk)["state"] == "succeeded"
    done = resume(manager_api, pk)
    assert (done.status_code, done.json()["state"], Image.objects.count()) == (202, "succeeded", 10)


def test_what_cannot_go_on_says_why(manager_api, project, call, tmp_path):  # noqa: F811
    def refused(pk):
        assert manager_api.get(f"/api/jobs/{pk}/").json()["resumable"] is False
        answer = resume(manager_api, pk)
        assert answer.status_code == 409
        return answer.json()["detail"]

    broken = tmp_path / "broken.mp4"
    broken.write_text("#EXTM3U\n")
    assert "begin it anew" in refused(imported(manager_api, project, broken)["id"])
    look = send(manager_api, project, call, preview=True)
    manager_api.post(f"/api/jobs/{look}/cancel/")
    assert "Only imports" in refused(look)
    pk = send(manager_api, project, call)
    Job.objects.filter(pk=pk).update(state="running", cancel_requested=True)
    assert "is being cancelled" in refused(pk)
    Job.objects.filter(pk=pk).update(state="cancelled")
    ImportFile.objects.update(used=timezone.now() - KEPT * 2)
    assert importfiles_forget() > 0
    assert "upload it again" in refused(pk)
    assert Job.objects.get(pk=pk).state == "cancelled"


def test_a_project_that_has_enough_under_way_goes_on_with_nothing_more(manager_api, project, call, settings):  # noqa: F811
    first, second = (send(manager_api, project, call) for _ in range(2))
    manager_api.post(f"/api/jobs/{first}/cancel/")
    settings.MAX_ACTIVE_JOBS = 1
    answer = resume(manager_api, first)
    assert answer.status_code == 409 and "waiting or at work" in answer.json()["detail"]
    assert Job.objects.get(pk=first).state == "cancelled"
    manager_api.post(f"/api/jobs/{second}/cancel/")
    assert resume(manager_api, first).status_code == 202


def test_going_on_keeps_the_file_for_another_week(manager_api, project, call):  # noqa: F811
    pk = send(manager_api, project, call)
    manager_api.post(f"/api/jobs/{pk}/cancel/")
    ImportFile.objects.update(used=timezone.now() - KEPT * 2)
    assert resume(manager_api, pk).status_code == 202
    assert importfiles_forget() == 0
    assert run(manager_api, import_video_run, pk)["state"] == "succeeded"
