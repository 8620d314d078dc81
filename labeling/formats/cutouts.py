"""Cut-outs: RGBA PNGs whose colours are the foreground's own, as they were estimated, so that no rim of the old
background is left. `attributes.csv` says what else is known of each image."""

from __future__ import annotations

from labeling.formats.mattes import COLUMNS, stem_of
from labeling.formats.records import Bundle, Output, Record, beside
from labeling.formats.table import Rows
from vision.images import UnreadableImage, read_rgb
from vision.mattes import UnreadableMatte, cutout_png, read_levels, to_alpha


class CutoutsExport:
    labeled_only, reads = True, frozenset[str]()

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bundle = Bundle(output.path)
        self._rows = Rows(beside(output.path), COLUMNS[:-2], list(output.attributes))

    @staticmethod
    def suffix(pictures: bool) -> str:
        return "zip"

    def add(self, record: Record) -> None:
        label = record.labels[-1]
        matte = self._output.matte(record, label.result["alpha"])
        if matte is None or (picture := self._output.picture(record)) is None:
            return
        try:
            pixels = read_rgb(picture)
            alpha = to_alpha(read_levels(matte, (record.width, record.height)))
        except (UnreadableImage, UnreadableMatte) as error:
            self._output.report(record, f"It was left out: {error}.")
            return
        path = self._bundle.name("images", record, stems=True)
        if self._output.pictures:
            self._bundle.add_picture(path, picture)
        self._bundle.add_picture(f"cutouts/{stem_of(path)}.png", cutout_png(pixels, alpha))
        self._rows.add(record, path, label)

    def close(self) -> None:
        with self._rows.done() as file:
            self._bundle.add_text("attributes.csv", file)
        self._bundle.close()
