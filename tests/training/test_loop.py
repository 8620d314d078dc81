"""The whole turn: import, label, train, compare, promote, pre-labels and predictions of the new version. Real workers."""

import io
from uuid import uuid4

import pytest

from inference.models import ModelVersion, Prediction
from labeling.models import Image, Job, QueueItem
from labeling.services.jobs import jobs_requeue_stale
from tests.conftest import until
from tests.pictures import encoded, upload

pytestmark = pytest.mark.django_db(transaction=True)
TINY = {
    "crop": "image",
    "backbone": "scratch",
    "epochs": 12,
    "image_size": 32,
    "batch_size": 8,
    "learning_rate": 0.003,
    "augmentation": "none",
}
CATEGORIES = ["engaged", "non-engaged", "animated"]


def frame(number):
    """A frame whose category can be seen: it has a colour."""
    import numpy as np
    from PIL import Image as Pillow

    pixels = np.random.default_rng(number).integers(0, 90, (48, 64, 3), np.uint8)
    pixels[..., number % 3] += 160
    return encoded(Pillow.fromarray(pixels), "PNG")


def bring(api, project, count):
    answer = upload(api, project, {f"{n}.png": frame(n) for n in range(count)}).json()
    assert len(answer["created"]) == count, answer
    until(lambda: Image.objects.filter(project=project, ready=True).count() == count, 60, "renditions")
    return answer["created"]


def label(api, project, count):
    for _ in range(count):
        (item,) = api.post(f"/api/projects/{project.pk}/next/?count=1").json()["items"]
        number = int(item["image"]["name"].split(".")[0])
        body = {"assignment": item["assignment"]["id"], "result": {"category": CATEGORIES[number % 3]}}
        answer = api.put(f"/api/images/{item['image']['id']}/annotations/{uuid4()}/", body, format="json")
        assert answer.status_code == 201


def train(api, project, **body):
    answer = api.post(f"/api/projects/{project.pk}/training-runs/", body, format="json")
    assert answer.status_code == 202, answer.json()
    assert answer.json()["state"] in ("queued", "running")  # a worker may have it already
    return answer.json()["id"]


def ended(api, run):
    row = api.get(f"/api/training-runs/{run}/").json()
    return row if row["state"] in Job.FINISHED else None


