"""Small pictures for tests, made on the spot."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image


def picture(seed: int = 0, size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """Smooth colour, another one for each seed."""
    random = np.random.default_rng(seed)
    corners = random.integers(0, 255, (2, 2, 3), np.uint8)
    return Image.fromarray(corners).resize(size, Image.Resampling.BICUBIC).convert(mode)


def encoded(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def jpeg(seed: int = 0, **options: Any) -> bytes:
    return encoded(picture(seed), **options)


def upload(api: Any, project: Any, files: dict[str, bytes], **data: Any) -> Any:
    sent = [io.BytesIO(content) for content in files.values()]
    for file, name in zip(sent, files, strict=True):
        file.name = name
    return api.post(f"/api/projects/{project.pk}/images/", {"files": sent, **data}, format="multipart")


Upload = Callable[..., Any]
