"""Pictures of two domains, as generators learn from them: all in one scale, of which crops are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from torch import Tensor

from vision.base import Sample, Stopped
from vision.images import UnreadableImage, read_rgb
from vision.runtime import resize

if TYPE_CHECKING:
    from vision.base import RGBImage

SOURCE, TARGET = "source", "target"  # the categories of a generator's samples: renders, say, and photographs
MOST_BYTES = 2 * 1024**3  # of pictures in memory


@dataclass(frozen=True)
class Domain:
    """Pictures, uint8 HWC, no side below that of a crop; `ids` of their samples, `pairs` what ties one to its like elsewhere."""

    pictures: list[RGBImage]
    ids: list[str]
    pairs: list[str]


def fingerprint(samples: Sequence[Sample], config: Any) -> str:
    """Of everything that a run's result depends on."""
    lines = [repr(config), *(f"{s.id}|{s.path.name}|{s.category}|{s.split}|{s.group}" for s in samples)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def load_domain(
    samples: Sequence[Sample], category: str, split: str, *, load_size: int, least: int, should_stop: Callable[[], bool]
) -> Domain:  # fmt: skip
    """Those samples of a domain and a split, their longer side `load_size` pixels. Raises Stopped, and ValueError for more than
    fits into memory."""
    pictures, ids, pairs, held = [], [], [], 0
    for sample in samples:
        if sample.category != category or sample.split != split:
            continue
        if should_stop():
            raise Stopped
        try:
            picture = scaled(read_rgb(sample.path), load_size, least)
        except UnreadableImage:
            continue
        held += picture.nbytes
        if held > MOST_BYTES:
            raise ValueError(
                "These are more pictures than fit into memory: choose fewer, or a smaller load size."
            )
        pictures.append(picture)
        ids.append(sample.id)
        pairs.append(sample.group)
    return Domain(pictures, ids, pairs)


def scaled(image: RGBImage, longer: int, least: int = 1) -> RGBImage:
    """Its longer side as long as that, its shorter one at least `least`; the shape stays, but for rounding."""
    height, width = image.shape[:2]
    ratio = max(longer / max(height, width), least / min(height, width))
    size = max(least, round(width * ratio)), max(least, round(height * ratio))
    return image if size == (width, height) else resize(image, *size)


class Crops:
    """Draws squares from pictures: the place, and perhaps mirrored, by a generator of random numbers."""

    def __init__(self, side: int, *, mirror: bool = True) -> None:
        self.side, self.mirror = side, mirror

    def draw(self, pictures: Sequence[RGBImage], random: torch.Generator) -> Tensor:
        """Float [B, 3, S, S] from -1 to 1."""
        found = [self._one(picture, torch.rand(3, generator=random).tolist()) for picture in pictures]
        return to_tensor(np.stack(found))

    def draw_pairs(
        self, first: Sequence[RGBImage], second: Sequence[RGBImage], random: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """The same square of both, whatever their sizes."""
        at = [torch.rand(3, generator=random).tolist() for _ in first]
        one, other = (
            np.stack([self._one(picture, place) for picture, place in zip(some, at, strict=True)])
            for some in (first, second)
        )
        return to_tensor(one), to_tensor(other)

    def _one(self, picture: RGBImage, at: Sequence[float]) -> RGBImage:
        height, width = picture.shape[:2]
        y, x = int(at[0] * (height - self.side + 1)), int(at[1] * (width - self.side + 1))
        crop = picture[y : y + self.side, x : x + self.side]
        return crop[:, ::-1] if self.mirror and at[2] < 0.5 else crop


def to_tensor(images: RGBImage) -> Tensor:
    """uint8 [B, H, W, 3] → float [B, 3, H, W] from -1 to 1."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


def to_images(batch: Tensor) -> RGBImage:
    """Float [B, 3, H, W] from -1 to 1 → uint8 [B, H, W, 3]."""
    levels = ((batch.detach().float().clamp(-1, 1) + 1) * 127.5).round()
    found: RGBImage = levels.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return found


def sheet(rows: Sequence[Sequence[RGBImage]], longer: int, target: Path) -> Path:
    """Pictures side by side, each at most so long, as a PNG."""
    small = [[scaled(one, min(longer, max(one.shape[:2]))) for one in row] for row in rows]
    height = max(one.shape[0] for row in small for one in row)
    width = max(one.shape[1] for row in small for one in row)
    canvas = np.full((height * len(small), width * max(map(len, small)), 3), 255, np.uint8)
    for y, row in enumerate(small):
        for x, one in enumerate(row):
            canvas[y * height : y * height + one.shape[0], x * width : x * width + one.shape[1]] = one
    cv2.imwrite(str(target), cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR))
    return target
