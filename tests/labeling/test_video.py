"""A recording's frames: taken once, with their time and their meeting, whatever happens to the worker on the way."""

import io
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Pillow

from labeling.models import Image, ImportFile, Job
from labeling.services.importfiles import KEPT, importfiles_forget, preview_key
from labeling.services.jobs import JobFailed, JobRun, jobs_requeue_stale
from labeling.services.projects import project_create
from labeling.services.video import frame_name
from labeling.tasks.imports import import_video_run, preview_video_run
from tests.conftest import until
from tests.vision.test_gallery import gallery
from tests.vision.videos import count, write_video

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def call(tmp_path):
    """Ten seconds, each frame of which shows its number."""
    return write_video(tmp_path / "call.mp4", count(100), bf="2", g="30")


def send(api, project, path, **fields):
    with open(path, "rb") as file:
        answer = api.post(
            f"/api/projects/{project.pk}/imports/", {"video": file, **fields}, format="multipart"
        )
    assert answer.status_code == 202, answer.json()
    return answer.json()["id"]


def imported(api, project, path, **fields):
    pk = send(api, project, path, **fields)
    with suppress(JobFailed):  # the worker logs it
        import_video_run(pk, 1)
    return api.get(f"/api/jobs/{pk}/").json()


def test_a_frame_a_second_comes_in_with_its_time_and_its_meeting(manager_api, project, call):
    job = imported(manager_api, project, call, near_duplicates=0)
    assert job["state"] == "succeeded" and (job["done"], job["total"]) == (10, 10), job["errors"]
    assert len(job["result"]["created"]) == job["result"]["frames"] == 10 and "resume" not in job["result"]
    images = list(Image.objects.order_by("id"))
    assert [image.video_time for image in images] == list(range(10))
    assert {(i.source, i.group, i.width, i.height, i.format) for i in images} == {
        ("video", "call.mp4", 320, 240, "JPEG")
    }
    shown = manager_api.get(f"/api/images/{images[3].pk}/").json()
    assert (shown["video_time"], shown["attributes"]) == (3.0, {"video": "call.mp4"})
    assert images[3].name == "call-00h00m03.000s.jpg" and images[3].attributes == {"video": "call.mp4"}
    again = imported(manager_api, project, call, near_duplicates=0, group="Monday")
    assert len(again["result"]["duplicates"]) == 10 and Image.objects.count() == 10
    assert ImportFile.objects.count() == 1


def test_a_file_that_was_sent_before_is_named_and_a_part_of_it_taken(manager_api, project, call):
    file = Job.objects.get(pk=send(manager_api, project, call, preview=True)).params["file"]
    body = {"video": file, "fps": 2, "start": 2.5, "end": 5, "group": "Monday", "near_duplicates": 0}
    answer = manager_api.post(f"/api/projects/{project.pk}/imports/", body, format="json")
    import_video_run(answer.json()["id"], 1)
    images = Image.objects.order_by("id")
    assert [image.video_time for image in images] == [2.5, 3, 3.5, 4, 4.5]
    assert {image.group for image in images} == {"Monday"}


def test_frames_that_look_like_the_one_before_are_counted_and_left_out(manager_api, project, tmp_path):
    still = [gallery((2, 2), size=(640, 360))[0]] * 50 + [gallery((2, 2), size=(640, 360), first=1)[0]] * 50
    path = write_video(tmp_path / "still.mp4", still)
    job = imported(manager_api, project, path)
    assert [image.video_time for image in Image.objects.order_by("id")] == [0, 5]
    assert (job["result"]["frames"], job["result"]["near_duplicates"]) == (10, 8)


