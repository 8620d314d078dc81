"""Images as the network sees them, and labeled ones squeezed to squares once and kept in a file, not decoded in each epoch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from vision.base import Sample, Stopped
from vision.guided import scaled
from vision.images import UnreadableImage, read_rgb
from vision.mattes import UnreadableMatte, read_levels, to_alpha
from vision.models.unet_matting.config import UnetMattingConfig
from vision.runtime import resize

if TYPE_CHECKING:
    from vision.base import RGBImage
    from vision.mattes import Alpha

Prior = Callable[["RGBImage"], "Alpha"]  # what a segmenter says of an image, in that one's own size


@dataclass(frozen=True)
class Squares:
    pixels: np.ndarray  # uint8 [N, C, S, S]: colours, alpha, perhaps the colours of fore- and background (six), perhaps a prior (one)
    shapes: list[tuple[int, int]]  # width and height of each image
    ids: list[str]
    left_out: int  # unreadable, or with a matte of another size


def fingerprint(samples: Sequence[Sample], config: UnetMattingConfig) -> str:
    """Of everything that a run's result depends on."""
    lines = [
        repr(config),
        *(f"{s.id}|{s.path.name}|{s.alpha.name if s.alpha else ''}|{s.split}|{s.group}" for s in samples),
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def load_squares(
    samples: Sequence[Sample], config: UnetMattingConfig, cache: Path, *, colours: bool, should_stop: Callable[[], bool],
    device: str = "cpu",
) -> Squares:  # fmt: skip
    """Kept in `cache` (.npy, and .json beside it) for a run that goes on. With `colours`, those of fore- and background are
    estimated. Raises Stopped, MissingWeights."""
    key, facts = fingerprint(samples, config), cache.with_suffix(".json")
    if facts.exists() and (known := json.loads(facts.read_text()))["key"] == key:
        shapes = [(width, height) for width, height in known["shapes"]]
        return Squares(_opened(cache, len(shapes)), shapes, known["ids"], known["left_out"])
    cache.parent.mkdir(parents=True, exist_ok=True)
    shapes, ids, left_out = [], [], 0
    side, prior = config.side, prior_of(config, device)
    channels = (10 if colours else 4) + config.inputs - 3
    with open(cache, "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": (len(samples), channels, side, side)}
        )
        for sample in samples:
            if should_stop():
                raise Stopped
            try:
                square, shape = _square(sample, side, prior, colours=colours)
            except (UnreadableImage, UnreadableMatte):
                left_out += 1
                continue
            file.write(square.tobytes())
            shapes.append(shape)
            ids.append(sample.id)
        # The header speaks of all samples: those that were left out are empty places at the end.
        file.write(bytes(left_out * channels * side * side))
    facts.write_text(json.dumps({"key": key, "shapes": shapes, "ids": ids, "left_out": left_out}))
    return Squares(_opened(cache, len(shapes)), shapes, ids, left_out)


def _opened(cache: Path, count: int) -> np.ndarray:
    """Read as it is needed: ten thousand images are more than a machine's memory."""
    if not count:
        return np.zeros((0, 4, 1, 1), np.uint8)
    return np.load(cache, mmap_mode="r")[:count]


def _square(
    sample: Sample, side: int, prior: Prior | None, *, colours: bool
) -> tuple[np.ndarray, tuple[int, int]]:
    """uint8 [C, S, S], and the image's width and height. Raises UnreadableImage, UnreadableMatte."""
    if sample.alpha is None:
        raise UnreadableMatte("the image has no matte")
    image = read_rgb(sample.path)
    height, width = image.shape[:2]
    alpha = scaled(to_alpha(read_levels(sample.alpha, (width, height))), side, side)
    small = resize(image, side, side)
    planes = [small, np.rint(alpha * 255).astype(np.uint8)[..., None]]
    if colours:
        from vision.matting import estimate_colours

        planes += estimate_colours(small, alpha)
    if prior:
        planes.append(_plane(prior(image), side))
    return np.concatenate(planes, 2).transpose(2, 0, 1), (width, height)


def seen_of(image: RGBImage, side: int, rough: Alpha | None) -> np.ndarray:
    """uint8 [C, S, S]: colours, and what a prior has said."""
    small = resize(image, side, side)
    planes = [small] if rough is None else [small, _plane(rough, side)]
    return np.concatenate(planes, 2).transpose(2, 0, 1)


def _plane(alpha: Alpha, side: int) -> np.ndarray:
    return np.rint(scaled(alpha, side, side) * 255).astype(np.uint8)[..., None]


def prior_of(config: UnetMattingConfig, device: str) -> Prior | None:
    """Raises MissingWeights."""
    if config.prior == "none":
        return None
    from vision.models.segmenter.config import SegmenterConfig
    from vision.models.segmenter.predictor import SegmenterPredictor

    return SegmenterPredictor(SegmenterConfig(weights=config.prior), device=device).rough


def small_picture(alpha: np.ndarray, shape: tuple[int, int], longest: int) -> np.ndarray:
    """uint8 [h, w]: an alpha [S, S] in the shape of its image (width, height), with at most so many pixels a side."""
    ratio = min(1.0, longest / max(shape))
    size = max(1, round(shape[0] * ratio)), max(1, round(shape[1] * ratio))
    return np.rint(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) * 255).astype(np.uint8)
