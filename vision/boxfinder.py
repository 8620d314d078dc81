"""The box of what stands under a click or within a rough box, by its colours against those around it: no weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from vision.checks import Box
from vision.geometry import clipped

if TYPE_CHECKING:
    from vision.base import RGBImage

SIDE = 160  # pixels of the longer side of what is looked at: more of them change a box by less than a person does
AROUND = 0.35  # of a rough box's size, on each side: where the colours of what is around come from
ROUNDS = 3  # of GrabCut
CLICKED = (0.1, 0.18, 0.32, 0.5)  # of the image's smaller side: half the boxes that are tried around a click
NEAR = 0.01  # of the image's smaller side: how far beside a thing a click may be
LEAST, MOST = 0.04, 0.95  # of a rough box's area: what fills less or more of it is noise, or everything
MOVED = 0.3  # of a rough box's size, the most that a side is moved
SPECK = 0.15  # of the largest part's area: smaller parts are dropped


def find_box(
    image: RGBImage, *, point: tuple[float, float] | None = None, box: Box | None = None
) -> Box | None:
    """A box in pixels of the image, within a rough one (which may reach beyond the image) or around a point; None where
    nothing stands out.

    GrabCut (Rother et al. 2004) on a small copy: inside of the rough box is what may be it, a band around is what is not.
    """
    if point is not None:
        return _around(image, point)
    return _within(image, box) if box is not None else None


def _around(image: RGBImage, point: tuple[float, float]) -> Box | None:
    """Of the boxes tried around a click, the smallest in which something with the clicked point stands by itself."""
    height, width = image.shape[:2]
    x, y = point
    found: Box | None = None
    for share in CLICKED:
        half = share * min(width, height)
        rough = (x - half, y - half, x + half, y + half)
        tried = _within(image, rough, seed=point)
        if tried and _holds(tried, point, NEAR * min(width, height)):
            found = tried
        if found and not _goes_on(found, rough, width, height):
            return found
    return found


def _holds(box: Box, point: tuple[float, float], slack: float) -> bool:
    x1, y1, x2, y2 = box
    return x1 - slack <= point[0] <= x2 + slack and y1 - slack <= point[1] <= y2 + slack


def _goes_on(found: Box, rough: Box, width: int, height: int) -> bool:
    """Whether it ends where the rough box does, and not where the image does: there may be more of it."""
    slack = 0.03 * (rough[2] - rough[0])
    inside = (rough[0] > 0, rough[1] > 0, rough[2] < width, rough[3] < height)
    return any(edge and abs(a - b) <= slack for edge, a, b in zip(inside, found, rough, strict=True))


def _within(image: RGBImage, box: Box, seed: tuple[float, float] | None = None) -> Box | None:
    height, width = image.shape[:2]
    rough = clipped(box, width, height)
    if rough[2] - rough[0] < 3 or rough[3] - rough[1] < 3:
        return None
    pad_x, pad_y = AROUND * (rough[2] - rough[0]), AROUND * (rough[3] - rough[1])
    x1, y1, x2, y2 = clipped(
        (rough[0] - pad_x, rough[1] - pad_y, rough[2] + pad_x, rough[3] + pad_y), width, height
    )
    left, top, right, bottom = int(x1), int(y1), int(np.ceil(x2)), int(np.ceil(y2))
    scale = min(1.0, SIDE / max(right - left, bottom - top))
    size = max(8, round((right - left) * scale)), max(8, round((bottom - top) * scale))
    small = cv2.resize(image[top:bottom, left:right], size, interpolation=cv2.INTER_AREA)
    ratio = np.array([(right - left) / size[0], (bottom - top) / size[1]] * 2)
    inner = np.round((np.array(rough) - [left, top, left, top]) / ratio).astype(int)
    mask = _cut(small, inner, None if seed is None else (np.array(seed) - [left, top]) / ratio[:2])
    if mask is None:
        return None
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    corners = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) * ratio + [left, top, left, top]
    found = clipped([float(value) for value in corners], width, height)
    return _trusted(found, rough) if seed is None else found


def _trusted(found: Box, rough: Box) -> Box:
    """The rough box with those sides moved inwards that are moved by as much as a rough box is off. One that would go
    farther was misled by what is printed on the thing."""
    most = MOVED * (rough[2] - rough[0]), MOVED * (rough[3] - rough[1])
    x1, y1, x2, y2 = (
        side if 0 <= (side - start) * sign <= most[n % 2] else start
        for n, (side, start, sign) in enumerate(zip(found, rough, (1, 1, -1, -1), strict=True))
    )
    return x1, y1, x2, y2


def _cut(small: np.ndarray, inner: np.ndarray, seed: np.ndarray | None) -> np.ndarray | None:
    """What stands out within `inner` (x1, y1, x2, y2), bool [h, w]; None where nothing does."""
    x1, y1, x2, y2 = np.clip(inner, 0, [small.shape[1], small.shape[0]] * 2)
    mask = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    mask[y1:y2, x1:x2] = cv2.GC_PR_FGD
    if not (mask == cv2.GC_BGD).any() or x2 - x1 < 3 or y2 - y1 < 3:
        return None
    # What somebody frames is in the middle; what somebody clicks on is under the click, and in one piece.
    middle = np.array([(x1 + x2) / 2, (y1 + y2) / 2]) if seed is None else seed
    reach = np.array([x2 - x1, y2 - y1]) * 0.1 if seed is None else np.ones(2)
    axes = int(max(1, reach[0])), int(max(1, reach[1]))
    cv2.ellipse(mask, (int(middle[0]), int(middle[1])), axes, 0, 0, 360, int(cv2.GC_FGD), -1)
    cv2.setRNGSeed(0)  # the same click finds the same box
    try:
        cv2.grabCut(
            small, mask, [0, 0, 0, 0], np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK
        )
    except cv2.error:  # one colour throughout
        return None
    front = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    front = cv2.morphologyEx(front, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    kept = _parts(front, middle, alone=seed is not None)
    share = kept.sum() / max(1, (x2 - x1) * (y2 - y1))
    return kept if LEAST < share < MOST else None


def _parts(front: np.ndarray, seed: np.ndarray, *, alone: bool) -> np.ndarray:
    """The part under the seed, else the largest; and with it, unless it is wanted alone, those that are no specks."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(front)
    if count < 2:
        return np.zeros_like(front, bool)
    areas = stats[1:, cv2.CC_STAT_AREA]
    here = labels[min(int(seed[1]), len(labels) - 1), min(int(seed[0]), labels.shape[1] - 1)]
    if alone:
        return labels == (here or 1 + int(areas.argmax()))
    largest = areas[here - 1] if here else areas.max()
    return np.isin(labels, 1 + np.flatnonzero(areas >= SPECK * largest))
