"""Carrying a run out, with its real child process, here and without a worker."""

import errno
import itertools
import json
import os
import threading

import pytest
from django.core.files.storage import default_storage

from inference.models import ModelVersion, Prediction
from labeling.models import Image, Job
from labeling.services.jobs import Superseded, job_start
from labeling.storage import DurableFileSystemStorage
from tests.training.test_loop import TINY
from training.models import Metric, TrainingRun
from training.services import train
from training.tasks import run_train

pytestmark = pytest.mark.django_db
CATEGORIES = ["engaged", "animated"] * 6


@pytest.fixture
def frames(make_frames, label, project):
    """Labeled images with files, one in four held out."""
    images = make_frames(project, len(CATEGORIES))
    for number, (image, category) in enumerate(zip(images, CATEGORIES, strict=True)):
        label(image, category)
        Image.objects.filter(pk=image.pk).update(split="test" if number % 4 == 3 else "train")
    return images


def start(api, project, model="majority", **params):
    body = {"model": model, "params": params}
    answer = api.post(f"/api/projects/{project.pk}/training-runs/", body, format="json")
    assert answer.status_code == 202, answer.json()
    return answer.json()["id"]


def kept_states():
    return [
        name
        for run in _listed("runs")[0]
        for place in _listed(f"runs/{run}")[0]
        for name in _listed(f"runs/{run}/{place}")[1]
    ]


def _listed(folder):
    return default_storage.listdir(folder) if default_storage.exists(folder) else ([], [])


def test_a_run_registers_a_version_with_its_figures_and_answers_once(frames, manager_api, project):
    run = start(manager_api, project)
    run_train(run, 1)
    run_train(run, 1)  # a message delivered twice
    row = manager_api.get(f"/api/training-runs/{run}/").json()
    assert row["state"] == "succeeded" and [metric["epoch"] for metric in row["metrics"]] == [1]
    version = ModelVersion.objects.get()
    assert row["model_version"] == version.pk and row["result"]["model_version"] == version.pk
    assert (version.stage, version.number, version.snapshot) == ("candidate", 1, row["snapshot"]["sha256"])
    assert version.metrics["count"] == 3 == Prediction.objects.filter(model_version=version, error="").count()
    assert version.created_by.username == "manager" and kept_states() == []


def test_a_state_is_kept_whole_while_the_child_puts_newer_ones_in_its_place(
    frames, manager_api, project, tmp_path
):
    import torch
    from safetensors.torch import load

    from vision.state import save_state

    run = TrainingRun.objects.select_related("job").get(pk=start(manager_api, project))
    attempt, over = job_start(job_id=run.pk, attempt=1), threading.Event()

    def child():
        for epoch in itertools.count(1):
            save_state(tmp_path, {"model": {"epoch": torch.full((20_000,), float(epoch))}}, {"epoch": epoch})
            if over.is_set():
                return

    writing = threading.Thread(target=child)
    writing.start()
    try:
        for _ in range(60):
            train._keep_state(run, tmp_path / "state", attempt)
            run.refresh_from_db()
            with default_storage.open(f"{run.checkpoint}/facts.json") as file:
                epoch = json.load(file)["epoch"]
            with default_storage.open(f"{run.checkpoint}/tensors.safetensors") as file:
                assert (load(file.read())["model/epoch"] == epoch).all()
    finally:
        over.set()
        writing.join()


