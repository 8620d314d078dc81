"""Mattes through the training side: frozen, learned from, judged by the errors of the field, promoted, served."""

import io

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Pillow

from inference.models import ModelVersion, Prediction
from inference.services.results import Said, store
from labeling.models import Annotation, Image, Job, Matte, QueueItem
from labeling.models.matte import matte_key
from labeling.services.jobs import job_start
from labeling.services.mattes import matte_store
from tests.inference.test_predict import server  # noqa: F401
from tests.labeling.mattes import disc, png
from tests.pictures import encoded
from training.models import MatteScore, TrainingRun
from training.services.gate import compare, evaluation, gate_judge, measured
from training.services.judging import JUDGES
from training.services.snapshots import in_words, snapshot_freeze, snapshot_rows, snapshots_compare
from training.services.truth import held_out
from training.tasks import run_train

pytestmark = pytest.mark.django_db
SIZE = (64, 48)
TINY = {
    "encoder": "scratch", "image_size": 32, "depth": 2, "width": 8, "epochs": 12, "batch_size": 4, "refinement": "none",
    "augmentation": "none", "backgrounds": 0.0, "composition": 0.0, "normalization": "group", "learning_rate": 0.01,
}  # fmt: skip


def scene(number):
    """A light disc on dark ground, and its matte."""
    random = np.random.default_rng(number)
    levels = disc(14, SIZE, tuple(random.uniform((20, 16), (44, 32))))
    ground = np.linspace(random.integers(0, 30, 3), random.integers(30, 60, 3), SIZE[0])[None].repeat(
        SIZE[1], 0
    )
    light = random.integers(180, 255, 3).astype(np.float32)
    share = levels[..., None] / 255
    return np.rint(light * share + ground * (1 - share)).astype(np.uint8), levels


@pytest.fixture(autouse=True)
def ready(compiled):
    """What cuts out and solves is compiled: a call waits for half a minute at the most."""


@pytest.fixture
def label_mattes(make_images, labeler, portraits, media):
    """Pictures with mattes, labeled, on these sides."""

    def make(splits, trimaps=False):
        images = make_images(portraits, len(splits))
        for number, (image, split) in enumerate(zip(images, splits, strict=True)):
            pixels, levels = scene(number)
            default_storage.save(image.file_key, ContentFile(encoded(Pillow.fromarray(pixels), "PNG")))
            Image.objects.filter(pk=image.pk).update(split=split, width=SIZE[0], height=SIZE[1], format="PNG")
            said = {"alpha": kept(portraits, levels)}
            if trimaps:
                unknown = np.where((levels > 0) & (levels < 255), 128, levels).astype(np.uint8)
                said["trimap"] = kept(portraits, unknown)
            Annotation.objects.create(
                image=image, project=portraits, author=labeler, result=said, digest="x", regions=[]
            )
            QueueItem.objects.filter(image=image).update(status="labeled", slots=0)
            image.refresh_from_db()
        return images

    return make


def kept(project, levels):
    return matte_store(project_id=project.pk, data=png(levels)).sha256


def version(project, number, **fields):
    values = {"model": "unet_matting", "weights": "none", "weights_sha256": "0" * 64, **fields}
    return ModelVersion.objects.create(project=project, number=number, **values)


def says(one, images, mattes):
    """The version's mattes; None where it failed."""
    rows = []
    for image, levels in zip(images, mattes, strict=True):
        result = None if levels is None else {"alpha": kept(one.project, levels)}
        rows.append(Said(image.pk, result, 0.9, 0.1, 1, "" if result else "broken"))
    store(one, rows)


def prepared(one, look=lambda: None):
    """As the gate's job does before it judges."""
    from training.services.gate import results_of

    ids, truth = held_out(one.project)
    JUDGES["matting"].prepare(truth, results_of(one, ids), look)


def off(levels, by):
    return np.clip(levels.astype(int) + by, 0, 255).astype(np.uint8)


