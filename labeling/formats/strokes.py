"""Label Studio's strokes on their way in: those of one annotation are one matte, or its trimap."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import Any

from labeling.formats.items import Item
from vision.checks import as_probability


def strokes(
    item: Item, annotations: Iterable[list[dict[str, Any]]], is_trimap: Callable[[dict[str, Any]], bool]
) -> None:
    """Put the labels on the item, and beside them what is wrong with any. An annotation without strokes says nothing. The
    bytes are looked into when the image's size is known."""
    for regions in annotations:
        label: dict[str, Any] = {"alpha": [], "label": len(item.labels)}
        for number, region in enumerate(regions, 1):
            at = f"{item.at or item.key}: region {str(region.get('id', number))[:64]}"
            try:
                part = {"rle": _rle(item, region), "at": at}
                label.setdefault("trimap" if is_trimap(region) else "alpha", []).append(part)
            except ValueError as error:
                item.faults.append((at, str(error)))
        if regions:
            item.labels.append(label)


def _rle(item: Item, region: dict[str, Any]) -> str:
    """In base64, as it waits on the disk."""
    value = region["value"]
    if value.get("format") != "rle":
        raise ValueError("The stroke is no RLE.")
    if region.get("score") is not None:
        as_probability(region["score"], "score")
    if region.get("image_rotation"):
        raise ValueError("The image was turned in Label Studio: turn it back there, and export again.")
    said = value.get("rle")
    try:
        data = bytes(said) if isinstance(said, list) else b""
    except (ValueError, TypeError) as error:
        raise ValueError("The RLE is no list of bytes, 0 to 255.") from error
    if not data:
        raise ValueError("The RLE is no list of bytes, 0 to 255.")
    size = tuple(region.get(side) for side in ("original_width", "original_height"))
    if all(type(side) is int and side > 0 for side in size):
        item.size = item.size or (region["original_width"], region["original_height"])
    return base64.b64encode(data).decode("ascii")
