"""Mattes as they are: `alphas/x.png` for `images/x.jpg`, and `trimaps/x.png` where there is one.

The files are the very ones that are stored. `attributes.csv` says what else is known of each image, and which mattes it
has, by their SHA-256: what stands under its own hash there comes back bit by bit.
"""

from __future__ import annotations

from labeling.formats.items import MATTES
from labeling.formats.records import Bundle, Output, Record, beside
from labeling.formats.table import Rows

COLUMNS = [
    "file", "sha256", "name", "width", "height", "split", "group", "source_url", "video_time", *MATTES,
]  # fmt: skip
FOLDERS = {"alpha": "alphas", "trimap": "trimaps"}


class MattesExport:
    labeled_only, reads = True, frozenset[str]()

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bundle = Bundle(output.path)
        self._rows = Rows(beside(output.path), COLUMNS, list(output.attributes))

    @staticmethod
    def suffix(pictures: bool) -> str:
        return "zip"

    def add(self, record: Record) -> None:
        label = record.labels[-1]
        parts = {}
        for name in MATTES:
            if name in label.result:
                if (data := self._output.matte(record, label.result[name])) is None:
                    return
                parts[name] = data
        if (picture := self._output.picture(record) if self._output.pictures else b"") is None:
            return
        path = self._bundle.name("images", record, stems=True)
        if picture:
            self._bundle.add_picture(path, picture)
        for name, data in parts.items():
            self._bundle.add_picture(f"{FOLDERS[name]}/{stem_of(path)}.png", data)
        self._rows.add(record, path, label)

    def close(self) -> None:
        with self._rows.done() as file:
            self._bundle.add_text("attributes.csv", file)
        self._bundle.close()


def stem_of(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]