def test_mattes_are_frozen_by_their_content_and_a_changed_one_is_told(label_mattes, portraits, manager):
    images = label_mattes(["train"] * 3, trimaps=True)
    first = snapshot_freeze(project=portraits, by=manager, name="the first")
    rows = snapshot_rows(first)
    assert [set(row) >= {"alpha", "trimap", "width", "height", "sha256"} for row in rows] == [True] * 3
    assert (rows[0]["width"], rows[0]["height"]) == SIZE and in_words(rows[0]) == "a matte with its trimap"
    assert first.splits == {"train": {"matte": 3}} and first.images == {"train": 3}
    assert snapshot_freeze(project=portraits, by=manager).pk == first.pk
    Annotation.objects.filter(image=images[0]).update(result={"alpha": kept(portraits, disc(9, SIZE))})
    changed = snapshots_compare(before=first, after=snapshot_freeze(project=portraits, by=manager))
    assert [row["image"] for row in changed["relabeled"]] == [images[0].pk] and not changed[
        "added"
    ] + changed["removed"]


def test_versions_are_judged_by_their_errors_and_less_is_better(label_mattes, portraits):
    images = label_mattes(["test"] * 4)
    truth = [scene(number)[1] for number in range(4)]
    good, poor = version(portraits, 1), version(portraits, 2)
    says(good, images, [off(levels, 10) for levels in truth])
    says(poor, images, [off(levels, 90) for levels in truth])
    for one in (good, poor):
        prepared(one)
    report = measured(good)
    assert report["count"] == 4 and report["failed"] == 0
    assert 0 < report["mse"] < report["empty"]["mse"] and report["mse"] < measured(poor)["mse"]
    assert set(report) >= {"sad", "grad", "conn", "sad_unknown", "mse_unknown"}
    better, worse = gate_judge(candidate=good, production=poor), gate_judge(candidate=poor, production=good)
    assert better["passed"] and better["difference"]["high"] < 0
    assert not worse["passed"] and worse["difference"]["low"] > 0


def test_the_first_version_has_to_beat_an_empty_matte(label_mattes, portraits):
    images = label_mattes(["test"] * 3)
    near, full = version(portraits, 1), version(portraits, 2)
    says(near, images, [off(scene(number)[1], 20) for number in range(3)])
    says(full, images, [np.full(SIZE[::-1], 255, np.uint8)] * 3)
    for one in (near, full):
        prepared(one)
    judged = gate_judge(candidate=near, production=None)
    assert judged["passed"] and "of an empty matte" in judged["reason"]
    assert not gate_judge(candidate=full, production=None)["passed"]


def test_a_failed_image_counts_as_an_empty_matte(label_mattes, portraits):
    images = label_mattes(["test"] * 2)
    one = version(portraits, 1)
    says(one, images, [scene(0)[1], None])
    prepared(one)
    report = measured(one)
    assert (
        report["failed"] == 1
        and report["mse"] == pytest.approx(report["empty"]["mse"] / 2, rel=0.5)
        and report["mse"] > 0
    )


def test_what_was_not_worked_out_yet_is_left_out_and_not_guessed(label_mattes, portraits):
    images = label_mattes(["test"] * 2)
    one, other = version(portraits, 1), version(portraits, 2)
    for each in (one, other):
        says(each, images, [scene(number)[1] for number in range(2)])
    assert evaluation(version=one) == [] and compare(a=one, b=other)["count"] == 0
    prepared(one)
    prepared(other)
    rows = evaluation(version=one)
    assert len(rows) == 2 and rows[0]["true_alpha"] == rows[0]["alpha"] and rows[0]["metrics"]["sad"] == 0
    assert compare(a=one, b=other)["difference"]["mse"]["value"] == 0
    before = MatteScore.objects.count()
    prepared(one)
    assert MatteScore.objects.count() == before


