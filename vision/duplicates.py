"""Frames of a video that look like the one kept before them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import imagehash
from PIL import Image

from vision.runtime import resize

if TYPE_CHECKING:
    from vision.base import RGBImage


SIDE = 64


def perceptual_hash(pixels: RGBImage) -> int:
    """64 bits (Zauner 2010, by DCT). Shrunk first: the hash looks at 32 × 32 pixels in the end."""
    while min(pixels.shape[:2]) >= 4 * SIDE:  # by halves, which is four times as quick as in one step
        pixels = resize(pixels, pixels.shape[1] // 2, pixels.shape[0] // 2)
    bits = imagehash.phash(Image.fromarray(resize(pixels, SIDE, SIDE))).hash.flatten()
    return sum(1 << place for place, bit in enumerate(bits) if bit)


@dataclass
class NearDuplicates:
    """Remembers of each tile the hash of the frame that was kept last. `distance` 0 keeps every frame."""

    distance: int
    kept: dict[str, int] = field(default_factory=dict)

    def is_one(self, tile: str, pixels: RGBImage) -> bool:
        if not self.distance:
            return False
        fresh = perceptual_hash(pixels)
        if tile in self.kept and (self.kept[tile] ^ fresh).bit_count() <= self.distance:
            return True
        self.kept[tile] = fresh
        return False
