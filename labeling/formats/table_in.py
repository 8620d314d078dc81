"""Tables on their way in: one column names the image, some are known by their names, every other is an attribute."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import IO

from labeling.formats import cells
from labeling.formats.items import (
    MATTES,
    SHA256,
    BadFormat,
    Item,
    category_of,
    numbers,
    split_of,
    video_time_of,
)
from labeling.formats.spool import Spool
from labeling.formats.table import BOX_COLUMNS, COLUMNS

FILE = ("file", "path", "filename", "file_name", "image", "image_path", "name")
CATEGORY = ("category", "label", "class")
GROUP = ("group", "subject")
CORNERS = (("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"))
OURS = "attr."  # begins the names of the columns that our tables have for attributes
ROWS, NAMES, LONGEST_NAME = 2_000_000, 200, 100
LONGEST_LINE = 4 * 1024**2
Find = Callable[[str], str | None]


def table_read(
    file: IO[bytes], items: Spool, found: dict[str, int], find: Find = lambda path: None, kind: str = "classification",
    name: str = "line ",
) -> bool:  # fmt: skip
    """Put the images that a table speaks of among the items, in its order; whether it has a column of categories (or
    columns of boxes, in a project of these).

    `found` are the numbers of images that other tables spoke of, by their keys. `find` gives the member that a path
    means, `name` stands before the numbers of lines. Raises BadFormat.
    """
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        head = text.readline(LONGEST_LINE)
        reader = csv.reader(_lines(head, text), delimiter=max(",;\t", key=head.count))
        columns = _Columns([cells.text(one.strip()) for one in next(reader, [])], kind)
        for number, row in enumerate(reader, 2):
            if number > ROWS:
                raise BadFormat(f"The table has more than {ROWS:,} rows: send it in parts.")
            if any(row):
                item = columns.item(row, find, f"{name}{reader.line_num}")
                found[item.key] = items.add(item, found.get(item.key))
    except UnicodeDecodeError as error:
        raise BadFormat("The table is not written in UTF-8: save it as such.") from error
    except csv.Error as error:
        raise BadFormat(f"The table cannot be read: {error}.") from error
    finally:
        text.detach()
    return columns.labeled


def _lines(head: str, text: IO[str]) -> Iterator[str]:
    line = head
    while line:
        if len(line) == LONGEST_LINE:
            raise BadFormat(f"A line of the table is longer than {LONGEST_LINE:,} characters.")
        yield line
        line = text.readline(LONGEST_LINE)


class _Columns:
    def __init__(self, names: list[str], kind: str) -> None:
        self.names = names
        known = [name.lower() for name in names]
        if twice := {name for name in known if name and known.count(name) > 1}:
            raise BadFormat(f"Two columns are called {sorted(twice)[0][:50]}.")
        self._at = {name: place for place, name in enumerate(known)}
        file = self._first(FILE)
        self.places = [
            place for place in (file, self._at.get("sha256"), self._at.get("url")) if place is not None
        ]
        if not self.places:
            raise BadFormat("No column names the image: call it file, sha256 or url.")
        self.boxes = kind == "detection"
        self.corners = next(
            ([self._at[one] for one in some] for some in CORNERS if {*some} <= self._at.keys()), []
        )
        self.file, self.group = file, self._first(GROUP)
        self.category = self._first(CATEGORY) if kind != "matting" else None  # a matte is of none
        self.labeled = bool(self.corners) if self.boxes else self.category is not None
        self.split, self.source_url = self._at.get("split"), self._at.get("source_url")
        self.video_time = self._at.get("video_time")
        taken = {*self.places, self.category, self.group, self.split, self.source_url, self.video_time}
        # What our own tables say beside: it is this project's to find out, and not to be told.
        self.ours = "lead_time_ms" in self._at and "sha256" in self._at
        self.title = self._at["name"] if {"file", "name", "sha256"} <= self._at.keys() else None
        if self.ours or self.title is not None:
            taken |= {
                self._at[name]
                for name in ([*COLUMNS, *BOX_COLUMNS] if self.ours else ["name"])
                if name in self._at
            }
        mattes = kind == "matting" and "sha256" in self._at  # and the table is ours
        self.hashes = [self._at[name] for name in MATTES if mattes and name in self._at]
        if self.boxes or mattes:
            sides = [self._at[name] for name in ("width", "height") if name in self._at]
            taken |= {*sides, *self.hashes, *(self.corners if self.boxes else ())}
        self.attributes = {
            place: name.removeprefix(OURS).replace(":", " ").strip()
            for place, name in enumerate(names) if name and place not in taken
        }  # fmt: skip
        if len(self.attributes) > NAMES or any(len(name) > LONGEST_NAME or "\0" in name for name in names):
            raise BadFormat(f"At most {NAMES} columns, with names of at most {LONGEST_NAME} characters.")

    def _first(self, names: tuple[str, ...]) -> int | None:
        return next((self._at[name] for name in names if name in self._at), None)

    def item(self, row: list[str], find: Find, at: str) -> Item:
        """What is wrong with a row is its image's fault, as far as the row tells which it is."""
        item, cut = Item(at=at), len(row) != len(self.names)
        row = [*row, *[""] * (len(self.names) - len(row))]

        def text(place: int | None, longest: int) -> str:
            said = "" if place is None else cells.text(row[place].strip())
            if len(said) > longest or "\0" in said:
                raise ValueError(f"{self.names[place or 0][:50]} is longer than {longest:,} characters.")
            return said

        try:
            self._place(
                item,
                text(self.file, 1000),
                text(self._at.get("sha256"), 64),
                text(self._at.get("url"), 2000),
                find,
            )
            if cut:
                raise ValueError("The row has another number of cells than the first.")
            if not item.key:
                raise ValueError("The row names no image.")
            if self.boxes:
                self._boxes(item, row, at)
            elif label := text(self.category, 100):
                item.labels = [{"category": label}]
            hashes = [text(place, 64).lower() for place in self.hashes]
            item.exact = [one for one in hashes if SHA256.fullmatch(one)]
            item.title = text(self.title, 255)
            item.group, item.source_url = text(self.group, 200), text(self.source_url, 2000)
            item.split = split_of(text(self.split, 50))
            if said := text(self.video_time, 50):
                item.video_time = video_time_of(cells.value(said))
            item.skipped = self.ours and row[self._at["status"]] == "skipped"
            item.attributes = {
                name: value
                for place, name in self.attributes.items()
                if (value := cells.value(row[place], nested=self.names[place].startswith(OURS))) != ""
            }
        except ValueError as error:
            item.faults.append((at, str(error)))
        if not item.key:
            item.name = at
        return item

    def _boxes(self, item: Item, row: list[str], at: str) -> None:
        """What a row says of one box, or that there is none."""
        if not self.corners:
            return
        sides = [row[self._at[name]].strip() if name in self._at else "" for name in ("width", "height")]
        if all(side.isascii() and side.isdigit() and len(side) < 10 for side in sides):
            item.size = int(sides[0]), int(sides[1])
        label = row[self._at["label"]] if self.ours and "label" in self._at else ""
        said = [row[place].strip() for place in self.corners]
        category = "" if self.category is None else cells.text(row[self.category].strip())
        if not any(said) and not category:
            item.labels = [{"boxes": [], "label": label}] if label or not self.ours else []
            return
        try:
            box = {"category": category_of(category), "bbox": numbers(said), "at": at}
        except ValueError as error:
            item.faults.append((at, str(error)))
            return
        if self.ours and "box" in self._at:
            box["id"] = row[self._at["box"]]
        item.labels = [{"boxes": [box], "label": label}]

    def _place(self, item: Item, file: str, sha256: str, url: str, find: Find) -> None:
        if file and (member := find(file)):
            item.member = member
        elif file:
            item.place(file)
        if sha256:
            if not SHA256.fullmatch(sha256):
                raise ValueError("The sha256 is none.")
            item.sha256 = sha256.lower()
        item.url = item.url or url
