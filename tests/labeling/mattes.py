"""Mattes for tests, made on the spot."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from PIL import Image

from tests.pictures import encoded

SIZE = (640, 480)


def disc(
    radius: float = 120, size: tuple[int, int] = SIZE, at: tuple[float, float] | None = None
) -> np.ndarray:
    """Levels of a disc with a soft edge of 20 pixels."""
    width, height = size
    x, y = at or (width / 2, height / 2)
    rows, columns = np.mgrid[:height, :width]
    far = np.hypot(columns + 0.5 - x, rows + 0.5 - y)
    return np.rint(np.clip((radius + 10 - far) / 20, 0, 1) * 255).astype(np.uint8)


def png(levels: np.ndarray, **options: Any) -> bytes:
    return encoded(Image.fromarray(levels), "PNG", **options)


def send(api: Any, data: bytes, name: str = "file") -> Any:
    file = io.BytesIO(data)
    file.name = "matte.png"
    return api.post("/api/mattes/", {name: file}, format="multipart")


def uploaded(api: Any, levels: np.ndarray) -> str:
    answer = send(api, png(levels))
    assert answer.status_code == 201, answer.content
    return str(answer.json()["sha256"])


def submit_matte(
    api: Any, image: int, result: dict[str, Any], uuid: UUID | None = None, **fields: Any
) -> Any:
    path = f"/api/images/{image}/annotations/{uuid or uuid4()}/"
    return api.put(path, {"result": result, **fields}, format="json")
