"""Batches of renders: asked for, rendered, gone on with, deleted."""

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pictures

from labeling.models import Category, Job, Project
from labeling.models.image import file_key
from synthesis.models import SyntheticBatch, SyntheticImage, index_key, thumbnail_key
from synthesis.services.blender import blender_missing, blender_note
from synthesis.services.rendering import batch_render
from tests.synthesis.conftest import PARAMS, SCENE, carried_out, needs_blender
from vision.scenes.render import ROOT, blender_command

URL = "/api/synthesis/batches/"


def asked(api, project, **changes):
    return api.post(
        URL,
        {"project": project.pk, "generator": "blender", "count": 2, "seed": 7, "params": PARAMS, **changes},
        format="json",
    )


def test_a_batch_is_asked_for_and_its_job_waits(manager_api, fridge):
    answer = asked(manager_api, fridge)
    assert answer.status_code == 202
    row = answer.json()
    assert (row["state"], row["kind"], row["total"], row["generator"], row["seed"]) == (
        "queued",
        "render",
        2,
        "blender",
        7,
    )
    assert row["params"]["scene"]["width"] == 96 and row["params"]["scene"]["lens_to"] == 40, (
        "the ranges are written down in full"
    )
    job = Job.objects.get(pk=row["id"])
    assert (job.queue, job.task) == ("default", "synthesis.tasks.batch_render")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"count": 0}, "count"), ({"count": 10**6}, "count"), ({"count": -1}, "count"), ({"count": 1.5}, "count"), ({"count": None}, "count"),
        ({"seed": -1}, "seed"), ({"seed": 2**53}, "seed"), ({"generator": "dall-e"}, "generator"),
        ({"params": {**PARAMS, "mapping": {"milk": "beer"}}}, "mapping"), ({"params": {**PARAMS, "mapping": {"shoe": "milk"}}}, "mapping"),
        ({"params": {"scene": SCENE}}, "mapping"), ({"params": {**PARAMS, "mapping": ["milk"]}}, "mapping"),
        ({"params": {**PARAMS, "scene": {"width": 10**9}}}, "scene.width"), ({"params": {**PARAMS, "scene": {"lens_from": 80}}}, "scene.lens_to"),
        ({"params": {**PARAMS, "scene": {"colour": "red"}}}, "scene.colour"), ({"params": {**PARAMS, "models": [1]}}, "models"),
        ({"params": {**PARAMS, "weights": {"milk": -1}}}, "weights"), ({"params": {**PARAMS, "weights": {"shoe": 1}}}, "weights"),
        ({"params": {**PARAMS, "textures": "/etc"}}, "params"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field_and_nothing_begins(manager_api, fridge, changes, field):
    answer = asked(manager_api, fridge, **changes)
    assert answer.status_code == 400 and field in answer.json()["errors"], answer.json()
    assert not SyntheticBatch.objects.exists() and not Job.objects.exists()


def test_scenes_are_for_projects_of_boxes(manager_api, project):
    answer = asked(manager_api, project)
    assert answer.status_code == 400 and "detection" in answer.json()["detail"]


def test_only_managers_may_and_a_stranger_learns_nothing(api, stranger_api, fridge, rendered):
    for client, status in ((api, 403), (stranger_api, 404)):
        assert asked(client, fridge).status_code == status
        for path in (
            f"/api/projects/{fridge.pk}/synthesis/",
            f"/api/projects/{fridge.pk}/synthesis/options/",
            f"{URL}{rendered.pk}/",
        ):
            assert client.get(path).status_code == status, path
        picture = rendered.images.first()
        assert client.get(f"/api/synthesis/pictures/{picture.pk}/file/").status_code == status
        assert client.get(f"/api/synthesis/pictures/{picture.pk}/thumbnail/").status_code == status
        assert client.delete(f"{URL}{rendered.pk}/").status_code == status
        for act in ("translate", "accept"):
            assert (
                client.post(f"{URL}{rendered.pk}/{act}/", {"model_version": 1}, format="json").status_code
                == status
            )


@needs_blender
def test_a_batch_is_rendered_with_exact_boxes_masks_and_thumbnails(manager_api, batch):
    job = carried_out(batch.job, batch_render)
    assert (job.state, job.done) == ("succeeded", 3), job.errors
    assert job.result["rendered"] == 3 and job.result["seconds"] > 0
    row = manager_api.get(f"{URL}{batch.pk}/").json()
    assert [picture["seed"] for picture in row["images"]] == [40, 41, 42] and row["pictures"] == 3
    boxes = [box for picture in row["images"] for box in picture["boxes"]]
    assert boxes and {box["category"] for box in boxes} <= {"milk", "jam", "water"}
    for made in SyntheticImage.objects.filter(batch=batch):
        with default_storage.open(index_key(made.index_sha256)) as file:
            index = np.asarray(Pictures.open(file))
        for box in made.boxes:
            rows, columns = np.nonzero(index == box["number"])
            assert box["bbox"] == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert box["visible"] >= 0.25
        assert default_storage.exists(thumbnail_key(made.sha256))
        answer = manager_api.get(f"/api/synthesis/pictures/{made.pk}/file/")
        assert answer["Content-Type"] == "image/png" and len(answer.content) == made.bytes
        assert (
            manager_api.get(f"/api/synthesis/pictures/{made.pk}/thumbnail/")["Content-Type"] == "image/webp"
        )


@needs_blender
def test_an_attempt_after_a_death_begins_behind_what_is_stored(batch):
    SyntheticImage.objects.create(batch=batch, number=0, seed=40, error="a mark of the first attempt")
    job = carried_out(batch.job, batch_render)
    assert job.state == "succeeded" and batch.images.count() == 3
    assert batch.images.get(number=0).error == "a mark of the first attempt"


CRASHES = """import os, sys
sys.path.insert(0, {root!r})
from vision.scenes.stage import main, scene
build = scene.Stage.build
def crashing(self, fridge, things, camera):
    if main_seed[0] in {seeds!r}:
        os.abort()
    return build(self, fridge, things, camera)
main_seed = [0]
rendered = main.rendered
def noting(request):
    main_seed[0] = request["plan"]["seed"]
    return rendered(request)
scene.Stage.build, main.rendered = crashing, noting
main.main()
"""


@pytest.fixture
def crashing(tmp_path, monkeypatch):
    """The real Blender, which dies at some seeds."""

    def make(*seeds):
        script, program = tmp_path / "crashes.py", tmp_path / "python-that-crashes"
        script.write_text(CRASHES.format(root=str(ROOT), seeds=seeds))
        program.write_text(f"#!/bin/sh\nexec {blender_command()[0]} {script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("FRAMELOOP_BLENDER", str(program))

    return make


@needs_blender
def test_blender_crashing_in_the_middle_is_reported_and_the_batch_goes_on(manager_api, batch, crashing):
    crashing(41)
    job = carried_out(batch.job, batch_render)
    assert job.state == "succeeded" and (job.result["rendered"], job.result["failed"]) == (2, 1)
    assert [error["item"] for error in job.errors] == ["picture 2"] and "crashed" in job.errors[0]["reason"]
    row = manager_api.get(f"{URL}{batch.pk}/").json()
    assert ["crashed" in picture["error"] for picture in row["images"]] == [False, True, False]
    assert manager_api.get(f"/api/synthesis/pictures/{row['images'][1]['id']}/file/").status_code == 404


@needs_blender
def test_where_nothing_comes_of_it_the_batch_ends_and_says_why(batch, crashing):
    crashing(40, 41, 42)
    with pytest.raises(RuntimeError):
        carried_out(batch.job, batch_render)
    batch.job.refresh_from_db()
    assert batch.job.state == "failed" and "could not be rendered" in batch.job.errors[-1]["reason"]


def test_without_blender_the_job_and_the_page_say_how_to_get_it(manager_api, fridge, batch, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("FRAMELOOP_BLENDER", "/nowhere/blender")
        with pytest.raises(RuntimeError):
            carried_out(batch.job, batch_render)
        blender_note()  # as a worker does when it starts
    batch.job.refresh_from_db()
    assert batch.job.state == "failed" and "make blender" in batch.job.errors[-1]["reason"]
    said = manager_api.get(f"/api/projects/{fridge.pk}/synthesis/options/").json()
    assert "make blender" in said["blender_missing"]
    blender_note()
    assert bool(blender_missing()) == needs_blender.args[0]


@needs_blender
def test_a_cancelled_batch_keeps_what_it_has_and_ends_within_a_picture(batch, settings):
    Job.objects.filter(pk=batch.pk).update(state=Job.State.QUEUED)
    from labeling.services.jobs import job_start

    run = job_start(job_id=batch.pk, attempt=1)
    Job.objects.filter(pk=batch.pk).update(cancel_requested=True)
    with run:
        batch_render(run=run)
    batch.job.refresh_from_db()
    assert batch.job.state == "cancelled" and batch.images.count() < 3


def test_options_name_the_kinds_the_ranges_and_what_names_suggest(manager_api, fridge, make_generator):
    make_generator("cyclegan", metrics={"kid": 0.25})
    make_generator("stylegan2")
    make_generator("pix2pix", stage="archived")
    said = manager_api.get(f"/api/projects/{fridge.pk}/synthesis/options/").json()
    assert len(said["kinds"]) >= 24 and said["mapping"] == {"milk": "milk", "jam": "jam", "water": "water"}
    assert {"clutter_to", "samples", "doors"} <= {field["name"] for field in said["fields"]}
    assert {(row["model"], row["translates"], row["kid"]) for row in said["generators"]} == {
        ("cyclegan", True, 0.25),
        ("stylegan2", False, None),
    }


def test_boxes_say_todays_names_of_categories(manager_api, fridge, rendered):
    Category.objects.filter(project=fridge, name="milk").update(name="Milch")
    from labeling.models import CategoryChange

    CategoryChange.objects.create(project=fridge, names={"milk": "Milch"})
    row = manager_api.get(f"{URL}{rendered.pk}/").json()
    assert [box["category"] for box in row["images"][0]["boxes"]] == ["Milch", "jam"]


def test_a_batch_at_work_is_not_deleted_and_one_that_ended_goes_with_its_files(
    manager_api, rendered, batch, django_capture_on_commit_callbacks
):
    Job.objects.filter(pk=batch.pk).update(state=Job.State.RUNNING)
    assert manager_api.delete(f"{URL}{batch.pk}/").status_code == 409
    Job.objects.filter(pk=batch.pk).update(state=Job.State.SUCCEEDED)
    made = list(rendered.images.exclude(sha256=""))
    with django_capture_on_commit_callbacks(execute=True):
        assert manager_api.delete(f"{URL}{batch.pk}/").status_code == 204
    assert (
        not SyntheticBatch.objects.exists()
        and not SyntheticImage.objects.exists()
        and not Job.objects.exists()
    )
    for picture in made:
        for key in (file_key(picture.sha256), thumbnail_key(picture.sha256), index_key(picture.index_sha256)):
            assert not default_storage.exists(key)


def test_a_poll_that_brings_nothing_new_is_a_304(manager_api, rendered):
    first = manager_api.get(f"{URL}{rendered.pk}/")
    assert manager_api.get(f"{URL}{rendered.pk}/", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304


def test_a_batch_outlives_its_project_no_more_than_other_rows(fridge, rendered):
    Project.objects.filter(pk=fridge.pk).delete()
    assert not SyntheticBatch.objects.exists()


def test_the_list_shows_the_newest_first_with_covers(manager_api, fridge, rendered):
    asked(manager_api, fridge)
    rows = manager_api.get(f"/api/projects/{fridge.pk}/synthesis/").json()["results"]
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert len(rows[-1]["cover"]) == 2 and rows[-1]["pictures"] == 2
