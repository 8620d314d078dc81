"""COCO's JSON on its way in. Masks and key points are not read; an annotation that has only a mask counts by its box."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
from labeling.formats.plan import Plan
from labeling.formats.tasks_in import attributes_of
from vision.checks import as_probability
from vision.geometry import from_xywh

Find = Callable[..., str | None]  # path, folder
LISTS = ("images", "annotations", "categories")
LISTED = 1000  # of what belongs to no image; a note tells of the others
Numbers = Mapping[Any, Any]


def is_coco(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), list) for name in LISTS[:2])


def coco_plan(files: Iterable[tuple[str, Any]], find: Find, refused: Iterable[tuple[str, str]] = ()) -> Plan:
    """Images with the boxes that the files have for them. An image without any shows nothing, unless our own export
    says that it has no label. Raises BadFormat."""
    plan = Plan("coco", [], list(refused))
    left: Counter[str] = Counter()
    for path, value in files:
        if not is_coco(value):
            raise BadFormat(f"{path} is no COCO: it needs lists of images, annotations and categories.")
        _File(path, value, find, plan, left).read()
    plan.notes += [f"{count:,} {what}" for what, count in left.items()]
    return plan


class _File:
    def __init__(self, path: str, value: dict[str, Any], find: Find, plan: Plan, left: Counter[str]) -> None:
        self.path, self.value, self.find, self.plan, self.left = path, value, find, plan, left
        self.folder = str(PurePosixPath(path).parent).removeprefix(".")
        words = re.split(r"[^a-z]+", PurePosixPath(path).stem.lower())
        self.split = next((SPLITS[word] for word in words if word and word in SPLITS), "")

    def read(self) -> None:
        names = self._categories()
        images = self._images()
        for number, row in enumerate(self.value["annotations"], 1):
            at = f"{self.path}: annotation {_shown(row, number)}"
            try:
                item = self._of(images, row)
            except ValueError as error:
                self._refuse(at, str(error))
                continue
            try:
                self._box(item, row, names, at)
            except ValueError as error:
                item.faults.append((at, str(error)))
        self.plan.items += images.values()

    def _refuse(self, at: str, reason: str) -> None:
        if len(self.plan.refused) < LISTED:
            self.plan.refused.append((at, reason))
        else:
            self.left["more annotations belong to no image."] += 1

    def _categories(self) -> Numbers:
        names: dict[Any, str] = {}
        rows = self.value.get("categories")
        for number, row in enumerate(rows if isinstance(rows, list) else [], 1):
            try:
                key, name = _number(row, "id"), category_of(row.get("name"))
            except ValueError as error:
                raise BadFormat(f"{self.path}: category {number}: {error}") from error
            if names.setdefault(key, name) != name:
                raise BadFormat(f"{self.path}: two categories have the id {key}.")
        return names

    def _images(self) -> dict[Any, Item]:
        images: dict[Any, Item] = {}
        members: set[str] = set()
        for number, row in enumerate(self.value["images"], 1):
            at = f"{self.path}: image {_shown(row, number)}"
            try:
                key = _number(row, "id")
                item = self._image(row)
            except ValueError as error:
                self._refuse(at, str(error))
                continue
            if key in images:
                images[key].faults.append((at, f"Two images have the id {key}."))
                continue
            if item.member and item.member in members:
                item.faults.append((at, f"{item.member} comes twice."))
            members.add(item.member)
            images[key] = item
        return images

    def _image(self, row: Any) -> Item:
        name = row.get("file_name")
        if not isinstance(name, str) or not 0 < len(name) <= 1000 or "\0" in name:
            raise ValueError("The file_name is none.")
        item = Item(split=split_of(str(row["split"])) if row.get("split") else self.split)
        if member := self.find(name, self.folder) or self.find(f"images/{name}", self.folder):
            item.member = member
        else:
            item.place(name)
        said = row.get("sha256")
        item.sha256 = said.lower() if isinstance(said, str) and SHA256.fullmatch(said) else item.sha256
        item.name = row["name"][:255] if not item.member and isinstance(row.get("name"), str) else item.name
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
            item.size = (int(width), int(height)) if width >= 1 and height >= 1 else None
        labels = row.get("labels")
        item.labels = [
            {"boxes": [], "label": label} for label in (labels if isinstance(labels, list) else [None])
        ]
        return item

    def _of(self, images: Mapping[Any, Item], row: Any) -> Item:
        key = _number(row, "image_id")
        if key not in images:
            raise ValueError(f"There is no image with the id {key}.")
        return images[key]

    def _box(self, item: Item, row: dict[str, Any], names: Numbers, at: str) -> None:
        if row.get("iscrowd") in (1, True):
            self.left["annotations of crowds were left out."] += 1
            return
        if (key := _number(row, "category_id")) not in names:
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
        box = {
            "category": names[key],
            "bbox": from_xywh((x, y, width, height)),
            "at": at,
            "id": row.get("box_id"),
        }
        said = row.get("label")
        label = next((one for one in item.labels if one["label"] == said), None)
        if label is None:
            label = {"boxes": [], "label": said}
            item.labels.append(label)
        label["boxes"].append(box)


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
