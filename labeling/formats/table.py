"""CSV: a row for each image (or label, or box), with every attribute in a column of its own."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from labeling.formats.cells import cell, rows_into
from labeling.formats.records import Bundle, Label, Output, Record, beside

COLUMNS = [
    "id", "name", "file", "sha256", "width", "height", "split", "group", "source", "source_url", "video_time", "status", "category",
    "author", "origin", "lead_time_ms", "created", "model_version", "predicted", "score",
]  # fmt: skip


# A row for each box. `label` tells one labeling of an image from another, and one without boxes from none.
BOX_COLUMNS = [
    *COLUMNS[:COLUMNS.index("category")], "x1", "y1", "x2", "y2", "category", "box", "label", "author", "origin", "lead_time_ms",
    "created", "model_version",
]  # fmt: skip


class Rows:
    """A table that grows in a file."""

    def __init__(self, file: Any, columns: list[str], attributes: list[str]) -> None:
        self._text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        self._columns, self._attributes = columns, attributes
        self._write = rows_into(self._text)
        self._write([*columns, *(cell(f"attr.{name}") for name in attributes)])

    def add(
        self, record: Record, path: str, label: Label | None, box: Mapping[str, Any] | None = None
    ) -> None:
        row = _values(record, path, label, box)
        attributes = [cell(record.attributes.get(name)) for name in self._attributes]
        self._write([*(cell_of(row, name) for name in self._columns), *attributes])

    def done(self) -> Any:
        """The file, which stays open."""
        self._text.flush()
        return self._text.detach()


def cell_of(row: Mapping[str, Any], column: str) -> str:
    """Only an attribute's text may read as a number; a name that does is a name here all the same."""
    found = row[column]
    if isinstance(found, str):
        return f"'{found}" if found.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "'")) else found
    return cell(found)


def _values(record: Record, path: str, label: Label | None, box: Mapping[str, Any] | None) -> dict[str, Any]:
    predicted = record.predicted
    said = box or (label.result if label else {})
    x1, y1, x2, y2 = box["bbox"] if box else [None] * 4
    return {
        "id": record.id, "name": record.name, "file": path or record.sha256, "sha256": record.sha256,
        "width": record.width, "height": record.height, "split": record.split, "group": record.group,
        "source": record.source, "source_url": record.source_url, "video_time": record.video_time, "status": record.status,
        "x1": x1, "y1": y1, "x2": x2, "y2": y2, "category": said.get("category", ""),
        "box": box["id"] if box else "", "label": label.uuid if label else "", "author": label.author if label else "",
        "alpha": said.get("alpha", ""), "trimap": said.get("trimap", ""),
        "origin": label.origin if label else "", "lead_time_ms": label.lead_time_ms if label else None,
        "created": label.created.isoformat() if label else "",
        "model_version": predicted.version if predicted else "", "predicted": predicted.result.get("category") or "" if predicted else "",
        "score": predicted.score if predicted else None,
    }  # fmt: skip


class TableExport:
    """`labels.csv`, alone or in a ZIP beside `images/`."""

    labeled_only, reads = False, frozenset({"predictions"})

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bundle = Bundle(output.path) if output.pictures else None
        file = beside(output.path) if output.pictures else open(output.path, "wb")
        self._boxes = output.kind == "detection"
        self._rows = Rows(file, BOX_COLUMNS if self._boxes else COLUMNS, list(output.attributes))

    @staticmethod
    def suffix(pictures: bool) -> str:
        return "zip" if pictures else "csv"

    def add(self, record: Record) -> None:
        path = ""
        if self._bundle and (data := self._output.picture(record)) is not None:
            path = self._bundle.name("images", record)
            self._bundle.add_picture(path, data)
        for label in record.labels or [None]:  # type: ignore[list-item]
            for box in (label.result["boxes"] if label and self._boxes else None) or [None]:
                self._rows.add(record, path, label, box)

    def close(self) -> None:
        with self._rows.done() as file:
            if self._bundle:
                self._bundle.add_text("labels.csv", file)
                self._bundle.close()