def test_a_true_matte_that_is_damaged_is_left_out_and_ends_nothing(label_mattes, portraits):
    images = label_mattes(["test"] * 3)
    one = version(portraits, 1)
    says(one, images, [scene(number)[1] for number in range(3)])
    damaged = Annotation.objects.get(image=images[1]).result["alpha"]
    default_storage.delete(matte_key(damaged))
    prepared(one)
    assert measured(one)["count"] == 2 and len(evaluation(version=one)) == 2
    assert gate_judge(candidate=one, production=None)["passed"]


def test_comparing_many_mattes_can_be_cancelled(label_mattes, portraits):
    images = label_mattes(["test"] * 2)
    one = version(portraits, 1)
    says(one, images, [scene(number)[1] for number in range(2)])

    def look():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        prepared(one, look)


def test_many_held_out_mattes_take_no_more_queries_than_few(label_mattes, portraits):
    counts = []
    for splits in (["test"] * 2, ["test"] * 4):
        images = label_mattes(splits)
        one, other = (version(portraits, len(counts) * 2 + n) for n in (1, 2))
        every = list(Image.objects.filter(project=portraits).order_by("pk"))
        for each in (one, other):
            says(each, every, [disc(12, SIZE)] * len(every))
            prepared(each)
        assert len(images) == len(splits)
        with CaptureQueriesContext(connection) as queries:
            evaluation(version=one)
            compare(a=one, b=other)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_run_learns_mattes_shows_them_growing_and_its_version_serves(
    label_mattes, portraits, manager_api, server  # noqa: F811
):  # fmt: skip
    images = label_mattes(["train"] * 12 + ["val"] * 3 + ["test"] * 3)
    body = {"model": "unet_matting", "params": TINY}
    answer = manager_api.post(f"/api/projects/{portraits.pk}/training-runs/", body, format="json")
    assert answer.status_code == 202, answer.json()
    run = answer.json()["id"]
    run_train(run, 1)
    row = manager_api.get(f"/api/training-runs/{run}/").json()
    assert row["state"] == "succeeded", row["errors"]
    shown = {picture["epoch"] for picture in row["pictures"]}
    assert shown == {metric["epoch"] for metric in row["metrics"]} and len(row["pictures"]) == 3 * len(shown)
    last = row["pictures"][-1]
    picture = manager_api.get(f"/api/training-runs/{run}/pictures/{last['epoch']}/{last['image']}/")
    assert picture.status_code == 200 and Pillow.open(io.BytesIO(picture.content)).mode == "L"
    assert manager_api.get(f"/api/training-runs/{run}/pictures/999/{last['image']}/").status_code == 404
    made = ModelVersion.objects.get()
    assert made.metrics["count"] == 3 and made.metrics["mse"] < made.metrics["empty"]["mse"] / 3
    held = Prediction.objects.filter(model_version=made, error="")
    assert {one.image_id for one in held} == {image.pk for image in images[-3:]}
    assert all(0 <= one.uncertainty <= 1 for one in held)
    file = io.BytesIO(encoded(Pillow.fromarray(scene(99)[0]), "PNG"))
    file.name = "a.png"
    cut = manager_api.post(
        f"/api/models/{made.pk}/predict/?cutout=1",
        {"image": file},
        format="multipart",
        HTTP_ACCEPT="image/png",
    )
    found = np.array(Pillow.open(io.BytesIO(cut.content)))
    assert found.shape == (48, 64, 4) and np.abs(found[..., 3].astype(int) - scene(99)[1]).mean() < 40
    file.seek(0)
    said = manager_api.post(f"/api/models/{made.pk}/predict/", {"image": file}, format="multipart").json()
    assert (
        np.array(Pillow.open(io.BytesIO(manager_api.get(f"/api/mattes/{said['result']['alpha']}/").content)))
        == found[..., 3]
    ).all()


def test_a_project_of_another_kind_gives_no_picture(api, project, make_version, server):  # noqa: F811
    file = io.BytesIO(encoded(Pillow.fromarray(scene(1)[0]), "PNG"))
    file.name = "a.png"
    made = make_version()
    answer = api.post(
        f"/api/models/{made.pk}/predict/", {"image": file}, format="multipart", HTTP_ACCEPT="image/png"
    )
    assert answer.status_code == 406 and "application/json" in answer.json()["detail"]


