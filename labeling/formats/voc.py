"""Pascal VOC: `Annotations/x.xml` for `JPEGImages/x.jpg`, and the lists of each split in `ImageSets/Main`.

Corners count pixels from 1, as VOC's do, with the decimals that boxes have. Of the selected images those that have a
label are in it. `attributes.csv` says what else is known of each.
"""

from __future__ import annotations

from collections import defaultdict
from xml.sax.saxutils import escape

from labeling.formats.items import UNWRITABLE
from labeling.formats.records import Bundle, Output, Record, beside
from labeling.formats.table import Rows
from labeling.formats.yolo import COLUMNS
from vision.geometry import to_voc

CORNERS = ("xmin", "ymin", "xmax", "ymax")


class VocExport:
    labeled_only, reads = True, frozenset[str]()

    def __init__(self, output: Output) -> None:
        if strange := [name for name in output.categories if UNWRITABLE.search(name)]:
            raise ValueError(f"XML has no place for a character in the category's name {strange[0]!r}.")
        self._output = output
        self._bundle = Bundle(output.path)
        self._rows = Rows(beside(output.path), COLUMNS, list(output.attributes))
        self._sets: defaultdict[str, list[str]] = defaultdict(list)

    @staticmethod
    def suffix(pictures: bool) -> str:
        return "zip"

    def add(self, record: Record) -> None:
        data = self._output.picture(record) if self._output.pictures else b""
        if data is None:
            return
        path = self._bundle.name("JPEGImages", record, stems=True)
        if data:
            self._bundle.add_picture(path, data)
        name = path.partition("/")[2]
        stem = name.rpartition(".")[0]
        self._bundle.add_short(f"Annotations/{stem}.xml", _xml(record, name))
        self._rows.add(record, path, record.labels[-1])
        self._sets[record.split].append(stem)

    def close(self) -> None:
        with self._rows.done() as file:
            self._bundle.add_text("attributes.csv", file)
        for split, stems in sorted(self._sets.items()):
            if split:
                self._bundle.add_short(f"ImageSets/Main/{split}.txt", "".join(f"{stem}\n" for stem in stems))
        self._bundle.close()


def _xml(record: Record, name: str) -> str:
    objects = "".join(
        f"  <object>\n    <name>{_escaped(box['category'])}</name>\n    <pose>Unspecified</pose>\n"
        "    <truncated>0</truncated>\n    <difficult>0</difficult>\n    <bndbox>"
        + "".join(f"<{tag}>{_number(value)}</{tag}>" for tag, value in zip(CORNERS, to_voc(box["bbox"]), strict=True))
        + "</bndbox>\n  </object>\n"
        for box in record.labels[-1].result["boxes"]
    )  # fmt: skip
    return (
        f"<annotation>\n  <folder>JPEGImages</folder>\n  <filename>{_escaped(name)}</filename>\n"
        f"  <size><width>{record.width}</width><height>{record.height}</height><depth>3</depth></size>\n"
        f"  <segmented>0</segmented>\n{objects}</annotation>\n"
    )


def _escaped(text: str) -> str:
    return escape(UNWRITABLE.sub("_", text), {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _number(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")
