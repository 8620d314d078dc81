"""How far things have gone from where they were when a picture was translated, and whether they are there at all: labels go by it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.checks import Box

if TYPE_CHECKING:
    from vision.base import RGBImage

REACH = 0.3  # of a thing's longer side: how far it is looked for
AROUND = 0.12  # of its sides: what is beside its edge shows where the edge is
MOVED, VANISHED = 0.12, 0.22  # of the longer side; and of a correlation of edges, from −1 to 1
LEAST = 8  # pixels of the shorter side: below that nothing can be said
BLUR = 0.02  # of the longer side: textures change, outlines stay


@dataclass(frozen=True)
class Drift:
    """`shift` in pixels; `kept` is how well its edges are found again there, 1 at best."""

    shift: tuple[float, float]
    kept: float
    flag: str  # "", moved or vanished


def drifts(before: RGBImage, after: RGBImage, boxes: Sequence[Box]) -> list[Drift]:
    """Of each box of `before`, where its outline lies in `after`, a picture of the same size. Colours and textures may change."""
    if before.shape != after.shape:
        raise ValueError("The two pictures are of different sizes.")
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (before, after)]
    return [_drift(grey[0], grey[1], box) for box in boxes]


def _drift(before: NDArray[Any], after: NDArray[Any], box: Box) -> Drift:
    height, width = before.shape
    x1, y1, x2, y2 = box
    longer = max(x2 - x1, y2 - y1)
    if min(x2 - x1, y2 - y1) < LEAST:
        return Drift((0.0, 0.0), 1.0, "")
    reach = max(2, math.ceil(longer * REACH))
    left, top = max(0, math.floor(x1 - (x2 - x1) * AROUND)), max(0, math.floor(y1 - (y2 - y1) * AROUND))
    right, bottom = (
        min(width, math.ceil(x2 + (x2 - x1) * AROUND)),
        min(height, math.ceil(y2 + (y2 - y1) * AROUND)),
    )
    # Where the picture ends, what is searched goes on in grey: the thing may have left it.
    padded = cv2.copyMakeBorder(after, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    here = _edges(before[top:bottom, left:right], longer)
    there = _edges(padded[top : bottom + 2 * reach, left : right + 2 * reach], longer)
    if here.std() < 1e-6 or there.std() < 1e-6:
        return Drift((0.0, 0.0), 0.0, "vanished")
    found = cv2.matchTemplate(there, here, cv2.TM_CCOEFF_NORMED)
    # Of two places that are as good the nearer one: a repeated pattern has many.
    rows, columns = np.mgrid[: found.shape[0], : found.shape[1]]
    away = np.hypot(rows - reach, columns - reach) / reach
    y, x = np.unravel_index(int(np.argmax(found - 0.05 * away)), found.shape)
    shift, kept = (float(x - reach), float(y - reach)), float(found[y, x])
    if kept < VANISHED:
        return Drift(shift, kept, "vanished")
    return Drift(shift, kept, "moved" if math.hypot(*shift) > max(2.0, MOVED * longer) else "")


def _edges(grey: NDArray[Any], longer: float) -> NDArray[np.float32]:
    """How steep it is everywhere, coarse ones weakened: a strong edge shall not count for all others."""
    soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), max(1.0, longer * BLUR))
    steep = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    edges: NDArray[np.float32] = np.sqrt(steep).astype(np.float32)
    return edges
