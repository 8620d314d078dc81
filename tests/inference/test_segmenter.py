"""A packaged segmenter as a model version: made of its config, asked like any other, and clear about what is missing."""

import io

import numpy as np
import pytest
from PIL import Image

from inference.services import solve
from inference.services.versions import version_make
from tests.inference.test_predict import server  # noqa: F401
from tests.inference.test_rule import make
from tests.vision.test_packaged_segmenter import network, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def mattes(project):
    project.kind = "matting"
    project.save(update_fields=["kind"])
    return project


@pytest.fixture
def named(tmp_path, monkeypatch):
    path = network(tmp_path / "own.onnx", [1, 3, 32, 32], [1, 1, 32, 32])
    monkeypatch.setenv("FRAMELOOP_MATTING", str(path))


def ask(api, version, **headers):
    out = io.BytesIO()
    Image.fromarray(picture()).save(out, "PNG")
    out.seek(0)
    out.name = "a.png"
    query = "?cutout=1" if headers.pop("cutout", False) else ""
    return api.post(f"/api/models/{version}/predict/{query}", {"image": out}, format="multipart", **headers)


def test_a_version_is_made_and_gives_mattes_and_cut_outs(manager_api, mattes, named, compiled, server):  # noqa: F811
    version = make(manager_api, mattes, model="segmenter", weights="named").json()["id"]
    answer = ask(manager_api, version, HTTP_ACCEPT="image/png")
    assert answer.status_code == 200 and answer["Content-Type"] == "image/png"
    alpha = np.array(Image.open(io.BytesIO(answer.content)))
    assert alpha.shape == (40, 60) and alpha[:, 0].max() == 0 and alpha[:, -1].min() == 255
    cut = np.array(Image.open(io.BytesIO(ask(manager_api, version, cutout=True).content)))
    assert cut.shape == (40, 60, 4) and (cut[:, -1] == [255, 90, 90, 255]).all() and not cut[:, 0].any()


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("image/png", "image/png"), ("image/*", "image/png"), ("image/png, application/json;q=0.5", "image/png"),
     ("application/json, image/*;q=0.1", "application/json"), ("*/*", "application/json")],
)  # fmt: skip
def test_who_takes_both_gets_what_they_would_rather_have(manager_api, mattes, named, server, accept, kind):  # noqa: F811
    version = make(manager_api, mattes, model="segmenter", weights="named").json()["id"]
    answer = ask(manager_api, version, HTTP_ACCEPT=accept)
    assert answer.status_code == 200 and answer["Content-Type"] == kind


def test_who_asks_one_whose_weights_are_missing_hears_which_command_brings_them(
    manager, manager_api, mattes, tmp_path, monkeypatch, server  # noqa: F811
):  # fmt: skip
    monkeypatch.setenv("FRAMELOOP_WEIGHTS", str(tmp_path / "none"))
    version, _ = version_make(project=mattes, model="segmenter", config={}, by=manager)
    answer = ask(manager_api, version.pk, HTTP_ACCEPT="image/png")
    assert answer.status_code == 422
    assert (
        f"Run: python -m vision.weights fetch segmenter --to {tmp_path / 'none'}" in answer.json()["detail"]
    )


@pytest.mark.parametrize("there", [False, True])
def test_an_inference_worker_compiles_what_solves_where_that_was_not_done(tmp_path, monkeypatch, there):
    started = []
    monkeypatch.setattr(solve.subprocess, "Popen", lambda command, **options: started.append(command))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    if there:
        (tmp_path / "pymatting").mkdir()
        (tmp_path / "pymatting" / "ichol.nbi").write_bytes(b"")
    solve.compile_ahead()
    assert bool(started) != there
    assert all(command[1:] == ["-m", "vision.matting"] for command in started)
