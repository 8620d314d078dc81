"""Uploads that break off, come to a full disk, or should never have been sent: nothing is lost, nothing stays behind."""

import errno
import os
import resource
import tempfile
import time
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer
from rest_framework.test import APIClient

from labeling import uploads
from labeling.models import Image, QueueItem
from labeling.services import images as services
from labeling.services.renditions import renditions_make
from labeling.tasks.images import DAY, incoming_sweep
from labeling.uploads import Incoming, incoming_folder
from tests.pictures import encoded, jpeg, picture, upload


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def on_disk(monkeypatch):
    """Every file goes to disk as it arrives, as large ones do."""
    monkeypatch.setattr(uploads, "IN_MEMORY", 100)


def left_behind():
    return list(incoming_folder().iterdir())


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_fills_up_in_the_middle_keeps_nothing_and_says_so(
    manager_api, project, monkeypatch, on_disk
):
    write, calls = Incoming.write, []

    def write_one(self, data):
        calls.append(self.name)
        return full() if self.name == "b.jpg" else write(self, data)

    monkeypatch.setattr(Incoming, "write", write_one)
    answer = upload(manager_api, project, {f"{name}.jpg": jpeg(n) for n, name in enumerate("abc")})
    assert answer.status_code == 507 and answer["Content-Type"] == "application/problem+json"
    assert "full" in answer.json()["detail"] and "/" not in answer.json()["detail"]
    assert Image.objects.count() == 0 and left_behind() == []


def test_a_disk_that_fills_up_at_the_last_step_keeps_no_row(manager_api, project, monkeypatch):
    monkeypatch.setattr(Incoming, "settle", full)
    assert upload(manager_api, project, {"a.jpg": jpeg()}).status_code == 507
    assert Image.objects.count() == 0 and left_behind() == []


def test_what_breaks_off_before_its_rows_is_put_right_by_sending_it_again(manager_api, project, monkeypatch):
    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(services, "_insert", killed)
        upload(manager_api, project, {"a.jpg": jpeg(1), "b.jpg": jpeg(2)})
    assert Image.objects.count() == 0
    assert len(upload(manager_api, project, {"a.jpg": jpeg(1), "b.jpg": jpeg(2)}).json()["created"]) == 2
    assert all(default_storage.exists(image.file_key) for image in Image.objects.all())


def test_a_thousand_files_hold_no_thousand_open(manager_api, project, on_disk):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 40, hard))
    try:
        answer = upload(manager_api, project, {f"{n}.jpg": jpeg(n) for n in range(120)})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(answer.json()["created"]) == 120 and left_behind() == []


def test_a_request_keeps_little_of_its_files_in_memory(manager_api, project, monkeypatch):
    seen = []
    create = services.images_create

    def look(**kwargs):
        seen.extend(kwargs["files"])
        held = [sum(map(len, file.parts)) for file in kwargs["files"]]
        assert sum(held) <= 5_000 and any(held) and not all(held)
        return create(**kwargs)

    monkeypatch.setattr(uploads, "IN_MEMORY_TOGETHER", 5_000)
    monkeypatch.setattr(services, "images_create", look)
    assert len(upload(manager_api, project, {f"{n}.jpg": jpeg(n) for n in range(20)}).json()["created"]) == 20
    assert len(seen) == 20


@pytest.mark.parametrize("fields", [{"group": "x" * 2000}, {f"f{n}": "x" * 100 for n in range(15)}])
def test_a_request_with_fields_too_large_is_refused_and_keeps_nothing(
    manager_api, project, settings, on_disk, fields
):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = upload(manager_api, project, {"a.jpg": jpeg()}, **fields)
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert "its fields are too large" in answer.json()["detail"]
    assert Image.objects.count() == 0 and left_behind() == []
    assert upload(manager_api, project, {"a.jpg": jpeg()}, group="x" * 100).status_code in (200, 201)


def test_a_request_with_fields_without_number_is_refused(manager_api, project, settings, on_disk):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = settings.DATA_UPLOAD_MAX_NUMBER_FILES = 10
    answer = upload(manager_api, project, {"a.jpg": jpeg()}, **{f"f{n}": "" for n in range(30)})
    assert answer.status_code == 400 and "no multipart body" in answer.json()["detail"]
    assert Image.objects.count() == 0 and left_behind() == []


@pytest.fixture
def browser(manager):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(manager)
    client.get("/api/session/")
    return client


def test_a_page_of_another_site_uploads_nothing(browser, project, on_disk):
    answer = upload(browser, project, {"a.jpg": jpeg()})
    assert answer.status_code == 403 and "CSRF" in answer.json()["detail"]
    assert Image.objects.count() == 0 and left_behind() == []


def test_our_own_page_uploads_under_its_session(browser, project, on_disk):
    browser.credentials(HTTP_X_CSRFTOKEN=browser.cookies["csrftoken"].value)
    assert len(upload(browser, project, {"a.jpg": jpeg()}, group="g").json()["created"]) == 1
    assert Image.objects.get().group == "g"


