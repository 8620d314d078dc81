"""Exports: what was labeled leaves as it is, in a file that is the same for the same data, and for managers alone."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from label_studio_sdk.label_interface import LabelInterface
from PIL import Image as Pillow

from labeling.models import Annotation, Image, Job, QueueItem
from labeling.services.exports import KEPT, export_key, exports_forget
from labeling.services.jobs import job_cancel
from labeling.tasks.exports import export_run
from tests.labeling.test_submit import submit
from tests.pictures import encoded, picture, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def images(project, manager_api, api):
    """Three pictures: one labeled (with a place in its EXIF), one skipped, one with a name of its own kind."""
    exif = Pillow.Exif()
    exif[0x8825] = {2: (52.0, 31.0, 0.0)}
    exif[0x0112] = 6
    files = {
        "a.jpg": encoded(picture(1), exif=exif),
        "b.png": encoded(picture(2), "PNG"),
        "=cmd().jpg": encoded(picture(3)),
    }
    pks = upload(manager_api, project, files, group="room").json()["created"]
    submit(api, pks[0], "engaged")
    QueueItem.objects.filter(image=pks[1]).update(status="skipped", slots=0)
    Image.objects.filter(pk=pks[0]).update(split="test", attributes={"yaw": -12.5, "who": "=1+1", "n": "5"})
    return list(Image.objects.filter(pk__in=pks).order_by("id"))


def exported(api, project, **body):
    answer = api.post(f"/api/projects/{project.pk}/exports/", body, format="json")
    assert answer.status_code == 202, answer.json()
    export_run(answer.json()["id"], 1)
    job = api.get(f"/api/jobs/{answer.json()['id']}/").json()
    assert job["state"] == "succeeded", job
    return job


def content(api, job):
    answer = api.get(job["result"]["url"])
    data = b"".join(answer.streaming_content)
    assert answer.status_code == 200 and len(data) == job["result"]["bytes"]
    assert hashlib.sha256(data).hexdigest() == job["result"]["sha256"]
    return data


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(text):
    return list(csv.DictReader(io.StringIO(text.decode())))


def test_a_table_says_all_of_each_image_and_nothing_that_a_spreadsheet_would_run(
    manager_api, project, images
):
    job = exported(manager_api, project, format="csv")
    assert (job["done"], job["total"]) == (3, 3)
    first, second, third = rows(content(manager_api, job))
    assert (first["id"], first["name"], first["file"]) == (str(images[0].pk), "a.jpg", images[0].sha256)
    assert (first["width"], first["height"]) == ("48", "64")  # upright
    assert (first["category"], first["author"], first["origin"]) == ("engaged", "labeler", "person")
    assert (first["split"], first["group"], first["status"]) == ("test", "room", "labeled")
    assert (first["attr.yaw"], first["attr.who"], first["attr.n"]) == ("-12.5", "'=1+1", "'5")
    assert (second["status"], second["category"]) == ("skipped", "")
    assert third["name"] == "'=cmd().jpg"


def test_the_same_data_make_the_same_bytes(manager_api, project, images):
    for body in ({"format": "csv", "images": True}, {"format": "folders"}, {"format": "label-studio"}):
        first, second = (exported(manager_api, project, **body)["result"] for _ in range(2))
        assert first["sha256"] == second["sha256"] and first["url"] != second["url"]


def test_pictures_leave_without_what_the_camera_wrote_beside_them(manager_api, project, images):
    files = members(content(manager_api, exported(manager_api, project, format="csv", images=True)))
    assert set(files) == {"images/a.jpg", "images/b.png", "images/=cmd().jpg", "labels.csv"}
    exif = Pillow.open(io.BytesIO(files["images/a.jpg"])).getexif()
    assert dict(exif) == {0x0112: 6}  # how it is held, and not where
    assert rows(files["labels.csv"])[0]["file"] == "images/a.jpg"


def test_class_folders_hold_the_labeled_pictures_under_names_that_are_their_own(
    manager_api, api, project, images
):
    upload(manager_api, project, {"A.jpg": encoded(picture(9))})
    submit(api, Image.objects.get(name="A.jpg").pk, "engaged")
    files = members(content(manager_api, exported(manager_api, project, format="folders")))
    assert set(files) == {"engaged/a.jpg", "engaged/A-2.jpg", "attributes.csv"}
    assert [row["file"] for row in rows(files["attributes.csv"])] == ["engaged/a.jpg", "engaged/A-2.jpg"]
    assert rows(files["attributes.csv"])[0]["split"] == "test"


def test_label_studio_takes_its_tasks(manager_api, project, images):
    said = {"model": "two_stage", "number": 3, "score": 0.75, "result": {"category": "animated"}}
    QueueItem.objects.filter(image=images[0]).update(prediction=said)
    files = members(content(manager_api, exported(manager_api, project, format="label-studio", images=True)))
    interface = LabelInterface(files["config.xml"].decode())
    interface.validate()
    labeled, skipped, fresh = json.loads(files["tasks.json"])
    assert labeled["data"]["image"] in files and labeled["data"]["attributes"]["yaw"] == -12.5
    assert interface.validate_annotation(labeled["annotations"][0])
    assert labeled["annotations"][0]["result"][0]["value"] == {"choices": ["engaged"]}
    assert (labeled["predictions"][0]["model_version"], labeled["predictions"][0]["score"]) == (
        "two_stage 3",
        0.75,
    )
    assert "completed_by" not in labeled["annotations"][0]
    assert skipped["annotations"][0]["was_cancelled"] and not fresh["annotations"]
    files = members(content(manager_api, exported(manager_api, project, format="label-studio")))
    assert set(files) == {"tasks.json", "config.xml"}
    assert json.loads(files["tasks.json"])[0]["data"]["image"] == (
        f"http://testserver/api/images/{images[0].pk}/file/"
    )


def test_every_label_that_counts_or_the_newest(manager_api, manager, project, images):
    Annotation.objects.create(
        image=images[0], project=project, author=manager, result={"category": "animated"}, digest="x"
    )
    Annotation.objects.create(
        image=images[2], project=project, author=manager, result={"category": "animated"}, digest="x", verdict="reject"
    )  # fmt: skip
    newest = rows(content(manager_api, exported(manager_api, project, format="csv")))
    assert [row["category"] for row in newest] == ["animated", "", ""]
    all_of_them = rows(content(manager_api, exported(manager_api, project, format="csv", annotations="all")))
    assert [row["category"] for row in all_of_them] == ["engaged", "animated", "", ""]


def test_splits_and_states_choose_the_images(manager_api, project, images):
    for body, count in (
        ({"split": "test"}, 1), ({"split": ["none"]}, 2), ({"status": ["labeled", "skipped"]}, 2), ({"status": "unlabeled"}, 1),
    ):  # fmt: skip
        assert len(rows(content(manager_api, exported(manager_api, project, format="csv", **body)))) == count


@pytest.mark.parametrize(
    ("body", "said"),
    [({"format": "coco"}, "no place for one label"), ({"format": "x"}, "There is no such format"), ({}, "required"),
     ({"format": "csv", "split": "val"}, "No image is selected"), ({"format": "csv", "split": ["x"]}, "x"),
     ({"format": "csv", "status": {"a": 1}}, "list"), ({"format": "csv", "annotations": "old"}, "old"), ({"format": "folders", "annotations": "all"}, "a picture lies once")],
)  # fmt: skip
def test_what_cannot_be_exported_is_said_at_once(manager_api, project, images, body, said):
    answer = manager_api.post(f"/api/projects/{project.pk}/exports/", body, format="json")
    assert answer.status_code == 400 and said in str(answer.json())
    assert not Job.objects.exists()


def test_a_missing_picture_is_reported_and_the_others_leave(manager_api, project, images):
    default_storage.delete(images[0].file_key)
    job = exported(manager_api, project, format="csv", images=True)
    assert job["errors"] == [{"item": "a.jpg", "reason": "The file is missing from the storage."}]
    files = members(content(manager_api, job))
    assert "images/b.png" in files and len(rows(files["labels.csv"])) == 3


def test_a_cancelled_export_leaves_nothing(manager_api, project, images, tmp_path):
    answer = manager_api.post(
        f"/api/projects/{project.pk}/exports/", {"format": "folders"}, format="json"
    ).json()
    Job.objects.filter(pk=answer["id"]).update(cancel_requested=True, state="queued")
    export_run(answer["id"], 1)
    assert Job.objects.get(pk=answer["id"]).state == "cancelled"
    job_cancel(job=Job.objects.get(pk=answer["id"]))
    assert not (tmp_path / "exports").exists() and not list(tmp_path.rglob("*.part"))
    assert manager_api.get(f"/api/exports/{answer['id']}/file/").status_code == 404


def test_a_part_of_the_file_can_be_asked_for(manager_api, project, images):
    job = exported(manager_api, project, format="csv")
    whole, url = content(manager_api, job), job["result"]["url"]
    size = len(whole)
    for asked, part in (
        ("bytes=0-9", whole[:10]), (f"bytes={size - 5}-", whole[-5:]), ("bytes=-7", whole[-7:]), ("bytes=5-999999", whole[5:]),
    ):  # fmt: skip
        answer = manager_api.get(url, HTTP_RANGE=asked)
        assert answer.status_code == 206 and b"".join(answer.streaming_content) == part
        assert answer["Content-Range"].endswith(f"/{size}")
    assert manager_api.get(url, HTTP_RANGE=f"bytes={size}-").status_code == 416
    for asked in ("bytes=a-b", "lines=1-2", "bytes=0-1,3-4"):
        assert manager_api.get(url, HTTP_RANGE=asked).status_code == 200
    changed = manager_api.get(url, HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE='"other"')
    assert changed.status_code == 200
    assert manager_api.get(url, HTTP_IF_NONE_MATCH=f'"{job["result"]["sha256"]}"').status_code == 304


def test_the_file_is_the_managers_alone(api, stranger_api, manager_api, project, images):
    url = exported(manager_api, project, format="csv")["result"]["url"]
    assert api.get(url).status_code == 403 and stranger_api.get(url).status_code == 404
    assert manager_api.get(url)["Content-Disposition"].startswith("attachment")


def test_a_file_is_kept_for_a_week_and_as_long_as_another_export_has_it(manager_api, project, images):
    first, second = (exported(manager_api, project, format="csv") for _ in range(2))
    key = export_key(first["result"]["sha256"])
    old = timezone.now() - KEPT - timedelta(hours=1)
    Job.objects.filter(pk=first["id"]).update(finished=old)
    assert exports_forget() == 0 and default_storage.exists(key)
    assert manager_api.get(first["result"]["url"]).status_code == 404
    Job.objects.filter(pk=second["id"]).update(finished=old)
    assert exports_forget() == 1 and not default_storage.exists(key)