def test_a_gallery_is_split_into_tiles_that_keep_their_label_as_people_join(manager_api, project, tmp_path):
    frames = [gallery((2, 2), size=(640, 360))[0]] * 20 + [gallery((3, 2), size=(640, 360))[0]] * 20
    path = write_video(tmp_path / "team.mp4", frames)
    job = imported(manager_api, project, path, split_gallery=True, near_duplicates=0)
    assert job["result"]["frames"] == 4, job["errors"]
    tiles = Image.objects.order_by("id").values_list("video_time", "attributes", "width", "height", "name")
    by_time = {}
    for time, said, width, height, name in tiles:
        by_time.setdefault(time, []).append(said["tile"])
        x1, y1, x2, y2 = said["box"]
        assert (x2 - x1, y2 - y1) == (width, height) and name.endswith(f"-{said['tile']}.jpg")
        assert said["video"] == "team.mp4"
    assert by_time[0] == ["r1c1", "r1c2", "r2c1", "r2c2"]
    assert by_time[2] == ["r1c1", "r1c2", "r1c3", "r2c1", "r2c2"]
    assert set(Image.objects.values_list("group", flat=True)) == {"team.mp4"}


def test_a_killed_worker_costs_nothing_and_brings_nothing_twice(
    manager_api, manager, project, workers, tmp_path, monkeypatch
):
    frames = [gallery((2, 2), size=(640, 360), first=n // 40)[0] for n in range(0, 1600, 40)]
    path = write_video(tmp_path / "long.mp4", (frames[n // 40] for n in range(1600)), g="50")
    fields = {"fps": 10, "split_gallery": True, "near_duplicates": 2}
    pk = send(manager_api, project, path, **fields)
    worker = workers.start("default")
    until(lambda: Job.objects.get(pk=pk).done > 0)
    workers.kill(worker)
    job = Job.objects.get(pk=pk)
    assert job.state == "running" and 0 < job.done < 160 and job.result["resume"]["after"] > 0
    Job.objects.update(heartbeat=timezone.now() - timedelta(minutes=2))
    assert jobs_requeue_stale() == 1
    import_video_run(pk, 2)
    job.refresh_from_db()
    assert job.state == "succeeded" and job.done == 160, job.errors
    other = project_create(by=manager, name="another", kind="classification", categories=[{"name": "x"}])
    whole = imported(manager_api, other, path, **fields)
    contents = [
        sorted(Image.objects.filter(project=one).values_list("sha256", flat=True)) for one in (project, other)
    ]
    assert contents[0] == contents[1] and len(contents[0]) > 20
    for name in ("frames", "near_duplicates"):
        assert job.result[name] == whole["result"][name]


def test_cancelling_keeps_what_was_brought(manager_api, project, tmp_path, monkeypatch):
    look = JobRun.cancelled

    def cancel(self):
        Job.objects.update(cancel_requested=True)
        return look(self)

    path = write_video(tmp_path / "long.mp4", count(1200), fps=2, g="50")
    monkeypatch.setattr(JobRun, "cancelled", cancel)
    job = imported(manager_api, project, path, fps=2, near_duplicates=0)
    assert job["state"] == "cancelled" and 0 < job["done"] < 600
    assert len(job["result"]["created"]) == Image.objects.count() == job["result"]["frames"] > 0


def test_a_look_says_what_would_be_taken_and_brings_nothing(
    manager_api, api, stranger_api, project, tmp_path
):
    path = write_video(tmp_path / "team.mp4", [gallery((2, 2), size=(1280, 720))[0]] * 100, g="10")
    pk = send(manager_api, project, path, preview=True, split_gallery=True, fps=2)
    preview_video_run(pk, 1)
    job = manager_api.get(f"/api/jobs/{pk}/").json()
    said = job["result"]
    assert job["state"] == "succeeded" and Image.objects.count() == 0, job["errors"]
    assert (said["name"], said["width"], said["height"], said["fps"]) == ("team.mp4", 1280, 720, 10)
    assert (said["frames"], said["tiles"], round(said["duration"])) == (80, 4, 10)
    assert len(said["samples"]) > 5 and said["samples"][0]["time"] < said["samples"][-1]["time"]
    for number, sample in enumerate(said["samples"]):
        assert len(sample["boxes"]) == 4
        picture = api.get(f"/api/jobs/{pk}/preview/{number}/")
        assert (
            Pillow.open(io.BytesIO(picture.content)).size == (640, 360)
            and picture["X-Content-Type-Options"] == "nosniff"
        )
        assert stranger_api.get(f"/api/jobs/{pk}/preview/{number}/").status_code == 404
    assert api.get(f"/api/jobs/{pk}/preview/99/").status_code == 404
    ImportFile.objects.update(used=timezone.now() - KEPT - timedelta(hours=1))
    assert importfiles_forget() == 1
    assert not default_storage.exists(preview_key(pk, 0))
    assert api.get(f"/api/jobs/{pk}/preview/0/").status_code == 404


def test_what_is_wrong_with_a_file_is_said_in_a_sentence(manager_api, project, tmp_path, call, settings):
    listed = tmp_path / "list.mp4"
    listed.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    job = imported(manager_api, project, listed)
    assert job["state"] == "failed" and job["errors"] == [
        {"item": "job", "reason": "This is no MP4, MOV or WebM video."}
    ]
    job = imported(manager_api, project, call, start=20)
    assert job["state"] == "failed" and "ends at 0:00:10" in job["errors"][0]["reason"]
    settings.MAX_VIDEO_SECONDS = 5
    assert "longer" in imported(manager_api, project, call)["errors"][0]["reason"]
    settings.MAX_VIDEO_SECONDS, settings.MAX_IMAGE_PIXELS = 3600, 1000
    assert "pixels" in imported(manager_api, project, call)["errors"][0]["reason"]
    assert Image.objects.count() == 0


def test_a_file_that_breaks_off_brings_what_it_has(manager_api, project, tmp_path):
    path = write_video(tmp_path / "half.mp4", count(200), first=True, g="10")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    job = imported(manager_api, project, path, near_duplicates=0)
    assert job["state"] == "succeeded" and 5 < len(job["result"]["created"]) < 15
    assert (
        job["errors"][0]["item"] == "half.mp4" and "nothing can be read after" in job["errors"][0]["reason"]
    )


def test_a_full_project_ends_the_import(manager_api, project, call, settings):
    settings.MAX_PROJECT_IMAGES = 4
    job = imported(manager_api, project, call, near_duplicates=0)
    assert job["state"] == "failed" and "as many images as it may" in job["errors"][0]["reason"]
    assert Image.objects.count() == len(job["result"]["created"]) == 4


@pytest.mark.parametrize(
    "fields",
    [{"fps": 0}, {"fps": 31}, {"fps": "nan"}, {"start": -1}, {"start": 5, "end": 4}, {"end": "inf"}, {"near_duplicates": -1},
     {"group": "x" * 201}, {"start": "nan"}],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(manager_api, project, call, fields):
    with open(call, "rb") as file:
        answer = manager_api.post(
            f"/api/projects/{project.pk}/imports/", {"video": file, **fields}, format="multipart"
        )
    assert (answer.status_code == 400 and next(iter(fields)) in str(answer.json())) or "end" in str(
        answer.json()
    )
    assert Job.objects.count() == 0


def test_another_projects_file_is_not_there(manager_api, stranger, stranger_api, api, project, call):
    file = Job.objects.get(pk=send(manager_api, project, call)).params["file"]
    theirs = stranger.memberships.get().project_id
    answer = stranger_api.post(f"/api/projects/{theirs}/imports/", {"video": file}, format="json")
    assert answer.status_code == 400 and Job.objects.filter(project=theirs).count() == 0
    assert (
        stranger_api.post(f"/api/projects/{project.pk}/imports/", {"video": file}, format="json").status_code
        == 404
    )
    assert api.post(f"/api/projects/{project.pk}/imports/", {"video": file}, format="json").status_code == 403


def test_names_of_frames_sort_by_time():
    names = [frame_name("call.v2.mp4", s) for s in (0, 0.04, 59.9996, 723, 36_000)]
    assert (
        names == sorted(names)
        and names[3] == "call.v2-00h12m03.000s.jpg"
        and names[2] == "call.v2-00h01m00.000s.jpg"
    )