# --- solving --------------------------------------------------------------------------------------------------------
@pytest.fixture
def open_image(make_images, portraits, media):
    (image,) = make_images(portraits, 1)
    default_storage.save(image.file_key, ContentFile(encoded(Pillow.fromarray(scene(3)[0]), "PNG")))
    Image.objects.filter(pk=image.pk).update(width=SIZE[0], height=SIZE[1], format="PNG")
    return image


def trimap_of(levels):
    import cv2

    near = cv2.dilate(((levels > 0) & (levels < 255)).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.where(near, 128, np.where(levels == 255, 255, 0)).astype(np.uint8)


def solved(job):
    from inference.services.solve import matte_solve

    with job_start(job_id=job, attempt=1) as run:
        matte_solve(run=run)


def ask(api, image, levels, **fields):
    from tests.labeling.mattes import uploaded

    body = {"trimap": uploaded(api, levels), **fields}
    return api.post(f"/api/images/{image.pk}/solve/", body, format="json")


def test_a_trimap_is_solved_and_who_asked_may_read_the_matte(api, second_labeler_api, open_image):
    answer = ask(api, open_image, trimap_of(scene(3)[1]))
    assert answer.status_code == 202 and answer.json()["kind"] == "solve"
    job = answer.json()["id"]
    solved(job)
    row = api.get(f"/api/jobs/{job}/").json()
    assert row["state"] == "succeeded" and row["done"] == row["total"] and row["result"]["unknown"] > 0
    found = np.array(Pillow.open(io.BytesIO(api.get(f"/api/mattes/{row['result']['alpha']}/").content)))
    assert np.abs(found.astype(int) - scene(3)[1]).mean() < 3
    assert second_labeler_api.get(f"/api/jobs/{job}/").json()["result"] is None
    assert api.get(f"/api/projects/{open_image.project_id}/jobs/").json()["results"] == []


def test_outside_of_the_window_the_trimap_stays(api, open_image):
    trimap = trimap_of(scene(3)[1])
    job = ask(api, open_image, trimap, window=[0, 0, 32, 48]).json()["id"]
    solved(job)
    alpha = Job.objects.get(pk=job).result["alpha"]
    found = np.array(Pillow.open(io.BytesIO(api.get(f"/api/mattes/{alpha}/").content)))
    assert (found[:, 32:] == trimap[:, 32:]).all() and (found[:, :32] != trimap[:, :32]).any()


@pytest.fixture
def edge():
    """A trimap whose foreground ends ten pixels before a window that is unknown and background alone."""
    trimap = np.zeros(SIZE[::-1], np.uint8)
    trimap[:, :20], trimap[:, 20:40] = 255, 128
    return trimap


def test_a_window_is_solved_with_what_lies_around_it(api, open_image, edge):
    job = ask(api, open_image, edge, window=[30, 0, 64, 48]).json()["id"]
    solved(job)
    alpha = Job.objects.get(pk=job).result["alpha"]
    found = np.array(Pillow.open(io.BytesIO(api.get(f"/api/mattes/{alpha}/").content)))
    assert (found[:, :30] == edge[:, :30]).all() and (found[:, 40:] == 0).all()


def test_a_window_that_lacks_something_is_told_that_it_is_the_window(api, open_image, edge, monkeypatch):
    monkeypatch.setattr("inference.services.solve.AROUND", 0)
    job = ask(api, open_image, edge, window=[30, 0, 64, 48]).json()["id"]
    with pytest.raises(Exception, match="no foreground"):
        solved(job)
    assert "zoom out" in api.get(f"/api/jobs/{job}/").json()["errors"][-1]["reason"]


def test_somebody_solves_two_trimaps_at_once_and_others_their_own(api, second_labeler_api, open_image):
    jobs = [ask(api, open_image, trimap_of(scene(3)[1])).json()["id"] for _ in range(2)]
    refused = ask(api, open_image, trimap_of(scene(3)[1]))
    assert refused.status_code == 409 and "wait for one, or cancel it" in refused.json()["detail"]
    assert ask(second_labeler_api, open_image, trimap_of(scene(3)[1])).status_code == 202
    api.post(f"/api/jobs/{jobs[0]}/cancel/")
    solved(jobs[1])
    assert ask(api, open_image, trimap_of(scene(3)[1])).status_code == 202


def test_a_solved_matte_is_its_person_s_until_a_label_names_it(api, labeler, open_image):
    job = ask(api, open_image, trimap_of(scene(3)[1])).json()["id"]
    solved(job)
    matte = Matte.objects.get(sha256=Job.objects.get(pk=job).result["alpha"])
    assert (matte.author, matte.project) == (labeler, None)


@pytest.mark.parametrize(
    ("levels", "said"),
    [(0, "no unknown"), (255, "no unknown"), ("unknown", "no foreground"), ("half", "no background")],
)
def test_a_trimap_that_lacks_something_is_told_what_to_paint(api, open_image, levels, said):
    trimap = np.zeros(SIZE[::-1], np.uint8)
    if levels == "unknown":
        trimap[:, 20:30] = 128
    elif levels == "half":
        trimap[:], trimap[:, 20:30] = 255, 128
    else:
        trimap[:] = levels
    job = ask(api, open_image, trimap).json()["id"]
    with pytest.raises(Exception, match=said):
        solved(job)
    row = api.get(f"/api/jobs/{job}/").json()
    assert (
        row["state"] == "failed"
        and said in row["errors"][-1]["reason"]
        and "paint" in row["errors"][-1]["reason"]
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"trimap": "x"}, {"window": [0, 0, 8, 8]}, {"trimap": 7}, {"trimap": "0" * 64, "window": [1, 2]}],
)
def test_what_is_no_trimap_is_refused(api, open_image, body):
    assert api.post(f"/api/images/{open_image.pk}/solve/", body, format="json").status_code == 400


