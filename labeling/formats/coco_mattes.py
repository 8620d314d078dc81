"""COCO's JSON for mattes, which it has no place for: they are cut into masks, and both the file and the job say so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labeling.formats.coco import CocoExport
from labeling.formats.records import Label, Output, Record
from vision.geometry import mask_box, to_counts, to_text, to_xywh
from vision.mattes import UnreadableMatte, read_levels

CUT = 128  # of 255: from there on a pixel is foreground
SAID = f"Mattes were cut into hard masks: from {CUT} of 255 on a pixel is foreground."
CATEGORY = "foreground"  # where the project has none


class MatteCocoExport(CocoExport):
    """One annotation for each matte, of the project's first category; none for one that is nowhere over the cut."""

    reads = frozenset[str]()
    description = f"Frameloop. {SAID}"

    def __init__(self, output: Output) -> None:
        super().__init__(replace(output, categories=[*output.categories[:1]] or [CATEGORY]))
        output.notes.append(SAID)
        self._segments: dict[str, dict[str, Any]] = {}  # of the image at hand, by its labels' uuids

    def add(self, record: Record) -> None:
        self._segments = {}
        for label in record.labels:
            if (data := self._output.matte(record, label.result["alpha"])) is None:
                return
            try:
                self._segments[label.uuid] = _segment(data, record)
            except UnreadableMatte as error:
                self._output.report(record, f"It was left out: {error}.")
                return
        super().add(record)

    def _annotations(self, image: int, label: Label) -> list[dict[str, Any]]:
        found = self._segments[label.uuid]
        if not found["area"]:
            return []
        self._count += 1
        return [
            {
                "id": self._count,
                "image_id": image,
                "category_id": 1,
                "iscrowd": 0,
                "label": label.uuid,
                **found,
            }
        ]


def _segment(data: bytes, record: Record) -> dict[str, Any]:
    mask = read_levels(data, (record.width, record.height)) >= CUT
    return {
        "bbox": to_xywh(mask_box(mask)), "area": int(mask.sum()),
        "segmentation": {"size": [record.height, record.width], "counts": to_text(to_counts(mask))},
    }  # fmt: skip
