"""COCO's JSON on its way in. Key points are not read. For boxes an annotation that has only a mask counts by its box; for
mattes all masks of an image, of whatever category and crowds too, are one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from labeling.formats.items import (
    SHA256,
    SPLITS,
    BadFormat,
    Item,
    category_of,
    numbers,
    split_of,
    video_time_of,
)
from labeling.formats.plan import Opened, Plan
from labeling.formats.tasks_in import attributes_of
from labeling.strictjson import BadJSON, strict_stream
from vision.checks import as_probability
from vision.geometry import from_xywh

Find = Callable[..., str | None]  # path, folder
LISTS = ("images", "annotations", "categories")
LISTED = 1000  # of what belongs to no image; a note tells of the others


class CocoFile:
    """Images with the boxes or masks that a file has for them, put into a plan. An image without any shows nothing, unless
    our own export says that it has no label.

    The file is read as a stream, and again where its annotations stand before the names of their categories.
    """

    def __init__(self, path: str, opened: Opened, find: Find, plan: Plan, kind: str = "detection") -> None:
        self.path, self.opened, self.find, self.plan = path, opened, find, plan
        self.part = "alpha" if kind == "matting" else "boxes"  # of a label, by the kind of the project
        self.left: Counter[str] = Counter()
        self.lists: set[str] = set()  # that it has
        self.members: set[str] = set()
        self._refused: list[tuple[str, str]] = []
        self._names: dict[Any, str] = {}
        self._numbers: dict[Any, int] = {}  # of the plan's items, by the ids of images
        self.folder = str(PurePosixPath(path).parent).removeprefix(".")
        words = re.split(r"[^a-z]+", PurePosixPath(path).stem.lower())
        self.split = next((SPLITS[word] for word in words if word and word in SPLITS), "")

    def read(self) -> bool:
        """False, and nothing is taken, where it is no COCO. Raises BadFormat."""
        before = len(self.plan.items)
        try:
            boxes = self._pass(known=False)
            if not {"images", "annotations"} <= self.lists:
                self.plan.items.cut(before)
                return False
            if not boxes:
                self._pass(known=True)
        except BadJSON as error:
            raise BadFormat(f"{self.path}: {error}") from error
        self.plan.refused += self._refused
        return True

    def notes(self) -> list[str]:
        return [f"{count:,} {what}" for what, count in self.left.items()]

    def _pass(self, *, known: bool) -> bool:
        """Whether the annotations were read; `known`: images and categories have been before."""
        boxes = False
        with self.opened() as file:
            for name, rows in strict_stream(file):
                if not name:
                    break  # a list by itself, such as tasks
                if name not in LISTS or not isinstance(rows, Iterator):
                    continue
                self.lists.add(name)
                if name == "annotations" and (known or {"images", "categories"} <= self.lists):
                    self._boxes(rows)
                    boxes = True
                elif name == "images" and not known:
                    self._images(rows)
                elif name == "categories" and not known:
                    self._categories(rows)
        return boxes

    def _boxes(self, rows: Iterator[Any]) -> None:
        for number, row in enumerate(rows, 1):
            at = f"{self.path}: annotation {_shown(row, number)}"
            try:
                key = _number(row, "image_id")
                if (item := self._numbers.get(key)) is None:
                    raise ValueError(f"There is no image with the id {key}.")
            except ValueError as error:
                self._refuse(at, str(error))
                continue
            try:
                label = self._mask(row, at) if self.part == "alpha" else self._box(row, at)
            except ValueError as error:
                self.plan.items.add(Item(faults=[(at, str(error))]), item)
            else:
                if label:
                    self.plan.items.add(Item(labels=[label]), item)

    def _refuse(self, at: str, reason: str) -> None:
        if len(self._refused) < LISTED:
            self._refused.append((at, reason))
        else:
            self.left["more images or annotations were refused."] += 1

    def _categories(self, rows: Iterator[Any]) -> None:
        for number, row in enumerate(rows, 1):
            try:
                key = _number(row, "id")
                name = category_of(row.get("name"))
            except ValueError as error:
                raise BadFormat(f"{self.path}: category {number}: {error}") from error
            if self._names.setdefault(key, name) != name:
                raise BadFormat(f"{self.path}: two categories have the id {key}.")

    def _images(self, rows: Iterator[Any]) -> None:
        for number, row in enumerate(rows, 1):
            item = Item(at=f"{self.path}: image {_shown(row, number)}")
            key = None
            try:
                key = _number(row, "id")
            except ValueError as error:
                item.faults.append((item.at, str(error)))
            try:
                self._image(item, row)
            except ValueError as error:
                item.faults.append((item.at, str(error)))
            if item.member and item.member in self.members:
                item.faults.append((item.at, f"{item.member} comes twice."))
            # Also of one that is not taken: it is no picture that nothing is said of.
            self.members.add(item.member)
            if not item.key:
                item.name = item.at
            if key in self._numbers:
                fault = (item.at, f"Two images have the id {key}.")
                self.plan.items.add(Item(faults=[fault]), self._numbers[key])
                continue
            place = self.plan.items.add(item)
            if key is not None:
                self._numbers[key] = place

    def _image(self, item: Item, row: Any) -> None:
        """What a row says is put on the item, first of all which picture it is. Raises ValueError."""
        if not isinstance(row, dict):
            return  # which its id has told
        name = row.get("file_name")
        if not isinstance(name, str) or not 0 < len(name) <= 1000 or "\0" in name:
            raise ValueError("The file_name is none.")
        if member := self.find(name, self.folder) or self.find(f"images/{name}", self.folder):
            item.member = member
        else:
            item.place(name)
        item.split = split_of(str(row["split"])) if row.get("split") else self.split
        said = row.get("sha256")
        item.sha256 = said.lower() if isinstance(said, str) and SHA256.fullmatch(said) else item.sha256
        if isinstance(row.get("name"), str):
            item.title = row["name"][:255] if item.sha256 else ""
            item.name = item.name if item.member else row["name"][:255]
        for field, longest in (("group", 200), ("source_url", 2000)):
            if isinstance(text := row.get(field), str):
                if len(text) > longest or "\0" in text:
                    raise ValueError(f"{field} is longer than {longest:,} characters.")
                setattr(item, field, text)
        if row.get("video_time") is not None:
            item.video_time = video_time_of(row["video_time"])
        item.attributes = attributes_of(row.get("attributes"))
        item.skipped = row.get("status") == "skipped"
        if row.get("width") is not None or row.get("height") is not None:
            width, height = numbers([row.get("width"), row.get("height")])
            if min(width, height) < 0:
                raise ValueError("The width or the height is below 0.")
            item.size = (int(width), int(height)) if width >= 1 and height >= 1 else None
        labels = row.get("labels")
        item.labels = [
            {self.part: [], "label": label} for label in (labels if isinstance(labels, list) else [None])
        ]

    def _box(self, row: dict[str, Any], at: str) -> dict[str, Any] | None:
        """The label that it is a part of, with this box alone."""
        if row.get("iscrowd") in (1, True):
            self.left["annotations of crowds were left out."] += 1
            return None
        if (key := _number(row, "category_id")) not in self._names:
            raise ValueError(f"There is no category with the id {key}.")
        if row.get("score") is not None:
            as_probability(row["score"], "score")
        bbox = row.get("bbox")
        mask = row.get("segmentation")
        if not bbox and isinstance(mask, list) and mask:
            bbox = _around(mask)
            self.left["masks came as the boxes around them."] += 1
        elif mask:
            self.left["masks were not read: boxes were taken."] += 1
        if not isinstance(bbox, list | tuple) or len(bbox) != 4:
            raise ValueError("The bbox is no list of x, y, width and height.")
        x, y, width, height = numbers(bbox)
        if width <= 0 or height <= 0:
            raise ValueError("The box has no width or no height.")
        box = {"category": self._names[key], "bbox": from_xywh((x, y, width, height)), "at": at}
        if row.get("box_id") is not None:
            box["id"] = row["box_id"]
        return {"boxes": [box], "label": row.get("label")}

    def _mask(self, row: dict[str, Any], at: str) -> dict[str, Any]:
        """The label that it is a part of, with this mask alone. The mask is looked into when the image's size is known."""
        if not row.get("segmentation"):
            raise ValueError("It has no segmentation.")
        if row.get("score") is not None:
            as_probability(row["score"], "score")
        return {"alpha": [{"mask": row["segmentation"], "at": at}], "label": row.get("label")}


def _around(mask: list[Any]) -> list[float]:
    """The box around polygons, each a list of x and y in turn."""
    if not all(isinstance(part, list) and len(part) >= 6 and len(part) % 2 == 0 for part in mask):
        raise ValueError("The segmentation is no list of polygons, and there is no bbox.")
    xs = [value for part in mask for value in numbers(part[::2])]
    ys = [value for part in mask for value in numbers(part[1::2])]
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]


def _number(row: Any, field: str) -> Any:
    """An id: whole numbers, which some write with a point, or text."""
    if not isinstance(row, dict):
        raise ValueError("An object is expected.")
    said = row.get(field)
    if isinstance(said, float) and said.is_integer():
        return int(said)
    if isinstance(said, bool) or not isinstance(said, int | str) or said == "":
        raise ValueError(f"{field} is no id.")
    return said


def _shown(row: Any, number: int) -> str:
    said = row.get("id") if isinstance(row, dict) else None
    return str(said)[:30] if isinstance(said, int | float | str) else f"number {number}"
