"""Items on their way from a file to the project, on the worker's disk: a million boxes do not fit into its memory."""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterator
from dataclasses import fields
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from labeling.formats.items import Item
from labeling.kinds.detection import MOST_BOXES
from labeling.uploads import incoming_folder

MOST_PARTS = 10 * MOST_BOXES  # of one item: several people's labels, each with as many boxes as may be
MOST_BYTES = 64 * 1024**2  # of one item: strokes and masks as run lengths
BLANK = {field.name: getattr(Item(), field.name) for field in fields(Item)}


class Spool:
    """Items in their order, each of one part or more, which are merged when it is read.

    Rows about one image may lie far apart in what was sent, so a part is only ever put at the end of the file; 16 bytes
    in memory tell whose it is. The file lies beside the uploads and is gone with the process. A full disk is an OSError.
    """

    def __init__(self) -> None:
        self._file = TemporaryFile(dir=incoming_folder())
        self._owners, self._ends, self._count = array("q"), array("q", [0]), 0
        self._order: tuple[Any, Any] | None = None
        self.names: dict[
            str, str
        ] = {}  # every category that a part says, with the place where it is said first

    def __len__(self) -> int:
        return self._count

    def add(self, item: Item, to: int | None = None) -> int:
        """A new item, or another part of the one with the number `to`; its number."""
        number = self._count if to is None else to
        self._count += to is None
        data = _packed(item)
        self._file.write(data)
        self._owners.append(number)
        self._ends.append(self._ends[-1] + len(data))
        self._order = None
        for name, at in item.categories.items():
            self.names.setdefault(name, at)
        return number

    def cut(self, count: int) -> None:
        """Forget the items from the number `count` on, which were the last ones to get parts."""
        parts = next((place for place, owner in enumerate(self._owners) if owner >= count), len(self._owners))
        del self._owners[parts:], self._ends[parts + 1 :]
        self._file.seek(self._ends[-1])
        self._file.truncate()
        self._count, self._order = count, None

    def __getitem__(self, number: int) -> Item:
        order, starts = self._sorted()
        parts = order[starts[number] : starts[number + 1]]
        item = self._part(parts[0])
        item.bytes = sum(self._ends[part + 1] - self._ends[part] for part in parts)
        if item.bytes > MOST_BYTES:
            item.labels, item.wrong = [], f"More than {MOST_BYTES // 1024**2} MB are said of it."
            return item
        for part in parts[1:MOST_PARTS]:
            item.merge(self._part(part))
        if len(parts) > MOST_PARTS:
            item.wrong = item.wrong or f"It has more than {MOST_BOXES:,} boxes, which no image has."
        return item

    def read(self, first: int = 0) -> Iterator[Item]:
        return (self[number] for number in range(first, self._count))

    def _sorted(self) -> tuple[Any, Any]:
        """The parts by their owners, and where each owner's begin."""
        if self._order is None:
            self._file.flush()
            owners = np.frombuffer(self._owners, np.int64) if self._owners else np.zeros(0, np.int64)
            order = np.argsort(owners, kind="stable")
            starts = np.searchsorted(owners[order], np.arange(self._count + 1))
            self._order = order, starts
        return self._order

    def _part(self, part: int) -> Item:
        start, end = self._ends[part], self._ends[part + 1]
        said = json.loads(os.pread(self._file.fileno(), end - start, start))
        return Item(**said)


def _packed(item: Item) -> bytes:
    return json.dumps(
        {name: said for name, blank in BLANK.items() if (said := getattr(item, name)) != blank}
    ).encode()
