"""Label Studio's rectangles on their way in: each annotation of a task becomes a label with boxes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from labeling.formats.items import Item, category_of, numbers
from vision.checks import as_probability

SIDES = ("x", "y", "width", "height")
SHARE = 1e-6  # percent by which a side may lie outside, for what was computed


def rectangles(item: Item, annotations: Iterable[list[dict[str, Any]]]) -> None:
    """Put the labels on the item, in percent, and beside them what is wrong with any. Other kinds of regions have
    been left out before; a turned rectangle counts by the box around it."""
    for regions in annotations:
        boxes = []
        for number, region in enumerate(regions, 1):
            at = f"{item.at or item.key}: region {str(region.get('id', number))[:64]}"
            try:
                boxes.append({"id": region.get("id"), "at": at, **_box(item, region)})
            except ValueError as error:
                item.faults.append((at, str(error)))
        item.labels.append({"boxes": boxes, "label": len(item.labels)})


def _box(item: Item, region: dict[str, Any]) -> dict[str, Any]:
    value = region["value"]
    given = value.get("rectanglelabels")
    if not isinstance(given, list) or len(given) != 1:
        raise ValueError("A rectangle has one category here.")
    category = category_of(given[0])
    if region.get("score") is not None:
        as_probability(region["score"], "score")
    x, y, width, height = numbers(value.get(side) for side in SIDES)
    if width <= 0 or height <= 0:
        raise ValueError("The rectangle has no width or no height.")
    said = tuple(region.get(side) for side in ("original_width", "original_height"))
    if all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in said):
        item.size = item.size or (region["original_width"], region["original_height"])
    (turned,) = numbers([value.get("rotation") or 0])
    if turned:
        if not item.size:
            raise ValueError("A turned rectangle needs original_width and original_height.")
        return {"category": category, "bbox": _around(x, y, width, height, turned, item.size)}
    if min(x, y) < -SHARE or max(x + width, y + height) > 100 + SHARE:
        raise ValueError(
            "The rectangle leaves the image: x, y, x + width and y + height are 0 to 100 percent."
        )
    return {"category": category, "bbox": [x, y, width, height]}


def _around(
    x: float, y: float, width: float, height: float, turned: float, size: Sequence[int]
) -> list[float]:
    """The part in the image of the box around a rectangle that is turned about its upper left corner, in degrees
    clockwise. In pixels the angle is one, in percent of two different sides it is none."""
    across, down = size[0] / 100, size[1] / 100
    cos, sin = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    corners = [(dx, dy) for dx in (0.0, width * across) for dy in (0.0, height * down)]
    xs = [min(100.0, max(0.0, x + (dx * cos - dy * sin) / across)) for dx, dy in corners]
    ys = [min(100.0, max(0.0, y + (dx * sin + dy * cos) / down)) for dx, dy in corners]
    if max(xs) <= min(xs) or max(ys) <= min(ys):
        raise ValueError("Nothing of the turned rectangle lies in the image.")
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
