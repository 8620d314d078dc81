"""Versions: registered with their hash, promoted one at a time, archived; and what the queue shows of them."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from moto.server import ThreadedMotoServer

from inference.models import ModelVersion, Prediction
from inference.services.results import Said, store
from inference.services.serving import checkpoint_folder, predictor_for
from inference.services.versions import version_archive, version_register, version_set_production
from labeling.errors import Conflict
from labeling.models import Job, QueueItem
from tests.inference.conftest import CATEGORIES, shown
from vision.base import BrokenCheckpoint

pytestmark = pytest.mark.django_db


def says(version, images, category="engaged"):
    result = {"category": category, "scores": {name: 0.8 if name == category else 0.1 for name in CATEGORIES}}
    store(version, [Said(image.pk, result, 0.8, 0.3, 1.0) for image in images])


def test_numbers_count_up_and_files_go_to_storage(make_version, project):
    first, second = make_version(), make_version("animated")
    assert (first.number, second.number) == (1, 2) and first.stage == "candidate"
    assert first.weights == f"checkpoints/{first.weights_sha256}"
    assert default_storage.exists(f"{first.weights}/config.json")


def test_a_checkpoint_that_changed_is_not_registered(tmp_path, project):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BrokenCheckpoint):
        version_register(project=project, model="majority", checkpoint=tmp_path, sha256="0" * 64, config={})
    assert not ModelVersion.objects.exists()


def test_stored_files_that_changed_are_not_loaded(make_version):
    version = make_version()
    Path(default_storage.path(version.weights), "config.json").write_text('{"shares": {"evil": 1}}')
    with pytest.raises(BrokenCheckpoint):
        predictor_for(version)


def test_a_file_beside_the_registered_ones_is_noticed(make_version):
    version = make_version()
    Path(default_storage.path(version.weights), "extra.pkl").write_bytes(b"")
    with pytest.raises(BrokenCheckpoint):
        checkpoint_folder(version)


def test_a_model_is_loaded_once_for_the_same_settings(make_version, project):
    version = make_version()
    assert predictor_for(version) is predictor_for(version)
    project.settings = {"entities": ["dog"]}
    project.save()
    again = ModelVersion.objects.select_related("project").get(pk=version.pk)
    assert predictor_for(again) is not predictor_for(version)


def test_the_replaced_version_is_archived_and_can_come_back(make_version):
    first, second = make_version(), make_version("animated")
    version_set_production(version=first)
    assert version_set_production(version=second) == first
    first.refresh_from_db()
    assert (first.stage, second.stage) == ("archived", "production")
    version_set_production(version=first)
    second.refresh_from_db()
    assert (first.stage, second.stage) == ("production", "archived")


def test_the_database_refuses_a_second_version_in_production(make_version):
    make_version(stage="production")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_version("animated", stage="production")


def test_a_version_in_production_is_not_archived(make_version):
    version = make_version(stage="production")
    with pytest.raises(Conflict):
        version_archive(version=version)
    assert version_archive(version=make_version("animated")).stage == "archived"


def test_promotion_shows_what_the_version_has_said_and_takes_back_what_another_said(
    make_version, make_images, project
):
    images = make_images(project, 4)
    old, new = make_version(), make_version("animated")
    version_set_production(version=old)
    says(old, images[:3])
    assert shown(project) == ["engaged", "engaged", "engaged", None]
    says(new, images[2:], "animated")
    assert shown(project) == ["engaged", "engaged", "engaged", None]  # a candidate is not shown
    version_set_production(version=new)
    assert shown(project) == [None, None, "animated", "animated"]
    row = QueueItem.objects.get(image=images[3])
    said = Prediction.objects.get(image=images[3], model_version=new)
    assert row.prediction == {
        "id": said.pk, "model_version": new.pk, "number": 2, "model": "majority", "score": 0.8, "uncertainty": 0.3,
        "result": said.result,
    }  # fmt: skip
    assert (row.score, row.uncertainty) == (0.8, 0.3)
    assert QueueItem.objects.get(image=images[0]).uncertainty is None


def test_promotion_starts_pre_labeling_of_what_is_unlabeled(make_version, make_images, project):
    make_images(project, 3)
    make_images(project, 2, status="done", slots=0)
    version_set_production(version=make_version())
    job = Job.objects.get(kind="prelabel")
    assert (job.total, job.params["status"], job.queue) == (3, "unlabeled", "inference")


def test_an_image_keeps_its_first_prediction(make_version, make_images, project):
    (image,) = make_images(project, 1)
    version = make_version()
    version_set_production(version=version)
    says(version, [image])
    says(version, [image], "animated")
    assert Prediction.objects.get().result["category"] == "engaged" and shown(project) == ["engaged"]


def test_a_label_is_never_touched_by_a_prediction(make_version, make_images, project):
    (image,) = make_images(project, 1, status="labeled", slots=0, category="animated")
    version = make_version()
    version_set_production(version=version)
    says(version, [image])
    row = QueueItem.objects.get(image=image)
    assert (row.status, row.slots, row.category) == ("labeled", 0, "animated")
    assert row.prediction["result"]["category"] == "engaged"


def test_a_checkpoint_in_remote_storage_is_fetched_checked_and_mended(
    make_version, settings, monkeypatch, tmp_path
):
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("FRAMELOOP_FOLDER", str(tmp_path / "here"))
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    try:
        url = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
        bucket = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
        bucket.create_bucket(Bucket="frames")
        options = {"bucket_name": "frames", "endpoint_url": url, "region_name": "us-east-1"}
        remote = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**options, "file_overwrite": True}}
        settings.STORAGES = settings.STORAGES | {"default": remote}
        version = make_version()
        folder = checkpoint_folder(version)
        assert folder == tmp_path / "here" / "checkpoints" / version.weights_sha256
        assert predictor_for(version).predict([None])[0].category == "engaged"
        (folder / "config.json").write_text("{}")  # damaged here: fetched again
        assert "shares" in (checkpoint_folder(version) / "config.json").read_text()
        (folder / "config.json").write_text("{}")
        bucket.put_object(Bucket="frames", Key=f"{version.weights}/config.json", Body=b"{}")  # changed there
        with pytest.raises(BrokenCheckpoint):
            checkpoint_folder(version)
    finally:
        server.stop()
