"""From an image to what the classifier sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.results import Box
from vision.runtime import resize

if TYPE_CHECKING:
    from vision.base import RGBImage

# How far the window reaches beyond the face, in face sizes: left and right, up, down.
REACH = {"face": (0.0, 0.0, 0.0), "head_shoulders": (1.0, 0.5, 1.5)}


def crop_window(face: Box, crop: str, margin: float, width: int, height: int) -> tuple[int, int, int, int]:
    """The part of the image around a face, in whole pixels, clipped to the image."""
    x1, y1, x2, y2 = face
    w, h = x2 - x1, y2 - y1
    aside, up, down = (reach + margin for reach in REACH[crop])
    left, right = x1 - aside * w, x2 + aside * w
    top, bottom = y1 - up * h, y2 + down * h
    # Square, as the classifier's input is, so that faces keep their proportions.
    side = max(right - left, bottom - top)
    cx, cy = (left + right) / 2, (top + bottom) / 2
    window = [cx - side / 2, cy - side / 2, cx + side / 2, cy + side / 2]
    x1, y1, x2, y2 = np.round(np.clip(window, 0, [width, height, width, height])).astype(int).tolist()
    return int(x1), int(y1), max(int(x2), int(x1) + 1), max(int(y2), int(y1) + 1)


def cut(image: RGBImage, window: tuple[int, int, int, int], size: int) -> RGBImage:
    """uint8 [size, size, 3]."""
    x1, y1, x2, y2 = window
    return resize(image[y1:y2, x1:x2], size, size)
