"""The only conversions between ways to write a box, and between a mask and COCO's run lengths. A `Box` is x1, y1, x2, y2
in pixels of the upright image; the origin is its top left corner, x2 and y2 are where the box ends (no pixel is counted
in). `Counts` are the lengths of a mask's runs, column by column, of background and foreground in turn; the first is of
background, and 0 long where a mask begins with foreground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vision.checks import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]  # [h, w]
    Counts = NDArray[np.int64]

MOST_DIGITS = 7  # of five bits, for a number of COCO's text: a run of 2 ** 34 pixels
OUTSIDE = 1.0  # pixels by which a corner may lie outside, for what was rounded elsewhere; it is moved in
LONGEST_OUTLINE = 4_000_000  # pixels: the rasteriser makes five points of each


def to_xywh(box: Sequence[float]) -> Box:
    """Corner and size, as COCO writes it."""
    x1, y1, x2, y2 = box
    return x1, y1, x2 - x1, y2 - y1


def from_xywh(box: Sequence[float]) -> Box:
    x, y, width, height = box
    return x, y, x + width, y + height


def to_centre(box: Sequence[float], width: float, height: float) -> Box:
    """Centre and size in shares of the image, as YOLO writes it."""
    x1, y1, x2, y2 = box
    return (x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height


def from_centre(box: Sequence[float], width: float, height: float) -> Box:
    x, y, w, h = box
    return (x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height


def to_percent(box: Sequence[float], width: float, height: float) -> Box:
    """Corner and size in percent of the image, as Label Studio writes it."""
    x, y, w, h = to_xywh(box)
    return 100 * x / width, 100 * y / height, 100 * w / width, 100 * h / height


def from_percent(box: Sequence[float], width: float, height: float) -> Box:
    x, y, w, h = box
    return from_xywh((x * width / 100, y * height / 100, w * width / 100, h * height / 100))


def to_voc(box: Sequence[float]) -> Box:
    """Pascal VOC counts pixels from 1 and its last ones in: a box over the first pixel alone is 1, 1, 1, 1."""
    x1, y1, x2, y2 = box
    return x1 + 1, y1 + 1, x2, y2


def from_voc(box: Sequence[float]) -> Box:
    x1, y1, x2, y2 = box
    return x1 - 1, y1 - 1, x2, y2


def clipped(box: Sequence[float], width: float, height: float) -> Box:
    """The part of a box that lies in the image; empty (x1 = x2 or y1 = y2) where none does."""
    x1, y1, x2, y2 = box
    return (
        min(max(x1, 0.0), width), min(max(y1, 0.0), height), min(max(x2, 0.0), width), min(max(y2, 0.0), height),
    )  # fmt: skip


def iou(first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]) -> np.ndarray:
    """Intersection over union of each box with each other: float64 [N, M]; 0 for boxes without an area."""
    a = np.asarray(first, np.float64).reshape(-1, 4)
    b = np.asarray(second, np.float64).reshape(-1, 4)
    shared = _common(a, b, 0) * _common(a, b, 1)
    total = _areas(a)[:, None] + _areas(b)[None, :] - shared
    return np.divide(shared, total, out=shared, where=total > 0)


def _common(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    """How much two boxes have in common along an axis, in pixels."""
    ends, starts = np.minimum.outer(a[:, axis + 2], b[:, axis + 2]), np.maximum.outer(a[:, axis], b[:, axis])
    return np.clip(ends - starts, 0, None)


def _areas(boxes: np.ndarray) -> np.ndarray:
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return sides[:, 0] * sides[:, 1]


def matched(overlap: np.ndarray, least: float) -> list[tuple[int, int]]:
    """Pairs of boxes that are taken for the same, each box in one pair at the most: the largest overlap first, none
    below `least`. `overlap` is what `iou` gives."""
    rows, columns = np.nonzero(overlap >= least)
    pairs, used_rows, used_columns = [], set[int](), set[int]()
    for place in np.argsort(-overlap[rows, columns], kind="stable"):
        row, column = int(rows[place]), int(columns[place])
        if row not in used_rows and column not in used_columns:
            pairs.append((row, column))
            used_rows.add(row)
            used_columns.add(column)
    return pairs


def to_counts(mask: Mask) -> Counts:
    """int64 [runs] of a mask, bool [h, w]."""
    flat = np.asarray(mask, bool).ravel(order="F")
    ends = np.append(np.flatnonzero(flat[1:] != flat[:-1]) + 1, flat.size)
    return np.diff(ends, prepend=[0, 0] if flat.size and flat[0] else [0])


def as_counts(said: str | Sequence[Any], width: int, height: int) -> Counts:
    """Run lengths as COCO's JSON has them, in a list or in its text, for a picture of that size. Raises ValueError."""
    if not isinstance(said, str) and any(type(one) is not int for one in said):
        raise ValueError("The counts are no list of whole numbers.")
    counts = from_text(said) if isinstance(said, str) else np.asarray(said)
    if counts.dtype.kind not in "iu":  # none, or too large
        raise ValueError("The counts are no list of whole numbers.")
    if counts.min() < 0 or counts.max() > width * height or int(counts.sum()) != width * height:
        raise ValueError(f"The counts are not those of {width} × {height} pixels.")
    return counts.astype(np.int64)


