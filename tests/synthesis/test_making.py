"""Pictures that generators make: translations that keep their boxes, new ones, and what a program gets."""

import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image as Pictures

from inference.models import ModelVersion
from inference.services.versions import production_version, version_set_production
from labeling.models import Image, Job
from labeling.services.jobs import job_continue
from synthesis.models import SyntheticBatch
from synthesis.services.accepting import batch_accept
from synthesis.services.making import batch_make_chunk
from tests.synthesis.conftest import BOXES, carried_out, drawn, encoded
from vision.scenes.drift import drifts

URL = "/api/synthesis/batches/"


def worked_off(batch_id):
    """The chain of tasks, to its end."""
    for step in range(50):
        run = job_continue(job_id=batch_id, attempt=1, step=step)
        if run is None:
            break
        with run.settling():
            batch_make_chunk(run=run, step=step)
    return Job.objects.get(pk=batch_id)


def translate(api, batch, version):
    return api.post(f"{URL}{batch.pk}/translate/", {"model_version": version.pk}, format="json")


def test_a_translation_keeps_its_render_its_boxes_and_its_size(manager_api, rendered, make_generator):
    answer = translate(manager_api, rendered, make_generator("cyclegan"))
    assert (
        answer.status_code == 202 and answer.json()["source"] == rendered.pk and answer.json()["count"] == 2
    )
    job = worked_off(answer.json()["id"])
    assert (job.state, job.done, job.result["made"]) == ("succeeded", 2, 2), job.errors
    row = manager_api.get(f"{URL}{job.pk}/").json()
    for picture, source in zip(
        row["images"], rendered.images.filter(error="").order_by("number"), strict=True
    ):
        assert (picture["source"], picture["width"], picture["seed"]) == (source.pk, 96, source.seed)
        assert [box["bbox"] for box in picture["boxes"]] == [box["bbox"] for box in BOXES]
        assert all({"shift", "kept", "flag"} <= box.keys() for box in picture["boxes"])
        assert manager_api.get(f"/api/synthesis/pictures/{picture['id']}/file/").status_code == 200
    assert row["model_version"]["model"] == "cyclegan"


def test_a_translation_in_the_project_is_the_child_of_its_render(manager_api, rendered, make_generator):
    job = worked_off(translate(manager_api, rendered, make_generator("pix2pix")).json()["id"])
    for batch, flagged in ((rendered, False), (SyntheticBatch.objects.get(pk=job.pk), True)):
        answer = manager_api.post(f"{URL}{batch.pk}/accept/", {"flagged": flagged}, format="json")
        carried_out(Job.objects.get(pk=answer.json()["id"]), batch_accept)
    renders, translations = (
        list(Image.objects.filter(source=source).order_by("pk")) for source in ("render", "translated")
    )
    assert [image.parent_id for image in translations] == [image.pk for image in renders]
    assert {image.group for image in translations + renders} == {f"synthetic {rendered.pk}"}
    assert all(image.split == "train" for image in translations) and translations[0].name.endswith(
        "pix2pix-1.png"
    )


def test_only_renders_are_translated_by_what_translates(manager_api, rendered, make_generator, fridge):
    made = make_generator("stylegan2")
    assert translate(manager_api, rendered, made).status_code == 400
    version = make_generator("cyclegan")
    assert (
        manager_api.post(
            f"{URL}{rendered.pk}/translate/", {"model_version": 2**70}, format="json"
        ).status_code
        == 400
    )
    batch = manager_api.post(
        URL,
        {"project": fridge.pk, "generator": "stylegan2", "count": 1, "params": {"model_version": made.pk}},
        format="json",
    ).json()
    assert (
        manager_api.post(
            f"{URL}{batch['id']}/translate/", {"model_version": version.pk}, format="json"
        ).status_code
        == 409
    )
    Job.objects.filter(pk=rendered.pk).update(state="running")
    assert translate(manager_api, rendered, version).status_code == 409


def test_new_pictures_are_those_of_their_seeds(manager_api, fridge, make_generator):
    version = make_generator("stylegan2")
    body = {
        "project": fridge.pk,
        "generator": "stylegan2",
        "count": 3,
        "seed": 5,
        "params": {"model_version": version.pk},
    }
    rows = []
    for _ in range(2):
        answer = manager_api.post(URL, body, format="json")
        assert answer.status_code == 202, answer.json()
        worked_off(answer.json()["id"])
        rows.append(manager_api.get(f"{URL}{answer.json()['id']}/").json())
    first, second = ([picture["seed"] for picture in row["images"]] for row in rows)
    assert first == second == [5, 6, 7]
    hashes = [
        list(
            SyntheticBatch.objects.get(pk=row["id"])
            .images.order_by("number")
            .values_list("sha256", flat=True)
        )
        for row in rows
    ]
    assert hashes[0] == hashes[1] and len(set(hashes[0])) == 3
    for bad in (
        {"params": {}},
        {"params": {"model_version": True}},
        {"params": {"model_version": 10**6}},
        {"count": 0},
    ):
        assert manager_api.post(URL, {**body, **bad}, format="json").status_code == 400