@pytest.mark.parametrize("window", [[0, 0, 65, 48], [-1, 0, 5, 5], [9, 9, 9, 12], [20, 0, 10, 48]])
def test_a_window_outside_of_the_image_is_refused(api, open_image, window):
    assert ask(api, open_image, trimap_of(scene(3)[1]), window=window).status_code == 400


def test_a_trimap_of_another_size_or_of_somebody_else_is_refused(api, manager_api, open_image):
    from tests.labeling.mattes import uploaded

    assert ask(api, open_image, disc(size=(48, 64))).status_code == 400
    other = {"trimap": uploaded(manager_api, trimap_of(scene(3)[1]))}
    assert api.post(f"/api/images/{open_image.pk}/solve/", other, format="json").status_code == 404
    assert not Job.objects.filter(kind="solve").exists()


def test_a_solve_that_is_cancelled_leaves_nothing(api, open_image):
    job = ask(api, open_image, trimap_of(scene(3)[1])).json()["id"]
    assert api.post(f"/api/jobs/{job}/cancel/").status_code == 202
    assert job_start(job_id=job, attempt=1) is None and Job.objects.get(pk=job).state == "cancelled"


@pytest.fixture
def second_labeler_api(make_user, client_for, portraits):
    from labeling.models import Membership, Role

    user = make_user("second")
    Membership.objects.create(project=portraits, user=user, role=Role.LABELER)
    return client_for(user)


def test_a_run_of_mattes_needs_some(label_mattes, portraits, manager_api):
    label_mattes(["train"] * 2 + ["test"])
    body = {"model": "unet_matting", "params": TINY}
    answer = manager_api.post(f"/api/projects/{portraits.pk}/training-runs/", body, format="json")
    assert (
        answer.status_code == 409
        and "label more" in answer.json()["detail"]
        and not TrainingRun.objects.exists()
    )
