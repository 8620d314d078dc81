"""The one interface that every model has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from vision.checks import Box
from vision.results import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    RGBImage = NDArray[np.uint8]  # HWC, RGB, upright

CONFIG, WEIGHTS = "config.json", "model.safetensors"


class Stopped(Exception):
    """`should_stop` said so; what was reached lies in the output folder and can be resumed."""


class BrokenCheckpoint(ValueError):
    """A checkpoint whose files are missing, or are not the ones that were recorded."""


@dataclass(frozen=True)
class Sample:
    """One labeled image: with its category, with boxes (category, box), or with its matte's file (and its trimap's), by the
    kind of the model. Only `train` and `val` samples are ever given to a trainer."""

    path: Path
    category: str
    split: str
    group: str = ""
    id: str = ""
    boxes: tuple[tuple[str, Box], ...] = ()
    alpha: Path | None = None
    trimap: Path | None = None


@dataclass(frozen=True)
class Progress:
    """After an epoch: its metrics, and a guess at what is left."""

    epoch: int
    epochs: int
    metrics: Mapping[str, float]
    seconds_left: float | None = None
    message: str = ""
    # Of some validation images, by the samples' ids, what the model makes of them by now: files of PNGs.
    pictures: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """A finished model: a folder with its weights (safetensors) and a JSON that describes it; no pickle anywhere."""

    path: Path
    sha256: str = field(default="")

    @classmethod
    def at(cls, path: Path) -> Self:
        return cls(path, checkpoint_sha256(path))

    @property
    def config(self) -> dict[str, Any]:
        return read_config(self.path)


def read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads((path / CONFIG).read_text())
    except (OSError, ValueError) as error:
        raise BrokenCheckpoint(f"{CONFIG} is missing or no JSON") from error
    if not isinstance(config, dict):
        raise BrokenCheckpoint(f"{CONFIG} is no object")
    return config


def checkpoint_files(path: Path) -> list[Path]:
    return sorted(file for file in path.iterdir() if file.is_file())


def checkpoint_sha256(path: Path) -> str:
    """One hash over the names and contents of a checkpoint's files."""
    total = hashlib.sha256()
    for file in checkpoint_files(path):
        total.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


@runtime_checkable
class Predictor(Protocol):
    @classmethod
    def load(cls, checkpoint: Path, *, device: str = "cpu", options: Mapping[str, Any] | None = None) -> Self:
        """`options` are the project's settings for its models. Raises BrokenCheckpoint."""
        ...

    def predict(self, images: Sequence[RGBImage]) -> list[Result]:
        """One result an image, in order. The images (HWC uint8 RGB, any sizes) are not changed."""
        ...


@runtime_checkable
class AttributePredictor(Predictor, Protocol):
    """A predictor that goes by what is known of an image beside its pixels: no file is opened for it."""

    def predict_attributes(self, attributes: Sequence[Mapping[str, Any]]) -> list[Result]:
        """One result an image, in order. Values may be of any type that JSON has."""
        ...


class Trainer(Protocol):
    def fit(
        self, data: Sequence[Sample], out: Path, config: Any, *, categories: Sequence[str],
        on_progress: Callable[[Progress], None], should_stop: Callable[[], bool], device: str = "cpu",
    ) -> Checkpoint:  # fmt: skip
        """Train, or go on from the state that `out` holds of the same config and data. Raises Stopped."""
        ...


def choose_device() -> str:
    """The device of this process: a GPU where torch finds one."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