def test_files_of_a_refused_person_do_not_stay(labeler, stranger, project, on_disk):
    for user, status in ((labeler, 403), (stranger, 404)):
        client = APIClient()
        client.force_login(user)
        assert upload(client, project, {"a.jpg": jpeg()}).status_code == status
    assert APIClient().post(f"/api/projects/{project.pk}/images/").status_code == 401
    assert left_behind() == []


def test_more_files_than_one_request_may_carry_are_refused_with_a_problem(
    manager_api, browser, project, settings
):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    browser.credentials(HTTP_X_CSRFTOKEN=browser.cookies["csrftoken"].value)
    for client in (manager_api, browser):
        answer = upload(client, project, {f"{n}.jpg": jpeg(n) for n in range(3)})
        assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert Image.objects.count() == 0 and left_behind() == []


@pytest.mark.parametrize("group", ["x" * 201, "a\0b"])
def test_a_group_that_cannot_be_kept_is_refused_before_anything_is_stored(manager_api, project, group, media):
    assert upload(manager_api, project, {"a.jpg": jpeg()}, group=group).status_code == 400
    assert not (media / "originals").exists()


def test_a_full_project_still_knows_its_duplicates_and_takes_nothing_a_moment_later(
    manager_api, project, settings
):
    settings.MAX_PROJECT_IMAGES = 2
    first = upload(manager_api, project, {"a.jpg": jpeg(1), "b.jpg": jpeg(2)}).json()["created"]
    answer = upload(manager_api, project, {"a.jpg": jpeg(1), "c.jpg": jpeg(3)}).json()
    assert answer["created"] == [] and answer["duplicates"] == [{"name": "a.jpg", "id": first[0]}]
    assert [row["name"] for row in answer["rejected"]] == ["c.jpg"]


def test_an_upload_names_no_project_source_or_state_of_its_own(manager_api, stranger, project):
    other = stranger.memberships.get().project
    fields = {"project_id": other.pk, "source": "render", "split": "test", "ready": "1", "error": "x"}
    upload(manager_api, project, {"a.jpg": jpeg()}, **fields)
    image = Image.objects.get()
    assert (image.project, image.source, image.split, image.ready, image.error) == (
        project,
        "upload",
        "",
        False,
        "",
    )


def test_deleted_images_are_not_put_back_into_the_queue_and_come_back_when_brought_again(
    manager_api, project
):
    (pk,) = upload(manager_api, project, {"a.jpg": jpeg()}).json()["created"]
    QueueItem.objects.update(status="skipped", slots=0)
    assert manager_api.delete(f"/api/images/{pk}/").status_code == 204
    body = {"ids": [pk], "action": "requeue"}
    manager_api.post(f"/api/projects/{project.pk}/images/bulk/", body, format="json")
    assert QueueItem.objects.get().slots == 0
    again = upload(manager_api, project, {"again.jpg": jpeg()}).json()
    assert again["duplicates"] == [{"name": "again.jpg", "id": pk}] and again["created"] == []
    assert Image.objects.get().deleted_at is None and QueueItem.objects.get().slots == 1


def test_parts_of_broken_uploads_are_swept_after_a_day(media):
    old, new = Incoming("old", limit=0), Incoming("new", limit=0)
    for part in (old, new):
        part.write(b"half of a")
    os.utime(old.path, (time.time() - DAY - 1,) * 2)
    assert incoming_sweep() == 1
    assert left_behind() == [new.path]


def test_files_live_in_s3_just_as_well(manager_api, project, settings, monkeypatch, on_disk, media):
    import boto3

    monkeypatch.setattr(tempfile, "tempdir", str(media))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    try:
        url = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
        boto3.client("s3", endpoint_url=url, region_name="us-east-1").create_bucket(Bucket="frames")
        options = {
            "bucket_name": "frames",
            "endpoint_url": url,
            "region_name": "us-east-1",
            "file_overwrite": True,
        }
        settings.STORAGES = settings.STORAGES | {
            "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        }
        large = encoded(picture(1, (900, 600)), quality=95)
        created = upload(manager_api, project, {"a.jpg": large, "b.png": encoded(picture(2), "PNG")}).json()[
            "created"
        ]
        assert len(created) == 2 and left_behind() == []
        assert default_storage.open(Image.objects.get(name="a.jpg").file_key).read() == large
        assert renditions_make(project_id=project.pk) == 2
        for path in ("file/", "file/?size=screen", "thumbnail/"):
            assert manager_api.get(f"/api/images/{created[0]}/{path}").status_code == 200
        assert upload(manager_api, project, {"a2.jpg": large}).json()["duplicates"] == [
            {"name": "a2.jpg", "id": created[0]}
        ]
    finally:
        server.stop()
