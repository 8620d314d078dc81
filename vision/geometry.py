"""The only conversions between ways to write a box. A `Box` is x1, y1, x2, y2 in pixels of the upright image; the
origin is its top left corner, x2 and y2 are where the box ends (no pixel is counted in)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vision.checks import Box


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
