"""A COCO data set on disk as samples."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from vision.base import Sample
from vision.checks import Box
from vision.geometry import from_xywh


def load_samples(folder: Path) -> tuple[list[Sample], list[str]]:
    """Those of `annotations.coco.json` and `images/`, without a split, and the categories in its order."""
    labels = json.loads((folder / "annotations.coco.json").read_text())
    names = {row["id"]: row["name"] for row in labels["categories"]}
    boxes: dict[int, list[tuple[str, Box]]] = defaultdict(list)
    for row in labels["annotations"]:
        boxes[row["image_id"]].append((names[row["category_id"]], from_xywh(row["bbox"])))
    return [
        Sample(folder / "images" / row["file_name"], "", "", "", str(row["id"]), tuple(boxes[row["id"]]))
        for row in labels["images"]
    ], list(names.values())