def test_one_recorded_meeting_is_trained_on_and_measured_by_blocks_of_its_time(
    make_frames, label, manager_api, project
):
    for number, image in enumerate(make_frames(project, 40)):
        label(image, CATEGORIES[number // 2 % 2])
        Image.objects.filter(pk=image.pk).update(
            group="a meeting.mp4", source="video", video_time=number * 2.0
        )
    run = start(manager_api, project)
    run_train(run, 1)
    row = manager_api.get(f"/api/training-runs/{run}/").json()
    assert row["state"] == "succeeded" and "cut into blocks of time" in row["snapshot"]["warnings"][0]
    assert ModelVersion.objects.get().metrics["count"] == Image.objects.filter(split="test").count() > 0


def full(prefix):
    write = DurableFileSystemStorage._save

    def save(self, name, content):
        if name.startswith(prefix):
            raise OSError(errno.ENOSPC, "No space left on device", f"/somewhere/{name}")
        return write(self, name, content)

    return save


@pytest.mark.parametrize(
    ("prefix", "model", "params"),
    [("checkpoints/", "majority", {}), ("runs/", "two_stage", {**TINY, "epochs": 2})],
    ids=["registering", "keeping its state"],
)
def test_a_full_disk_fails_the_run_with_a_reason_and_it_can_be_started_again(
    frames, manager_api, project, monkeypatch, prefix, model, params
):
    run = start(manager_api, project, model, **params)
    with monkeypatch.context() as disk, pytest.raises(train.TrainingFailed):
        disk.setattr(DurableFileSystemStorage, "_save", full(prefix))
        run_train(run, 1)
    row = manager_api.get(f"/api/training-runs/{run}/").json()
    assert row["state"] == "failed" and row["model_version"] is None
    assert "storage is full" in row["errors"][-1]["reason"] and "/somewhere" not in str(row)
    assert not ModelVersion.objects.exists() and not Prediction.objects.exists() and kept_states() == []
    if model == "two_stage":
        return  # one of them shows what comes after
    again = start(manager_api, project)
    run_train(again, 1)
    assert Job.objects.get(pk=again).state == "succeeded" and ModelVersion.objects.count() == 1


def test_the_childs_last_line_is_the_reason(frames, manager_api, project, media):
    for image in frames:
        (media / image.file_key).write_bytes(b"no picture")
    with pytest.raises(train.TrainingFailed):
        run_train(start(manager_api, project, "two_stage", **TINY), 1)
    job = Job.objects.get()
    (error,) = job.errors
    assert job.state == "failed" and "\n" not in error["reason"] and "Traceback" not in error["reason"]
    assert error["reason"].startswith("Fewer than two categories are left")


def test_a_child_that_says_nothing_is_explained_by_its_code():
    assert "killed" in train._explain(-9, []) and "code 7" in train._explain(7, ["", "  \n"])
    assert train._explain(1, ["Traceback", "ValueError: no face\n", "\n"]) == "no face"
    assert train._explain(1, ["Traceback", "KeyError: 'x'\n"]) == "KeyError: 'x'"


def test_the_child_gets_no_secret(monkeypatch):
    secrets = (
        "DATABASE_URL", "BROKER_URL", "SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN",
        "POSTGRES_PASSWORD", "VALKEY_PASSWORD", "PGPASSWORD", "SENTRY_DSN", "HF_TOKEN", "MY_API_KEY",
    )  # fmt: skip
    for name in secrets:
        monkeypatch.setenv(name, "the secret word")
    monkeypatch.setenv("FRAMELOOP_WEIGHTS", "/weights")
    given = train._child_environment()
    assert "the secret word" not in given.values()
    assert given["FRAMELOOP_WEIGHTS"] == "/weights" and given["PATH"] == os.environ["PATH"]


def test_a_tampered_snapshot_is_not_trained_on(frames, manager_api, project):
    run = start(manager_api, project)
    snapshot = TrainingRun.objects.get(pk=run).snapshot
    with open(default_storage.path(snapshot.manifest), "a") as file:
        file.write("{}\n")
    with pytest.raises(ValueError, match="changed"):
        run_train(run, 1)
    assert Job.objects.get(pk=run).state == "failed" and not ModelVersion.objects.exists()


def test_an_epoch_that_is_reached_again_stands_once_with_its_newest_figures(frames, manager_api, project):
    training = TrainingRun.objects.get(pk=start(manager_api, project))
    run = job_start(job_id=training.pk, attempt=1)
    for loss in (0.9, 0.4):
        message = {
            "type": "progress",
            "epoch": 1,
            "epochs": 2,
            "metrics": {"loss": loss},
            "seconds_left": None,
            "message": "",
            "pictures": {},
        }
        train._note(run, training, message)
    assert [(row.epoch, row.values["loss"]) for row in Metric.objects.all()] == [(1, 0.4)]


def test_an_attempt_that_was_taken_over_registers_nothing(frames, manager_api, project, monkeypatch):
    run = start(manager_api, project)
    registered = train._registered

    def taken_over(*arguments):
        version = registered(*arguments)
        Job.objects.filter(pk=run).update(attempt=2)
        return version

    monkeypatch.setattr(train, "_registered", taken_over)
    with pytest.raises(Superseded):
        train.run_train(run=job_start(job_id=run, attempt=1))
    assert not ModelVersion.objects.exists() and not Prediction.objects.exists()
