"""Class folders: `<category>/<picture>`, and `attributes.csv` with what else is known of each."""

from __future__ import annotations

from labeling.formats.records import NOT_IN_NAMES, Bundle, Output, Record, beside
from labeling.formats.table import Rows

COLUMNS = ["file", "sha256", "name", "category", "split", "group", "source_url", "video_time"]


class FoldersExport:
    """Pictures are what this format is made of; an image without a label has no folder to lie in."""

    labeled_only, reads = True, frozenset[str]()

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bundle = Bundle(output.path)
        self._rows = Rows(beside(output.path), COLUMNS, list(output.attributes))

    @staticmethod
    def suffix(pictures: bool) -> str:
        return "zip"

    def add(self, record: Record) -> None:
        if (data := self._output.picture(record)) is None:
            return
        label = record.labels[-1]
        folder = label.result["category"].translate(NOT_IN_NAMES).strip(" .") or "_"
        path = self._bundle.name(folder, record)
        self._bundle.add_picture(path, data)
        self._rows.add(record, path, label)

    def close(self) -> None:
        with self._rows.done() as file:
            self._bundle.add_text("attributes.csv", file)
        self._bundle.close()
