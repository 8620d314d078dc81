"""People's own models for scenes: taken in, read by Blender, used, and refused."""

import io

import pytest
from django.core.files.storage import default_storage

from synthesis.models import SceneModel
from synthesis.services.rendering import batch_render, render_start
from synthesis.services.scenemodels import scene_model_read
from tests.synthesis.conftest import SCENE, carried_out, needs_blender
from tests.vision.test_scenes import CUBE

SOLID = (
    b"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\n"
    b"f 1 2 3 4\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"
)


def send(api, project, data=SOLID, file_name="crate.obj", **fields):
    file = io.BytesIO(data)
    file.name = file_name
    body = {"file": file, "name": "crate", "category": "milk", "height": "0.12", **fields}
    return api.post(
        f"/api/projects/{project.pk}/scene-models/",
        {key: value for key, value in body.items() if value is not None},
    )


@needs_blender
def test_a_model_is_read_by_blender_and_stands_in_scenes_with_its_category(manager_api, manager, fridge):
    answer = send(manager_api, fridge)
    assert answer.status_code == 201 and answer.json()["state"] == "pending", answer.json()
    scene_model_read(model_id=answer.json()["id"])
    (row,) = manager_api.get(f"/api/projects/{fridge.pk}/scene-models/").json()["results"]
    assert (row["state"], row["triangles"], row["category"]) == ("ready", 12, "milk"), row
    assert row["width"] == pytest.approx(0.12, abs=1e-6) and row["depth"] == pytest.approx(0.12, abs=1e-6)
    params = {
        "scene": {**SCENE, "clutter_from": 0.4, "clutter_to": 0.6},
        "models": [row["id"]],
        "weights": {"crate": 40},
    }
    batch = render_start(project=fridge, by=manager, count=1, seed=3, params=params)
    job = carried_out(batch.job, batch_render)
    (made,) = batch.images.all()
    assert job.state == "succeeded" and {(box["kind"], box["category"]) for box in made.boxes} == {
        ("crate", "milk")
    }


@needs_blender
def test_a_model_that_blender_cannot_read_says_why_and_is_never_used(manager_api, manager, fridge):
    answer = send(manager_api, fridge, CUBE.replace(b"v 0 0 1\n", b"v 0 1 0\n"))
    assert answer.status_code == 201
    scene_model_read(model_id=answer.json()["id"])
    (row,) = manager_api.get(f"/api/projects/{fridge.pk}/scene-models/").json()["results"]
    assert row["state"] == "failed" and "flat" in row["error"]
    body = {
        "project": fridge.pk,
        "generator": "blender",
        "count": 1,
        "params": {"models": [row["id"]], "mapping": {"milk": "milk"}},
    }
    refused = manager_api.post("/api/synthesis/batches/", body, format="json")
    assert refused.status_code == 400 and "flat" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"data": b"not a model", "file_name": "a.glb"}, "file"), ({"data": b""}, "file"), ({"file_name": "a.blend"}, "file"), ({"category": "beer"}, "category"),
        ({"height": "0"}, "height"), ({"height": "nan"}, "height"), ({"height": "12"}, "height"), ({"height": "x"}, "height"), ({"height": None}, "height"),
    ],
)  # fmt: skip
def test_what_is_no_model_is_refused_by_its_field(manager_api, fridge, changes, field):
    answer = send(manager_api, fridge, **changes)
    assert answer.status_code == 400 and field in answer.json()["errors"], answer.json()
    assert not SceneModel.objects.exists()


def test_a_huge_file_is_refused_before_it_is_kept(manager_api, fridge, monkeypatch):
    monkeypatch.setattr("synthesis.api.scenemodels.MOST_BYTES", 100)
    answer = send(manager_api, fridge)
    assert answer.status_code == 400 and "file" in answer.json()["errors"]


def test_names_are_of_one_model_and_not_the_catalogs(manager_api, fridge, settings):
    assert send(manager_api, fridge).status_code == 201
    again = send(manager_api, fridge)
    assert again.status_code == 400 and "name" in again.json()["errors"]
    form = send(manager_api, fridge, file_name="x.obj", category="")
    assert form.status_code == 400
    settings.MAX_SCENE_MODELS = 1
    kept = default_storage.listdir("scene-models")
    assert (
        send(manager_api, fridge, SOLID + SOLID[:8], file_name="other.obj", name="another").status_code == 409
    )
    assert SceneModel.objects.count() == 1 and default_storage.listdir("scene-models") == kept


def test_deleting_one_takes_its_file_and_only_managers_may(
    manager_api, api, stranger_api, fridge, django_capture_on_commit_callbacks
):
    pk = send(manager_api, fridge).json()["id"]
    key = SceneModel.objects.get(pk=pk).file_key
    for client, status in ((api, 403), (stranger_api, 404)):
        assert client.delete(f"/api/scene-models/{pk}/").status_code == status
        assert client.get(f"/api/projects/{fridge.pk}/scene-models/").status_code == status
        assert send(client, fridge).status_code == status
    assert default_storage.exists(key)
    with django_capture_on_commit_callbacks(execute=True):
        assert manager_api.delete(f"/api/scene-models/{pk}/").status_code == 204
    assert not default_storage.exists(key) and not SceneModel.objects.exists()