def test_the_loop_turns(workers, manager_api, api, stranger_api, project):
    workers.start("default", "inference")
    workers.start("training")
    created = bring(manager_api, project, 48)
    label(api, project, 40)

    options = manager_api.get(f"/api/projects/{project.pk}/training-options/").json()
    assert options["ready"] and sum(options["labeled"].values()) == 40
    started = train(manager_api, project, model="two_stage", params=TINY)
    run = until(lambda: ended(manager_api, started), 120, "training")
    assert run["state"] == "succeeded", run
    assert [row["epoch"] for row in run["metrics"]] == list(range(1, 13)) and "loss" in run["metrics"][0]
    assert set(run["snapshot"]["splits"]) == {"train", "val", "test"}
    first = manager_api.get(f"/api/models/{run['model_version']}/").json()
    assert first["stage"] == "candidate" and first["snapshot"] == run["snapshot"]["sha256"]
    assert first["metrics"]["count"] == sum(run["snapshot"]["splits"]["test"].values())

    promoted = manager_api.post(f"/api/models/{first['id']}/promote/", {}, format="json")
    assert promoted.status_code == 200, promoted.json()
    assert promoted.json()["stage"] == "production" and promoted.json()["gate"]["passed"]
    until(
        lambda: QueueItem.objects.filter(status="unlabeled", prediction__isnull=True).count() == 0,
        60,
        "pre-labels",
    )
    (item,) = api.post(f"/api/projects/{project.pk}/next/?count=1").json()["items"]
    assert (
        item["prediction"]["model_version"] == first["id"]
        and item["prediction"]["result"]["category"] in CATEGORIES
    )

    sent = io.BytesIO(frame(1))
    sent.name = "new.png"
    said = api.post(f"/api/projects/{project.pk}/predict/", {"image": sent}, format="multipart")
    assert said.status_code == 200, said.json()
    assert said.json()["model_version"] == first["id"] and said.json()["result"]["category"] == "non-engaged"
    sent.seek(0)
    assert (
        stranger_api.post(
            f"/api/models/{first['id']}/predict/", {"image": sent}, format="multipart"
        ).status_code
        == 404
    )

    # A baseline that always says the same is worse, and the gate says so.
    baseline = train(manager_api, project, model="majority")
    second = until(lambda: ended(manager_api, baseline), 60, "the baseline")
    assert second["snapshot"]["sha256"] == run["snapshot"]["sha256"]
    refused = manager_api.post(f"/api/models/{second['model_version']}/promote/", {}, format="json")
    assert refused.status_code == 409 and refused.json()["gate"]["difference"]["value"] < 0
    compared = manager_api.get(
        f"/api/projects/{project.pk}/models/compare/?a={first['id']}&b={second['model_version']}"
    ).json()
    assert compared["count"] == first["metrics"]["count"] and compared["difference"]["macro_f1"]["value"] > 0
    worst = manager_api.get(f"/api/models/{second['model_version']}/evaluation/").json()["images"]
    assert not worst[0]["correct"] and {row["image"] for row in worst} <= set(created)

    forced = {"force": True, "reason": "to see it roll back"}
    assert (
        manager_api.post(f"/api/models/{second['model_version']}/promote/", forced, format="json").status_code
        == 200
    )
    assert ModelVersion.objects.get(stage="production").pk == second["model_version"]
    back = manager_api.post(f"/api/projects/{project.pk}/rollback/", {}, format="json")
    assert back.status_code == 200 and ModelVersion.objects.get(stage="production").pk == first["id"]
    unlabeled = QueueItem.objects.filter(status="unlabeled").first()
    assert unlabeled.prediction["model_version"] == first["id"]
    pairs = list(Prediction.objects.values_list("image", "model_version"))
    assert len(pairs) == len(set(pairs))


def test_a_run_whose_worker_is_killed_goes_on_from_its_last_epoch(
    workers, manager_api, api, project, settings
):
    workers.start("default")
    training = workers.start("training")
    bring(manager_api, project, 40)
    label(api, project, 40)
    slow = {**TINY, "epochs": 60, "patience": 100, "image_size": 96}
    run = train(manager_api, project, model="two_stage", params=slow)
    metrics = lambda: manager_api.get(f"/api/training-runs/{run}/").json()["metrics"]  # noqa: E731
    until(lambda: len(metrics()) >= 5, 120, "five epochs")
    workers.kill(training)
    reached = len(metrics())
    assert reached < 60
    from datetime import timedelta

    from django.utils import timezone

    Job.objects.filter(pk=run).update(heartbeat=timezone.now() - timedelta(minutes=2))
    until(lambda: jobs_requeue_stale() == 1, 20, "the job to be found")
    workers.start("training")
    row = until(lambda: ended(manager_api, run), 120, "the second attempt")
    assert row["state"] == "succeeded" and row["attempt"] == 2, row
    assert "Going on from the last epoch" in row["log"]
    assert [metric["epoch"] for metric in row["metrics"]] == list(range(1, 61))
    second_attempt = row["log"].split("Going on from")[1]
    assert "Epoch 1 of 60" not in second_attempt and f"Epoch {reached + 2} of 60" in second_attempt
    assert ModelVersion.objects.count() == 1


def test_a_run_is_cancelled_within_seconds(workers, manager_api, api, project):
    workers.start("default", "training")
    bring(manager_api, project, 30)
    label(api, project, 30)
    run = train(
        manager_api,
        project,
        model="two_stage",
        params={**TINY, "epochs": 500, "patience": 100, "image_size": 96},
    )
    until(lambda: len(manager_api.get(f"/api/training-runs/{run}/").json()["metrics"]) >= 1, 90, "an epoch")
    assert manager_api.post(f"/api/jobs/{run}/cancel/").status_code == 202
    row = until(lambda: ended(manager_api, run), 15, "the end")
    assert row["state"] == "cancelled" and not ModelVersion.objects.exists()