def joined(masks: Sequence[Counts], width: int, height: int) -> Mask:
    """Bool [h, w]: what any of the masks covers. They are counts as `as_counts` gives them; the work goes by their runs."""
    ends = [np.cumsum(counts if counts.size % 2 == 0 else counts[:-1]) for counts in masks]
    starts = np.concatenate([np.zeros(0, np.int64), *(end[::2] for end in ends)])
    stops = np.concatenate([np.zeros(0, np.int64), *(end[1::2] for end in ends)])
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(stops[order])
    fresh = np.flatnonzero(starts[1:] > reach[:-1]) + 1  # behind all that began before
    first, last = np.append([0], fresh)[: starts.size], np.append(fresh - 1, starts.size - 1)[: starts.size]
    edges = np.stack([starts[first], reach[last]], axis=1).ravel()
    runs = np.diff(edges, prepend=0, append=width * height)
    return np.repeat(np.arange(runs.size) % 2 == 1, runs).reshape(width, height).T.copy()


def to_text(counts: Counts) -> str:
    """COCO's text of run lengths: what a run has more than the one before the last, in digits of five bits, the lowest
    first, each with a sixth bit where another follows (after the COCO API, Dollár and Lin, 2014)."""
    more = np.array(counts, np.int64)
    more[3:] -= np.asarray(counts, np.int64)[1:-2]
    sizes = np.ones(more.size, np.int64)
    for digits in range(1, MOST_DIGITS):
        sizes += (more >= 1 << (5 * digits - 1)) | (more < -(1 << (5 * digits - 1)))
    place = np.arange(sizes.max(initial=1))
    there = place < sizes[:, None]
    characters = (more[:, None] >> 5 * place & 31) + 32 * (place < sizes[:, None] - 1) + 48
    return characters[there].astype(np.uint8).tobytes().decode("ascii")


def from_text(text: str) -> Counts:
    """Raises ValueError for what is no such text; whether the runs are those of a picture is not looked at."""
    try:
        digits = np.frombuffer(text.encode("ascii"), np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError as error:
        raise ValueError("The counts hold characters that COCO's text does not have.") from error
    if not digits.size or digits.min() < 0 or digits.max() > 63 or digits[-1] & 32:
        raise ValueError("The counts are no text as COCO writes it, or it is cut off.")
    last = np.flatnonzero(digits & 32 == 0)
    first = np.append([0], last[:-1] + 1)
    sizes = last - first + 1
    if sizes.max() > MOST_DIGITS:
        raise ValueError("The counts hold a number that no run has.")
    shift = 5 * (np.arange(digits.size) - np.repeat(first, sizes))
    counts = np.add.reduceat((digits & 31) << shift, first)
    counts -= np.where(digits[last] & 16, np.int64(1) << 5 * sizes, 0)
    counts[1::2], counts[2::2] = np.cumsum(counts[1::2]), np.cumsum(counts[2::2])
    return counts


def from_polygons(polygons: Sequence[Sequence[float]], width: int, height: int) -> list[Counts]:
    """The counts of each polygon, x and y in turn, filled as COCO's own reader fills it. Raises ValueError."""
    from faster_coco_eval.core import mask as reader

    inside, outline = [], 0.0
    for polygon in polygons:
        if len(polygon) < 6 or len(polygon) % 2:
            raise ValueError("A polygon has x and y of three corners or more.")
        corners = np.asarray(polygon, np.float64).reshape(-1, 2)
        if not (corners.min() >= -OUTSIDE and (corners <= np.add((width, height), OUTSIDE)).all()):  # NaN too
            raise ValueError(f"The polygon leaves the image, which is {width} × {height} pixels.")
        moved = corners.clip(0, (width, height))
        outline += float(np.abs(moved - np.roll(moved, 1, axis=0)).max(axis=1).sum())
        inside.append(moved.ravel().tolist())
    if outline > LONGEST_OUTLINE:
        raise ValueError("The polygons' outline is longer than any mask's.")
    found = reader.frPyObjects(inside, height, width) if inside else []
    texts = [one["counts"] for one in found]
    return [from_text(text.decode() if isinstance(text, bytes) else text) for text in texts]


def mask_box(mask: Mask) -> Box:
    """The smallest box around a mask's pixels; 0, 0, 0, 0 where it has none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
