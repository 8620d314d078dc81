"""Label Studio's tasks on their way in: choices become labels, cancelled annotations skips. What a model of its said
is left where it is: it comes from no model version of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from labeling.formats.cells import LONGEST
from labeling.formats.items import SHA256, Item, split_of, video_time_of
from labeling.formats.rectangles import rectangles
from labeling.formats.task_config import Reading

Regions = list[list[dict[str, Any]]]  # of each annotation
Find = Callable[[str], str | None]
IMAGE = ("image", "img", "picture", "photo", "url")
PICTURE = re.compile(r"\.(jpe?g|png|webp)$", re.IGNORECASE)


def is_tasks(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(task, dict) and isinstance(task.get("data"), dict) for task in value)
    )


def task_items(
    files: Iterable[tuple[list[dict[str, Any]], Reading]],
    categories: Iterable[str],
    find: Find = lambda path: None,
) -> tuple[list[Item], int]:
    """The images of tasks, which are read as their file's config says, and how many predictions were left out.

    Where a file has no config its labels are checked by one of the project's categories; those that the project does
    not have are not for Label Studio to refuse.
    """
    read: list[tuple[Item, Regions, Reading]] = []
    left_out = 0
    for tasks, reading in files:
        for task in tasks:
            item, regions = Item(), Regions()
            try:
                _read(item, regions, task, reading, find)
            except ValueError as error:
                item.wrong = str(error)
            if not item.key:
                item.name = f"task {len(read) + 1}"
                item.wrong = item.wrong or "The task names no image."
            predictions = task.get("predictions")
            left_out += len(predictions) if isinstance(predictions, list) else 0
            read.append((item, regions, reading))
    names = [*categories, *(name for item, _, _ in read for name in item.categories)]
    able: dict[Reading, Reading] = {}
    found: dict[str, Item] = {}
    for item, regions, reading in read:
        if reading not in able:
            able[reading] = reading.with_names(names)
        if not item.bad():
            item.wrong = next(filter(None, map(able[reading].wrong, regions)), "")
        if item.key in found:
            found[item.key].merge(item)
        else:
            found[item.key] = item
    return list(found.values()), left_out


def _read(item: Item, regions: Regions, task: dict[str, Any], reading: Reading, find: Find) -> None:
    data = task["data"]
    _place(item, _image(data, reading.key), find)
    sha256 = data.get("sha256")
    if isinstance(sha256, str) and SHA256.fullmatch(sha256):
        item.sha256 = sha256.lower()
    for name, longest in (("group", 200), ("source_url", 2000)):
        if isinstance(said := data.get(name), str):
            if len(said) > longest or "\0" in said:
                raise ValueError(f"{name} is longer than {longest:,} characters.")
            setattr(item, name, said)
    if isinstance(split := data.get("split"), str):
        item.split = split_of(split)
    if (moment := data.get("video_time")) is not None:
        item.video_time = video_time_of(moment)
    item.attributes = attributes_of(data.get("attributes"))
    annotations = task.get("annotations", [])
    if not isinstance(annotations, list) or not all(isinstance(one, dict) for one in annotations):
        raise ValueError("The task's annotations are no list of annotations.")
    item.skipped = any(one.get("was_cancelled") is True for one in annotations)
    regions += [
        reading.regions(one.get("result")) for one in annotations if one.get("was_cancelled") is not True
    ]
    if reading.kind == "detection":
        item.unit = "percent"
        rectangles(item, regions)
    else:
        item.labels = [{"category": label} for some in regions for label in _choices(some)]


def _image(data: dict[str, Any], key: str) -> str:
    """By the config's key, or by what is usual."""
    if key:
        return said if isinstance(said := data.get(key), str) else ""
    for name in IMAGE:
        if isinstance(said := data.get(name), str) and said:
            return said
    said = [
        value for value in data.values() if isinstance(value, str) and PICTURE.search(urlsplit(value).path)
    ]
    return said[0] if len(said) == 1 else ""


def _place(item: Item, said: str, find: Find) -> None:
    """An address, or a path: in the archive, or in Label Studio's own storage, where a name has a prefix."""
    if len(said) > 2000 or "\0" in said:
        raise ValueError("The image's address is too long.")
    if re.match(r"https?://", said, re.IGNORECASE):
        item.url = said
        return
    parts = urlsplit(said)
    path = parse_qs(parts.query).get("d", [unquote(parts.path)])[0]
    name = PurePosixPath(path).name
    member = find(path) or find(name)
    if not member and path.startswith("/data/upload/") and "-" in name:
        member = find(name.split("-", 1)[1])
    if member:
        item.member = member
    elif name:
        item.name = name


def attributes_of(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        return {}
    if len(said) > 200 or any(len(name) > 100 or "\0" in f"{name}{value}" for name, value in said.items()):
        raise ValueError("At most 200 attributes, with names of at most 100 characters.")
    if any(len(json.dumps(value, ensure_ascii=False)) > LONGEST for value in said.values()):
        raise ValueError(f"An attribute's value is longer than {LONGEST:,} characters.")
    return {name.replace(":", " "): value for name, value in said.items() if value is not None}


def _choices(regions: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The one choice of an annotation."""
    chosen: list[Any] = []
    for region in regions:
        given = region["value"].get("choices")
        chosen += given if isinstance(given, list) else [given]
    if len(chosen) > 1:
        raise ValueError("An annotation has several choices: an image has one category here.")
    for choice in chosen:
        if not isinstance(choice, str) or not 0 < len(choice) <= 100 or "\0" in choice:
            raise ValueError("A choice is no name of a category.")
        yield choice
