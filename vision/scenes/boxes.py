"""What is seen of each thing in a picture: its exact box, its mask, and how much of it others leave in sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.checks import Box

Index = NDArray[
    np.uint16
]  # [H, W]: the number of the thing that is seen in each pixel, 0 where there is none
FINER = 4  # silhouettes are counted in a pixel's quarters
MOST_PIXELS = 40_000_000  # of a silhouette in these


@dataclass(frozen=True)
class Seen:
    number: int
    bbox: Box  # exact: around the pixels in which it is seen
    pixels: int
    visible: float  # of the pixels that it would have if nothing were before it and the picture had no end


@dataclass(frozen=True)
class Outline:
    """A thing as the camera would see it alone: triangles [N, 3, 2] in pixels."""

    number: int
    triangles: NDArray[np.float32]


def things_seen(index: Index, outlines: Sequence[Outline]) -> list[Seen]:
    """Those of which at least a pixel is seen, in the order of their numbers."""
    whole = {one.number: silhouette(one.triangles) for one in outlines}
    counts = np.bincount(index.ravel())
    found = []
    for number in (int(value) for value in np.flatnonzero(counts) if value):
        rows, columns = np.flatnonzero((index == number).any(1)), np.flatnonzero((index == number).any(0))
        box = float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
        pixels = int(counts[number])
        found.append(Seen(number, box, pixels, min(1.0, pixels / max(1.0, whole.get(number, 0.0)))))
    return found


def silhouette(triangles: NDArray[np.float32]) -> float:
    """How many pixels these triangles cover together."""
    import cv2  # no part of the web process, which imports this module

    if not len(triangles):
        return 0.0
    low, high = triangles.min((0, 1)), triangles.max((0, 1))
    finer = FINER
    while finer > 1 and float(np.prod((high - low) * finer + 2)) > MOST_PIXELS:
        finer -= 1
    size = np.ceil((high - low) * finer).astype(int) + 2
    if float(size[0]) * float(size[1]) > MOST_PIXELS:  # something so near that it fills many pictures
        return float(np.prod(high - low))
    canvas = np.zeros((size[1], size[0]), np.uint8)
    # OpenCV takes corners in sixteenths, and a pixel's middle for its place.
    corners = np.rint(((triangles - low) * finer - 0.5) * 16).astype(np.int32)
    for triangle in corners:
        cv2.fillConvexPoly(canvas, triangle, 1, cv2.LINE_8, 4)
    # It also paints what an edge only touches: on the average half of the border is too much.
    painted = int(np.count_nonzero(canvas))
    inner = int(np.count_nonzero(cv2.erode(canvas, np.ones((3, 3), np.uint8), borderValue=0)))
    return (painted + inner) / 2 / finer**2


def labeled(
    seen: Sequence[Seen], kinds: Mapping[int, str], mapping: Mapping[str, str], least: float
) -> list[tuple[str, Seen]]:
    """(category, thing) of those that a project has a category for and of which enough is seen."""
    return [
        (mapping[kinds[one.number]], one)
        for one in seen
        if kinds.get(one.number) in mapping and one.visible >= least
    ]
