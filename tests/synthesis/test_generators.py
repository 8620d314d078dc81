"""Training what makes pictures: on renders and photographs, none of them held out; judged by how near it comes."""

import pytest

from inference.models import ModelVersion
from labeling.models import Image, Job
from training.models import Snapshot, TrainingRun
from training.services.gate import _decide, gate_judge
from training.services.snapshots import snapshot_rows

TINY = {
    "image_size": 32,
    "load_size": 48,
    "epochs": 1,
    "steps": 1,
    "filters": 4,
    "rival_filters": 4,
    "patch": 2,
}


def start(api, project, model="cyclegan", **params):
    body = {"model": model, "params": {**TINY, **params}}
    return api.post(f"/api/projects/{project.pk}/training-runs/", body, format="json")


@pytest.fixture
def photographs(fridge, make_frames):
    images = make_frames(fridge, 14)
    for number, image in enumerate(images):
        side = "test" if number < 3 else "" if number < 6 else "train"
        Image.objects.filter(pk=image.pk).update(split=side)
    return images


@pytest.fixture
def renders(rendered):
    """Four more, for two are too few to learn from."""
    rows = list(rendered.images.filter(error=""))
    for number in range(3, 9):
        row = rows[number % 2]
        row.pk, row.number = None, number
        row.save()
    return rendered


def test_a_run_learns_from_renders_and_from_photographs_that_are_learned_from(
    manager_api, fridge, photographs, renders
):
    answer = start(manager_api, fridge)
    assert answer.status_code == 202, answer.json()
    rows = snapshot_rows(Snapshot.objects.get())
    of = {side: {row["image"] for row in rows if row["category"] == side} for side in ("source", "target")}
    assert len(of["source"]) == 8 and of["target"] == {image.pk for image in photographs[6:]}
    assert {row["split"] for row in rows} == {"train", "val"}
    assert manager_api.get(f"/api/projects/{fridge.pk}/snapshots/").json()["results"] == []


def test_all_photographs_are_all_but_the_held_out_and_are_held_out_never_after(
    manager_api, fridge, photographs, renders
):
    assert start(manager_api, fridge, photographs="all").status_code == 202
    rows = snapshot_rows(Snapshot.objects.get())
    assert {row["image"] for row in rows if row["category"] == "target"} == {
        image.pk for image in photographs[3:]
    }
    assert set(
        Image.objects.filter(pk__in=[image.pk for image in photographs[3:6]]).values_list("split", flat=True)
    ) == {"train"}


def test_too_little_of_either_is_told(manager_api, fridge, photographs, rendered):
    answer = start(manager_api, fridge)
    assert answer.status_code == 409 and "renders" in answer.json()["detail"]
    Image.objects.filter(split="train").update(split="test")
    answer = start(manager_api, fridge, model="pix2pix", photographs="learned")
    assert answer.status_code == 409 and "photographs" in answer.json()["detail"]
    assert not TrainingRun.objects.exists() and not Job.objects.filter(kind="training").exists()


def test_they_are_trained_for_projects_of_boxes_alone(manager_api, project):
    assert start(manager_api, project).status_code == 400


def test_a_set_of_labels_is_none_of_pictures(manager_api, fridge, photographs, renders):
    start(manager_api, fridge)
    sha256 = Snapshot.objects.get().sha256
    answer = manager_api.post(
        f"/api/projects/{fridge.pk}/training-runs/",
        {"model": "yolo", "params": {}, "snapshot": sha256},
        format="json",
    )
    assert answer.status_code == 400 and "snapshot" in answer.json()["errors"]


def test_the_form_offers_them(manager_api, fridge, project):
    said = manager_api.get(f"/api/projects/{fridge.pk}/training-options/").json()
    assert {option["model"] for option in said["generators"]} == {"cyclegan", "pix2pix", "stylegan2"}
    assert not {option["model"] for option in said["models"]} & {"cyclegan", "pix2pix", "stylegan2"}
    assert manager_api.get(f"/api/projects/{project.pk}/training-options/").json()["generators"] == []


@pytest.mark.parametrize(
    ("kid", "before", "rival", "passes"),
    [
        (0.2, 0.5, None, True),
        (0.6, 0.5, None, False),
        (0.2, 0.5, 0.1, False),
        (0.1, 0.5, 0.2, True),
        (None, None, None, False),
        (0.3, None, None, True),
    ],
)
def test_the_gate_asks_how_near_to_photographs_it_comes(make_generator, kid, before, rival, passes):
    production = make_generator(metrics={"kid": rival}, stage="production") if rival else None
    candidate = make_generator(metrics={"kid": kid, "kid_before": before})
    said = gate_judge(candidate=candidate, production=production)
    assert said["passed"] is passes and said["reason"]


def test_promoting_one_leaves_what_pre_labels_where_it_is(manager_api, fridge, make_generator):
    from labeling.services.jobs import job_start
    from training.services.gate import promotion_start

    version = make_generator(metrics={"kid": 0.1, "kid_before": 0.4})
    job = promotion_start(
        version=version, by=version.created_by or fridge.members.first().user, force=False, reason=""
    )
    run = job_start(job_id=job.pk, attempt=1)
    assert _decide(run, version)
    version.refresh_from_db()
    assert version.stage == "production"
    assert not Job.objects.filter(kind="prelabel").exists()
    assert manager_api.post(f"/api/projects/{fridge.pk}/rollback/").status_code == 409


def test_its_page_asks_for_no_held_out_images(manager_api, fridge, make_generator):
    one, other = make_generator(), make_generator()
    assert manager_api.get(f"/api/models/{one.pk}/evaluation/").json() == {"images": []}
    assert (
        manager_api.get(f"/api/projects/{fridge.pk}/models/compare/?a={one.pk}&b={other.pk}").status_code
        == 400
    )
    assert ModelVersion.objects.count() == 2
