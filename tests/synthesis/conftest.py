"""Batches without a worker: their jobs are run in the test, and Blender, where it is installed, is the real one."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from inference.models import ModelVersion
from inference.services.versions import version_register
from labeling.models import Job, Project, User
from labeling.services.jobs import job_start
from synthesis.models import SyntheticBatch, SyntheticImage
from synthesis.services.pictures import index_store, picture_store
from synthesis.services.rendering import render_start
from tests.inference.conftest import make_frames, make_version, media  # noqa: F401
from vision.base import Checkpoint, Sample
from vision.registry import parse_config, trainer_class
from vision.scenes.render import BlenderMissing, blender_command


@pytest.fixture(autouse=True)
def one_thread(settings: Any) -> None:
    """Browser tests go on beside these, and wait for nobody."""
    settings.RENDER_THREADS = 1


SCENE = {"width": 96, "height": 96, "samples": 1, "clutter_to": 0.4}
MAPPING = {"milk": "milk", "jam": "jam", "water": "water"}
PARAMS = {"scene": SCENE, "mapping": MAPPING}


def _missing() -> str:
    try:
        blender_command()
    except BlenderMissing as error:
        return str(error)
    return ""


needs_blender = pytest.mark.skipif(bool(_missing()), reason=_missing() or "Blender is here")


def carried_out(job: Job, task: Callable[..., None]) -> Job:
    """Its task in this process, as a worker would."""
    run = job_start(job_id=job.pk, attempt=job.attempt)
    assert run
    with run:
        task(run=run)
    job.refresh_from_db()
    return job


@pytest.fixture
def batch(fridge: Project, manager: User) -> SyntheticBatch:
    return render_start(project=fridge, by=manager, count=3, seed=40, params=PARAMS)


def drawn(seed: int, size: tuple[int, int] = (96, 96)) -> np.ndarray:
    """Two plain things on a ground: what is rendered where nothing depends on Blender."""
    random = np.random.default_rng(seed)
    picture = np.full((size[1], size[0], 3), random.integers(150, 220), np.uint8)
    picture[20:60, 10:40] = random.integers(0, 100, 3)
    picture[40:80, 55:85] = random.integers(0, 100, 3)
    return picture


BOXES = [
    {"number": 1, "kind": "milk", "category": "milk", "bbox": [10.0, 20.0, 40.0, 60.0], "visible": 1.0},
    {"number": 2, "kind": "jam", "category": "jam", "bbox": [55.0, 40.0, 85.0, 80.0], "visible": 0.8},
]


def encoded(picture: np.ndarray) -> bytes:
    out = io.BytesIO()
    Pictures.fromarray(picture).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def rendered(batch: SyntheticBatch) -> SyntheticBatch:
    """A batch whose three pictures are there, the last one failed."""
    for number in range(2):
        index = np.zeros((96, 96), np.uint16)
        index[20:60, 10:40], index[40:80, 55:85] = 1, 2
        SyntheticImage.objects.create(
            batch=batch, number=number, seed=40 + number, boxes=BOXES, index_sha256=index_store(index), seconds=1.5,
            **picture_store(encoded(drawn(number))),
        )  # fmt: skip
    SyntheticImage.objects.create(batch=batch, number=2, seed=42, error="Blender crashed (code -11).")
    Job.objects.filter(pk=batch.pk).update(state=Job.State.SUCCEEDED, done=3)
    batch.job.refresh_from_db()
    return batch


MakeGenerator = Callable[..., ModelVersion]


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Checkpoint]:
    """A tiny generator of each model, that has learned nothing."""
    known: dict[str, Checkpoint] = {}

    def make(model: str) -> Checkpoint:
        if model not in known:
            folder = tmp_path_factory.mktemp(model)
            samples = []
            for number in range(4):
                for domain in ("source", "target"):
                    path = folder / f"{domain}{number}.png"
                    path.write_bytes(encoded(drawn(number)))
                    samples.append(Sample(path, domain, "train", str(number), f"{domain}{number}"))
            sizes = {"image_size": 32, "load_size": 96, "epochs": 1, "steps": 1}
            small: dict[str, Any] = (
                {"filters": 4, "rival_filters": 4, "patch": 2}
                if model != "stylegan2"
                else {"channels": 8, "style_size": 8}
            )
            known[model] = trainer_class(model)().fit(
                samples, folder / "out", parse_config(model, {**sizes, **small}), categories=["milk"], on_progress=lambda _: None,
                should_stop=lambda: False,
            )  # fmt: skip
        return known[model]

    return make


@pytest.fixture
def make_generator(checkpoints: Callable[[str], Checkpoint], fridge: Project) -> MakeGenerator:
    def make(model: str = "cyclegan", project: Project = fridge, **fields: Any) -> ModelVersion:
        checkpoint = checkpoints(model)
        version = version_register(
            project=project,
            model=model,
            checkpoint=Path(checkpoint.path),
            sha256=checkpoint.sha256,
            config=checkpoint.config,
        )
        ModelVersion.objects.filter(pk=version.pk).update(**fields)
        version.refresh_from_db()
        return version

    return make