def test_a_render_whose_file_is_gone_is_reported_and_the_rest_is_translated(
    manager_api, media, rendered, make_generator
):
    (media / rendered.images.get(number=0).file_key).unlink()
    job = worked_off(translate(manager_api, rendered, make_generator("cyclegan")).json()["id"])
    assert job.state == "succeeded" and (job.result["made"], job.result["failed"]) == (1, 1)
    assert job.errors[0]["item"] == "picture 1"


def test_a_twin_of_a_task_makes_nothing_twice(manager_api, rendered, make_generator):
    pk = translate(manager_api, rendered, make_generator("cyclegan")).json()["id"]
    one, twin = (job_continue(job_id=pk, attempt=1, step=0) for _ in range(2))
    for run in (one, twin):
        with run.settling():
            batch_make_chunk(run=run, step=0)
    assert Job.objects.get(pk=pk).done == SyntheticBatch.objects.get(pk=pk).images.count() == 2


# --- drift ----------------------------------------------------------------------------------------------------------
def boxes():
    return [tuple(box["bbox"]) for box in BOXES]


def test_what_only_changes_its_colours_has_not_drifted():
    before = drawn(1)
    after = 255 - before[..., ::-1] // 2
    for drift in drifts(before, np.ascontiguousarray(after), boxes()):
        assert drift.flag == "" and drift.kept > 0.8 and np.hypot(*drift.shift) <= 1


@pytest.mark.parametrize("shift", [(9, 0), (0, -8), (7, 7)])
def test_a_thing_that_moved_is_flagged_with_how_far(shift):
    before = drawn(2)
    ground = before[0, 0]
    after = before.copy()
    after[20:60, 10:40] = ground
    x, y = 10 + shift[0], 20 + shift[1]
    after[y : y + 40, x : x + 30] = before[30, 20]
    first, second = drifts(before, after, boxes())
    assert first.flag == "moved" and first.shift == pytest.approx(shift, abs=1.5)
    assert second.flag == ""


def test_a_thing_that_vanished_is_flagged_and_its_neighbour_is_not():
    before = drawn(3)
    after = before.copy()
    after[18:62, 8:42] = before[0, 0]
    noise = np.random.default_rng(0).normal(0, 4, after.shape)
    first, second = drifts(before, (after + noise).clip(0, 255).astype(np.uint8), boxes())
    assert first.flag == "vanished" and second.flag == ""


def test_of_something_tiny_nothing_is_said_and_sizes_must_agree():
    (drift,) = drifts(drawn(1), drawn(5), [(1.0, 1.0, 5.0, 6.0)])
    assert drift.flag == ""
    with pytest.raises(ValueError, match="sizes"):
        drifts(drawn(1), drawn(1, (64, 64)), boxes())


# --- versions that make pictures --------------------------------------------------------------------------------------
def test_a_generator_is_in_production_beside_what_labels(fridge, make_generator, make_version):
    labels = make_version(project=fridge)
    ModelVersion.objects.filter(pk=labels.pk).update(model="yolo", stage="production")
    first, second, other = make_generator("cyclegan"), make_generator("cyclegan"), make_generator("pix2pix")
    for version in (first, other, second):
        version_set_production(version=version)
    stages = dict(ModelVersion.objects.values_list("pk", "stage"))
    assert stages == {
        labels.pk: "production",
        first.pk: "archived",
        second.pk: "production",
        other.pk: "production",
    }
    assert production_version(fridge.pk).pk == labels.pk


def test_it_pre_labels_nothing_and_answers_nothing_as_the_projects_model(manager_api, fridge, make_generator):
    version = make_generator("cyclegan", stage="production")
    answer = manager_api.post(
        f"/api/projects/{fridge.pk}/predictions/", {"model_version": version.pk}, format="json"
    )
    assert answer.status_code == 400
    picture = io.BytesIO(encoded(drawn(1)))
    picture.name = "a.png"
    assert manager_api.post(f"/api/projects/{fridge.pk}/predict/", {"image": picture}).status_code == 409


def test_what_a_program_asks_of_it_is_the_translated_image(make_generator):
    from inference.services.predict import predicted

    version = make_generator("cyclegan")
    call = {
        "version": version.pk, "model": "cyclegan", "number": 1, "weights": version.weights, "sha256": version.weights_sha256, "settings": {},
        "kind": "detection", "attributes": {}, "cutout": False,
    }  # fmt: skip
    said = predicted(call, encoded(drawn(1, (120, 90))))
    made = Pictures.open(io.BytesIO(b64decode(said["png"])))
    assert made.format == "PNG" and made.size == (120, 90)
