"""What the benchmarks of inference share: real frames in a project, versions of it, a worker, and a bare predictor."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.files.storage import default_storage

from benchmarks.frames import frames
from benchmarks.stack import person
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
from pathlib import Path
from vision.base import Sample
from vision.registry import parse_config, trainer_class
model, out, params, names, *paths = sys.argv[1:]
names = json.loads(names)
samples = [Sample(Path(path), names[n % len(names)], "val" if n % 6 == 0 else "train", "", str(n)) for n, path in enumerate(paths)]
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


@dataclass
class Ground:
    project: Project
    token: str
    files: list[Path]  # of the project's images, in the order of their ids
    folder: Path

    def version(self, model: str, **params: Any) -> ModelVersion:
        """What it learned does not matter for its speed: it learns from a few frames, for one epoch."""
        arguments = [model, str(self.folder / model), json.dumps(params), json.dumps(CATEGORIES)]
        said = subprocess.run(
            [sys.executable, "-c", TRAIN, *arguments, *map(str, self.files[:48])],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        checkpoint = Path(said.stdout.strip().splitlines()[-1])
        return version_register(
            project=self.project, model=model, checkpoint=checkpoint, sha256=checkpoint_sha256(checkpoint),
            config=read_config(checkpoint),
        )  # fmt: skip


@contextmanager
def ground(count: int) -> Iterator[Ground]:
    """A project with `count` real frames of 640 × 480, marked as ready: renditions are not what is measured."""
    user, token = person("manager")
    categories = [{"name": name} for name in CATEGORIES]
    project = project_create(by=user, name="Frames", kind="classification", categories=categories)
    for number, data in enumerate(frames(count)):
        file = Incoming(f"{number}.jpg")
        file.write(data)
        images_create(project=project, files=[file])
    images = Image.objects.filter(project=project).order_by("id")
    images.update(ready=True)
    with tempfile.TemporaryDirectory() as folder:
        yield Ground(
            project, token, [Path(default_storage.path(image.file_key)) for image in images], Path(folder)
        )


@contextmanager
def worker() -> Iterator[None]:
    """An inference worker as `make run` starts it."""
    command = [sys.executable, "-m", "celery", "-q", "-A", "config", "worker", "-Q", "inference", "-P", "prefork", "-c", "1",
               "--loglevel", "ERROR", "--without-gossip", "--without-mingle"]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        broker = redis.Redis.from_url(settings.BROKER_URL)
        while not broker.exists(ALIVE):
            assert process.poll() is None, "the worker did not start"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


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
