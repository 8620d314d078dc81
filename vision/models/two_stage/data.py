"""Labeled images as crops in memory: faces are found once, not once an epoch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vision.base import Sample, Stopped
from vision.faces import FaceFinder
from vision.images import UnreadableImage, read_rgb
from vision.models.two_stage.config import TwoStageConfig
from vision.models.two_stage.crops import crop_window, cut


@dataclass(frozen=True)
class Crops:
    pixels: np.ndarray  # uint8 [N, S, S, 3]
    labels: np.ndarray  # int64 [N]
    left_out: int  # no face, or unreadable


def fingerprint(samples: Sequence[Sample], config: TwoStageConfig, categories: Sequence[str]) -> str:
    """Of everything that a run's result depends on."""
    lines = [
        repr(config),
        repr(list(categories)),
        *(f"{s.id}|{s.path.name}|{s.category}|{s.split}|{s.group}" for s in samples),
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def load_crops(
    samples: Sequence[Sample], config: TwoStageConfig, categories: Sequence[str], cache: Path, *,
    should_stop: Callable[[], bool], device: str = "cpu",
) -> Crops:  # fmt: skip
    """The largest face of every image, as the predictor will see it; kept in `cache` (.npz) for a run that goes on."""
    key = fingerprint(samples, config, categories)
    if cache.exists():
        with np.load(cache, allow_pickle=False) as kept:
            if str(kept["key"]) == key:
                return Crops(kept["pixels"], kept["labels"], int(kept["left_out"]))
    finder = None if config.crop == "image" else FaceFinder(device=device)
    index = {name: number for number, name in enumerate(categories)}
    pixels, labels = [], []
    for sample in samples:
        if should_stop():
            raise Stopped
        crop = _crop(sample, config, finder)
        if crop is not None:
            pixels.append(crop)
            labels.append(index[sample.category])
    shape = (0, config.image_size, config.image_size, 3)
    crops = Crops(
        np.stack(pixels) if pixels else np.zeros(shape, np.uint8),
        np.array(labels, np.int64),
        len(samples) - len(labels),
    )
    cache.parent.mkdir(parents=True, exist_ok=True)
    part = cache.with_suffix(".part.npz")
    np.savez(part, key=key, pixels=crops.pixels, labels=crops.labels, left_out=crops.left_out)
    part.replace(cache)
    return crops


def _crop(sample: Sample, config: TwoStageConfig, finder: FaceFinder | None) -> np.ndarray | None:
    try:
        image = read_rgb(sample.path)
    except UnreadableImage:
        return None
    height, width = image.shape[:2]
    window = (0, 0, width, height)
    if finder:
        faces = finder.find([image])[0]
        if not faces:
            return None
        window = crop_window(faces[0][0], config.crop, config.margin, width, height)
    return cut(image, window, config.image_size)
