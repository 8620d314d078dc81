"""A soft matte of what stands under a click or within a rough box, by its colours against those around it: no weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from vision.boxfinder import find_box
from vision.checks import Box
from vision.geometry import clipped
from vision.guided import refine

if TYPE_CHECKING:
    from vision.base import RGBImage
    from vision.mattes import Levels

SIDE = 240  # pixels of the longer side of what GrabCut looks at: with more of them it takes long, and finds the same
AROUND = 0.2  # of a box's size, on each side: where the colours of what is around come from
CLICKED = 0.08  # of a box's size, on each side, that may belong to what was clicked on
ROUNDS = 4  # of GrabCut
SPECK = 0.03  # of the largest part's area: smaller parts are dropped
EDGE = 2  # pixels of the small copy on both sides of what was cut, in which alpha may be soft


def segment(
    image: RGBImage, *, point: tuple[float, float] | None = None, box: Box | None = None
) -> tuple[tuple[int, int, int, int], Levels] | None:
    """A window (x1, y1, x2, y2 in pixels of the image, uint8 [h, w, 3]) and the matte in it, uint8 [y2 - y1, x2 - x1]; outside
    it is 0. Of the thing that has the point, or of what stands out in the box, which may reach beyond the image. None where
    nothing stands out. The same call gives the same matte.

    GrabCut (Rother et al. 2004) on a small copy, whose cut the guided filter (`vision.guided`) lays along the image's edges.
    """
    height, width = image.shape[:2]
    inner = _inner(image, point, box)
    if inner is None or min(inner[2] - inner[0], inner[3] - inner[1]) < 3:
        return None
    left, top, right, bottom = _widened(inner, AROUND, width, height)
    view = image[top:bottom, left:right]
    scale = min(1.0, SIDE / max(view.shape[:2]))
    size = max(3, round(view.shape[1] * scale)), max(3, round(view.shape[0] * scale))
    small = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
    ratio = np.array([size[0] / view.shape[1], size[1] / view.shape[0]])
    frame = ((np.array(inner).reshape(2, 2) - [left, top]) * ratio).round().astype(int)
    seed = None if point is None else ((np.array(point) - [left, top]) * ratio).astype(int)
    cut = _cut(small, frame, seed)
    if cut is None:
        return None
    levels = _softened(view, cut)
    rows, columns = np.flatnonzero(levels.any(1)), np.flatnonzero(levels.any(0))
    if not len(rows):
        return None
    y1, y2, x1, x2 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    return (left + x1, top + y1, left + x2, top + y2), levels[y1:y2, x1:x2].copy()


def _inner(image: RGBImage, point: tuple[float, float] | None, box: Box | None) -> Box | None:
    """The box outside of which nothing of it is."""
    height, width = image.shape[:2]
    if point is None:
        return clipped(box, width, height) if box is not None else None
    if not (0 <= point[0] <= width and 0 <= point[1] <= height):
        return None
    found = find_box(image, point=point)
    if found is None:
        return None
    x1, y1, x2, y2 = _widened(found, CLICKED, width, height)
    return float(x1), float(y1), float(x2), float(y2)


def _widened(box: Box, share: float, width: int, height: int) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = box
    by_x, by_y = share * (x2 - x1), share * (y2 - y1)
    left, top, right, bottom = clipped((x1 - by_x, y1 - by_y, x2 + by_x, y2 + by_y), width, height)
    return int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))


def _cut(small: np.ndarray, frame: np.ndarray, seed: np.ndarray | None) -> np.ndarray | None:
    """What stands out within the frame ((x1, y1), (x2, y2)), bool [h, w]; None where nothing does."""
    height, width = small.shape[:2]
    (x1, y1), (x2, y2) = np.clip(frame, 0, [width, height])
    mask = np.full((height, width), cv2.GC_BGD, np.uint8)
    mask[y1:y2, x1:x2] = cv2.GC_PR_FGD
    if (mask == cv2.GC_PR_FGD).all():  # the box is the whole image: what is around it shows at its rim alone
        mask[0] = mask[:, 0] = mask[:, -1] = cv2.GC_BGD
    if seed is not None:
        x, y = np.clip(seed, 0, [width - 1, height - 1])
        mask[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] = cv2.GC_FGD
    if not (mask != cv2.GC_BGD).any() or not (mask == cv2.GC_BGD).any():
        return None
    cv2.setRNGSeed(0)  # the same click finds the same thing
    try:
        cv2.grabCut(
            small, mask, [0, 0, 0, 0], np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK
        )
    except cv2.error:  # one colour throughout
        return None
    front = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    return _parts(front, None if seed is None else (int(x), int(y)))


def _parts(front: np.ndarray, seed: tuple[int, int] | None) -> np.ndarray | None:
    """The part that was clicked on; of what was framed, all parts that are no specks."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(front)
    if count < 2:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    if seed is not None:
        here = labels[seed[1], seed[0]]
        return np.asarray(labels == here) if here else None
    return np.isin(labels, 1 + np.flatnonzero(areas >= SPECK * areas.max()))


def _softened(view: RGBImage, cut: np.ndarray) -> Levels:
    """The cut in the view's own size, soft along its edge and nowhere else."""
    sure = cut.astype(np.uint8)
    around = np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)
    size = view.shape[1], view.shape[0]
    inside, outside = (
        np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), bool)
        for mask in (cv2.erode(sure, around, borderValue=1), 1 - cv2.dilate(sure, around))
    )
    alpha = refine(view, cut.astype(np.float32), radius=EDGE, where=~(inside | outside))
    levels = np.rint(alpha * np.float32(255)).astype(np.uint8)
    levels[inside], levels[outside] = 255, 0
    return levels
