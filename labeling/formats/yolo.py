"""YOLO's text files: `labels/<split>/x.txt` for `images/<split>/x.jpg`, and the `data.yaml` that training starts from.

Of the selected images those that have a label are in it, since training takes one without a file for one that shows
nothing. Images without a split are trained on, so they lie in `train`; where none is for validation, `data.yaml` names
the training images for it: Ultralytics begins nothing without. `attributes.csv` says what else is known of each.
"""

from __future__ import annotations

import json

from labeling.formats.records import Bundle, Output, Record, beside
from labeling.formats.table import Rows
from vision.geometry import to_centre

COLUMNS = ["file", "sha256", "name", "width", "height", "split", "group", "source_url", "video_time"]


class YoloExport:
    labeled_only, reads = True, frozenset[str]()

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bundle = Bundle(output.path)
        self._numbers = {name: number for number, name in enumerate(output.categories)}
        self._rows = Rows(beside(output.path), COLUMNS, list(output.attributes))
        self._splits: set[str] = set()

    @staticmethod
    def suffix(pictures: bool) -> str:
        return "zip"

    def add(self, record: Record) -> None:
        data = self._output.picture(record) if self._output.pictures else b""
        if data is None:
            return
        split = record.split or "train"
        path = self._bundle.name(f"images/{split}", record, stems=True)
        if data:
            self._bundle.add_picture(path, data)
        lines = [
            f"{self._numbers[box['category']]} {' '.join(map(_number, to_centre(box['bbox'], record.width, record.height)))}\n"
            for box in record.labels[-1].result["boxes"]
        ]
        self._bundle.add_short(
            f"labels/{path.removeprefix('images/').rpartition('.')[0]}.txt", "".join(lines)
        )
        self._rows.add(record, path, record.labels[-1])
        self._splits.add(split)

    def close(self) -> None:
        with self._rows.done() as file:
            self._bundle.add_text("attributes.csv", file)
        names = "".join(f"  {number}: {json.dumps(name)}\n" for name, number in self._numbers.items())
        val = "val" if "val" in self._splits else "train"
        test = "test: images/test\n" if "test" in self._splits else ""
        self._bundle.add_short("data.yaml", f"train: images/train\nval: images/{val}\n{test}names:\n{names}")
        self._bundle.close()


def _number(share: float) -> str:
    """Twelve digits: a millionth of a pixel of any picture."""
    return f"{share:.12f}".rstrip("0").rstrip(".")
