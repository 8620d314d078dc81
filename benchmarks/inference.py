"""What the benchmarks of inference share: real frames in a project, versions of it, a worker, and a bare predictor."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.files.storage import default_storage

from benchmarks.coco import load_samples
from benchmarks.frames import frames
from benchmarks.stack import person, worker
from inference.models import ModelVersion
from inference.services.calls import ALIVE
from inference.services.serving import checkpoint_folder
from inference.services.versions import version_register
from labeling.models import Image, Project
from labeling.services.images import images_create
from labeling.services.projects import project_create
from labeling.uploads import Incoming
from vision.base import checkpoint_sha256, read_config

CATEGORIES = ["engaged", "non-engaged", "animated"]
TRAIN = """
import json, sys
import torch  # before ultralytics, which would leave it one thread
from pathlib import Path
from vision.base import Sample
from vision.registry import parse_config, trainer_class
model, out, params, names = sys.argv[1:]
names = json.loads(names)
samples = [
    Sample(Path(path), category, "val" if n % 6 == 0 else "train", "", str(n), tuple((name, tuple(box)) for name, box in boxes))
    for n, (path, category, boxes) in enumerate(json.load(sys.stdin))]
checkpoint = trainer_class(model)().fit(
    samples, Path(out), parse_config(model, json.loads(params)), categories=names, on_progress=lambda p: None,
    should_stop=lambda: False)
print(checkpoint.path)
"""
# A process with the predictor and nothing else: a line of paths in, its seconds out. All of them as one batch.
BARE = """
import json, sys, time
from pathlib import Path
from vision.images import read_rgb
from vision.registry import predictor_class
model, checkpoint, options = sys.argv[1:]
predictor = predictor_class(model).load(Path(checkpoint), options=json.loads(options))
print("ready", flush=True)
for line in sys.stdin:
    begun = time.perf_counter()
    for batch in json.loads(line):
        predictor.predict([read_rgb(Path(path)) for path in batch])
    print(time.perf_counter() - begun, flush=True)
"""


FEW = 48  # images that a version learns from: only its speed is of interest
Learned = list[tuple[str, str, Sequence[Any]]]  # what a version learns from: path, category, boxes


@dataclass
class Ground:
    project: Project
    token: str
    files: list[Path]  # of the project's images, in the order of their ids
    folder: Path
    categories: list[str]
    learned: Learned

    def version(self, model: str, **params: Any) -> ModelVersion:
        """How well it learns does not matter for its speed, if it says something of an image."""
        arguments = [model, str(self.folder / model), json.dumps(params), json.dumps(self.categories)]
        said = subprocess.run(
            [sys.executable, "-c", TRAIN, *arguments],
            check=True, capture_output=True, text=True, input=json.dumps(self.learned),
        )  # fmt: skip
        checkpoint = Path(said.stdout.strip().splitlines()[-1])
        return version_register(
            project=self.project, model=model, checkpoint=checkpoint, sha256=checkpoint_sha256(checkpoint),
            config=read_config(checkpoint),
        )  # fmt: skip


def labeled(files: list[Path]) -> Learned:
    """A few frames with any category."""
    return [(str(path), CATEGORIES[n % len(CATEGORIES)], ()) for n, path in enumerate(files[:FEW])]


@contextmanager
def ground(count: int) -> Iterator[Ground]:
    """A project with `count` real frames of 640 × 480."""
    with _ground("classification", CATEGORIES, frames(count)) as scene:
        scene.learned = labeled(scene.files)
        yield scene


@contextmanager
def ground_of_boxes(data: Path) -> Iterator[Ground]:
    """A project with the images of a COCO data set; its versions learn the boxes of a few of them."""
    samples, categories = load_samples(data)
    with _ground("detection", categories, (sample.path.read_bytes() for sample in samples)) as scene:
        scene.learned = [(str(sample.path), "", sample.boxes) for sample in samples[:FEW]]
        yield scene


@contextmanager
def _ground(kind: str, categories: list[str], images: Iterable[bytes]) -> Iterator[Ground]:
    """The images are marked as ready: renditions are not what is measured."""
    user, token = person("manager")
    project = project_create(
        by=user, name=kind, kind=kind, categories=[{"name": name} for name in categories]
    )
    for number, data in enumerate(images):
        file = Incoming(f"{number}.jpg")
        file.write(data)
        images_create(project=project, files=[file])
    rows = Image.objects.filter(project=project).order_by("id")
    rows.update(ready=True)
    files = [Path(default_storage.path(image.file_key)) for image in rows]
    with tempfile.TemporaryDirectory() as folder:
        yield Ground(project, token, files, Path(folder), categories, [])


@contextmanager
def inference_worker() -> Iterator[None]:
    """An inference worker that is ready."""
    with worker("inference") as pid:
        broker = redis.Redis.from_url(settings.BROKER_URL)
        while not broker.exists(ALIVE):
            assert Path(f"/proc/{pid}").exists(), "the worker did not start"
            time.sleep(0.05)
        yield


class Bare:
    """The predictor in a process of its own, beside the worker."""

    def __init__(self, version: ModelVersion) -> None:
        options = json.dumps(version.project.settings)
        command = [sys.executable, "-c", BARE, version.model, str(checkpoint_folder(version)), options]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        while self._line() != "ready":
            pass

    def seconds(self, batches: list[list[Path]]) -> float:
        assert self.process.stdin
        self.process.stdin.write(json.dumps([[str(path) for path in batch] for batch in batches]) + "\n")
        self.process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self.process.stdout
        if not (line := self.process.stdout.readline()):
            raise RuntimeError("the bare predictor died")
        return line.strip()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
