"""Real frames for benchmarks: windows of the photographs that pinned packages ship, each another file."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from training.services.demo import PHOTOGRAPHS, locate


def frames(count: int, size: tuple[int, int] = (640, 480)) -> Iterator[bytes]:
    """JPEGs of `size`, from random windows with a fixed seed."""
    photographs = [
        Image.open(path).convert("RGB") for photograph in PHOTOGRAPHS if (path := locate(photograph))
    ]
    random = np.random.default_rng(0)
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        width = int(photograph.width * random.uniform(0.5, 1))
        height = min(photograph.height, width * size[1] // size[0])
        x, y = (
            random.integers(0, photograph.width - width + 1),
            random.integers(0, photograph.height - height + 1),
        )
        out = io.BytesIO()
        photograph.crop((x, y, x + width, y + height)).resize(size).save(out, "JPEG", quality=90)
        yield out.getvalue()
