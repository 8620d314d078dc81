"""What a label says of a matte, made into the PNG that is kept, once its image's size is known.

A matte has parts, each told by its place `at`: {file}, a grey PNG of the archive; {cutout}, one whose alpha it is; {rle}, a
stroke of Label Studio in base64; {mask}, a segmentation of COCO. Of several parts the higher level counts; without any,
it is empty.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from labeling.archives import Archive, BadArchive
from labeling.formats.brush import brush_decoded
from labeling.formats.items import Item, numbers
from labeling.formats.matte_pngs import SCALED, cutout_alpha, grey_png
from labeling.imagefiles import RejectedImage
from vision.geometry import as_counts, from_polygons, joined
from vision.mattes import alpha_png, read_levels

if TYPE_CHECKING:
    from vision.geometry import Counts
    from vision.mattes import Levels

MOST_PARTS = 2000  # of one matte
Part = Mapping[str, Any]
HARD = 255  # the level of a mask


class BadPart(ValueError):
    """Why a matte is not taken, with the `place` in what was sent."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place


class MatteMaker:
    """Makes the mattes of one item, on an image of that width and height; `notes` are what has to be said of them."""

    def __init__(self, item: Item, archive: Archive | None, width: int, height: int) -> None:
        self._item, self._archive, self.size = item, archive, (width, height)
        self.notes: dict[str, str] = {}  # what was done, and where first

    def png(self, parts: Sequence[Part], *, trimap: bool = False) -> bytes:
        """Raises BadPart."""
        if len(parts) > MOST_PARTS:
            raise BadPart(self._item.key, f"It has more than {MOST_PARTS:,} masks, which no image has.")
        if len(parts) == 1 and "file" in parts[0]:
            return self._file(parts[0]["file"], trimap)
        masks: list[Counts] = []
        levels: Levels = np.zeros(self.size[::-1], np.uint8)
        for part in parts:
            try:
                if "mask" in part:
                    masks += _counts(part["mask"], *self.size)
                else:
                    np.maximum(levels, self._levels(part, trimap), out=levels)
            except (ValueError, BadArchive) as error:
                raise error if isinstance(error, BadPart) else BadPart(_place(part), str(error)) from error
        if masks:
            levels[joined(masks, *self.size)] = HARD
        return alpha_png(levels)

    @staticmethod
    def place(parts: Sequence[Part]) -> str:
        """Where in what was sent it stands first."""
        return _place(parts[0]) if parts else ""

    def _levels(self, part: Part, trimap: bool) -> Levels:
        if "rle" in part:
            return brush_decoded(base64.b64decode(part["rle"]), *self.size)
        if "cutout" in part:
            return cutout_alpha(self._read(part["cutout"]), self.size)
        return read_levels(self._file(part["file"], trimap), self.size)

    def _file(self, path: str, trimap: bool) -> bytes:
        try:
            data = self._read(path)
            exact = bool(self._item.exact) and hashlib.sha256(data).hexdigest() in self._item.exact
            png, scaled = grey_png(data, self.size, trimap=trimap, exact=exact)
        except (RejectedImage, BadArchive) as error:
            raise BadPart(path, str(error)) from error
        if scaled:
            self.notes.setdefault(SCALED, path)
        return png

    def _read(self, path: str) -> bytes:
        assert self._archive  # files are named by archives alone
        if self._archive.size(path) > settings.MAX_IMAGE_BYTES:
            raise BadArchive(f"The file is larger than {settings.MAX_IMAGE_BYTES // 1024**2} MB.")
        return self._archive.read(path)


def _place(part: Part) -> str:
    return str(part.get("at") or part.get("file") or part.get("cutout") or "")


def _counts(said: Any, width: int, height: int) -> Collection[Counts]:
    """A segmentation of COCO: polygons, or run lengths in a list or in text. Raises ValueError."""
    if isinstance(said, list) and said and all(isinstance(polygon, list) for polygon in said):
        return from_polygons([numbers(polygon) for polygon in said], width, height)
    counts, size = (said.get("counts"), said.get("size")) if isinstance(said, dict) else (None, None)
    if not isinstance(counts, str | list):
        raise ValueError("The segmentation is no list of polygons, and no run lengths with their size.")
    if size != [height, width]:
        raise ValueError(f"The segmentation's size is {str(size)[:40]}, and the image's [{height}, {width}].")
    return [as_counts(counts, width, height)]
