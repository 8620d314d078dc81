"""Boxes, each of a category."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from vision.checks import as_probability
from vision.geometry import clipped, iou, matched

MOST_BOXES = 5000  # on an image
FIELDS = {"id", "category", "bbox", "score"}
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
ROUNDING = 1e-3  # pixels by which a box may lie outside, for what was computed in shares of the image
AS_PREDICTED = 0.01  # pixels: predictions are kept with two digits
CORRECTED = (
    0.5  # intersection over union from which a box is a predicted one that was mended, and not another
)
AGREED = 0.7  # and from which two people mean the same thing


class Detection:
    def understood(
        self, result: Mapping[str, Any], *, width: int, height: int, today: Callable[[Any], str | None], categories: list[str],
    ) -> dict[str, Any]:  # fmt: skip
        unknown = result.keys() - {"boxes"}
        if unknown:
            raise ValueError(f"Unknown field {sorted(unknown)[0]}: a label is {{boxes}}.")
        rows = result.get("boxes")
        if not isinstance(rows, list):
            raise ValueError("boxes: a list is expected, empty where the image shows none.")
        if len(rows) > MOST_BOXES:
            raise ValueError(f"boxes: at most {MOST_BOXES:,} on an image.")
        boxes = [_row(row, n) for n, row in enumerate(rows)]
        ids = _ids(boxes)
        return {"boxes": [
            {
                "id": ids[n], "category": _category(box, n, today, categories), "bbox": _bbox(box.get("bbox"), n, width, height),
            }
            for n, box in enumerate(boxes)
        ]}  # fmt: skip

    def categories(self, result: Mapping[str, Any]) -> list[str]:
        return list(dict.fromkeys(box["category"] for box in result["boxes"]))

    def mattes(self, result: Mapping[str, Any]) -> list[str]:
        return []

    def regions(
        self,
        result: Mapping[str, Any],
        prediction: Mapping[str, Any] | None,
        today: Callable[[Any], str | None],
        shown_from: float | None = None,
    ) -> list[dict[str, Any]]:
        """A box that stands as it was predicted was accepted. One that bears a predicted box's id and still overlaps it,
        or that overlaps by half one that was in sight, was corrected. Each predicted box counts once."""
        boxes = result["boxes"]
        regions: list[dict[str, Any]] = [{"id": box["id"], "origin": "drawn"} for box in boxes]
        predicted = ((prediction or {}).get("result") or {}).get("boxes") or []
        if not prediction or not predicted or not boxes:
            return regions
        overlap = iou([box["bbox"] for box in boxes], [box["bbox"] for box in predicted])

        def take(row: int, column: int, origin: str) -> None:
            overlap[row], overlap[:, column] = 0, 0
            regions[row] |= {
                "origin": origin, "model_version": prediction["model_version"], "score": predicted[column]["score"],
            }  # fmt: skip

        names = [today(box["category"]) for box in predicted]
        for row, column in _exact(boxes, predicted, names):
            take(row, column, "accepted")
        columns = {box["id"]: column for column, box in enumerate(predicted)}
        for row, box in enumerate(boxes):
            if (own := columns.get(box["id"])) is not None and overlap[row, own] > 0:
                take(row, own, "corrected")
        overlap[:, [box["score"] < (shown_from or 0) for box in predicted]] = 0
        for row, column in matched(overlap, CORRECTED):
            take(row, column, "corrected")
        return regions

    def brought(self, result: Mapping[str, Any], origin: str) -> list[dict[str, Any]]:
        return [{"id": box["id"], "origin": origin} for box in result["boxes"]]

    def same(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        """The same number of boxes, each with its twin of the same category."""
        a, b = first["boxes"], second["boxes"]
        if len(a) != len(b) or not a:
            return len(a) == len(b)
        overlap = iou([box["bbox"] for box in a], [box["bbox"] for box in b])
        overlap[np.not_equal.outer([box["category"] for box in a], [box["category"] for box in b])] = 0
        return len(matched(overlap, AGREED)) == len(a)


def _row(row: Any, number: int) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise ValueError(f"boxes.{number}: an object is expected.")
    if unknown := row.keys() - FIELDS:
        raise ValueError(
            f"boxes.{number}: unknown field {sorted(unknown)[0]}: a box is {{id, category, bbox}}."
        )
    if row.get("score") is not None:  # a model's: it is checked, and no part of a label
        as_probability(row["score"], f"boxes.{number}.score")
    return row


def _ids(boxes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those that are given, and new ones for the others."""
    known: set[str] = set()
    for number, box in enumerate(boxes):
        if (said := box.get("id")) is None:
            continue
        if not isinstance(said, str) or not ID.fullmatch(said):
            raise ValueError(f"boxes.{number}.id: up to 64 letters, digits, - and _ are expected.")
        if said in known:
            raise ValueError(f"boxes.{number}.id: {said} is given twice.")
        known.add(said)
    fresh = (name for name in (f"b{number}" for number in count()) if name not in known)
    return [box["id"] if box.get("id") is not None else next(fresh) for box in boxes]


def _category(
    row: Mapping[str, Any], number: int, today: Callable[[Any], str | None], categories: list[str]
) -> str:
    category = today(row.get("category"))
    if category is None:
        raise ValueError(f"boxes.{number}: The category must be one of {', '.join(categories)}.")
    return category


def _bbox(said: Any, number: int, width: int, height: int) -> list[float]:
    where = f"boxes.{number}.bbox"
    if not isinstance(said, list) or len(said) != 4:
        raise ValueError(f"{where}: four numbers are expected, x1, y1, x2, y2 in pixels.")
    for value in said:  # NaN and infinity fail too
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
            raise ValueError(f"{where}: four finite numbers are expected, x1, y1, x2, y2 in pixels.")
    x1, y1, x2, y2 = said
    if x1 < -ROUNDING or y1 < -ROUNDING or x2 > width + ROUNDING or y2 > height + ROUNDING:
        raise ValueError(f"{where}: it leaves the image, which is {width} × {height} pixels.")
    box = list(clipped(said, width, height))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise ValueError(f"{where}: x1 < x2 and y1 < y2 are expected.")
    return box


def _exact(
    boxes: list[dict[str, Any]], predicted: list[dict[str, Any]], names: list[str | None]
) -> list[tuple[int, int]]:
    """Pairs of a box and the predicted one that it still is."""
    places: dict[tuple[Any, ...], list[int]] = {}
    for column, box in enumerate(predicted):
        places.setdefault((names[column], *_grid(box["bbox"])), []).append(column)
    pairs = []
    for row, box in enumerate(boxes):
        if found := places.get((box["category"], *_grid(box["bbox"]))):
            pairs.append((row, found.pop(0)))
    return pairs


def _grid(bbox: list[float]) -> tuple[int, ...]:
    return tuple(round(value / AS_PREDICTED) for value in bbox)
