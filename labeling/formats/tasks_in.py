"""Label Studio's tasks on their way in: choices, rectangles and strokes become labels, cancelled annotations skips. What a model of its said
is left where it is: it comes from no model version of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from labeling.archives import TABLE_BYTES
from labeling.formats.cells import LONGEST
from labeling.formats.items import SHA256, BadFormat, Item, split_of, video_time_of
from labeling.formats.plan import Opened, Plan
from labeling.formats.rectangles import rectangles
from labeling.formats.strokes import strokes
from labeling.formats.task_config import Reading
from labeling.strictjson import LARGEST, BadJSON, strict_loads, strict_stream

Regions = list[list[dict[str, Any]]]  # of each annotation
Find = Callable[[str], str | None]
IMAGE = ("image", "img", "picture", "photo", "url")
MOST = {"matting": 4 * LARGEST}  # characters of a task, by the kind: strokes are long
FIRST = 64  # bytes, which tell a list of tasks from a task by itself
UPLOADED = re.compile(r"[0-9a-f]{8}-(.+)")  # as Label Studio calls what was uploaded to it
PICTURE = re.compile(r"\.(jpe?g|png|webp)$", re.IGNORECASE)


class NoTasks(BadFormat):
    """It is JSON of something else."""


@dataclass(frozen=True)
class TasksFile:
    """Tasks in a file that is called so, and how they are read."""

    name: str
    opened: Opened
    reading: Reading

    def tasks(self) -> Iterator[dict[str, Any] | None]:
        """A list of tasks is read one by one; a task by itself at once. None stands for a row that is no task. Raises
        BadFormat."""
        try:
            with self.opened() as file:
                head = file.read(FIRST)
                if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
                    if len(rest := file.read(TABLE_BYTES)) == TABLE_BYTES:
                        raise BadFormat(
                            f"{self.name} is larger than {TABLE_BYTES // 1024**2} MB: send a list of tasks."
                        )
                    yield _task(strict_loads((head + rest).removeprefix(b"\xef\xbb\xbf")))
                    return
            with self.opened() as file:
                for _, rows in strict_stream(file, MOST.get(self.reading.kind, LARGEST)):
                    for row in rows if isinstance(rows, Iterator) else [rows]:
                        yield _task(row)
        except BadJSON as error:
            raise BadFormat(f"{self.name}: {error}") from error

    def survey(self) -> tuple[dict[str, None], int]:
        """The categories that the labels say, and how many rows there are, in a pass of its own. Raises BadFormat, and
        NoTasks where no row is a task."""
        names, count, found = dict[str, None](), 0, False
        for task in self.tasks():
            count += 1
            if task is None:
                continue
            found = True
            item = Item()
            with suppress(ValueError):
                _read(item, [], task, self.reading, lambda path: None)
            names |= dict.fromkeys(item.categories)
        if not found:
            raise NoTasks(f"{self.name} holds no list of Label Studio tasks: export from there as JSON.")
        return names, count


def tasks_plan(
    files: Sequence[TasksFile],
    names: Iterable[str],
    find: Find = lambda path: None,
    refused: Iterable[tuple[str, str]] = (),
) -> tuple[Plan, set[str]]:
    """The images of tasks, which are read as their file's config says, and the members that they name.

    Where a file has no config its labels are checked by one of `names`: the project's categories, and what the tasks
    say, for what the project does not have is not for Label Studio to refuse. Raises BadFormat.
    """
    plan = Plan("label-studio", refused=list(refused))
    found: dict[str, int] = {}
    members: set[str] = set()
    others = 0
    for file in files:
        able = file.reading.with_names(names)
        for number, task in enumerate(file.tasks(), 1):
            item, regions = Item(at=f"{file.name}: task {number}"), Regions()
            try:
                if task is None:
                    raise ValueError("This is no task: it has no data.")
                predictions = task.get("predictions")
                plan.predictions += len(predictions) if isinstance(predictions, list) else 0
                others += _read(item, regions, task, file.reading, find)
                if not item.key:
                    raise ValueError("The task names no image.")
                if not item.faults and (wrong := next(filter(None, map(able.wrong, regions)), "")):
                    raise ValueError(wrong)
            except ValueError as error:
                item.faults.append((item.at, str(error)))
            if not item.key:
                item.name = item.at
            members.add(item.member)
            found[item.key] = plan.items.add(item, found.get(item.key))
    if others:
        plan.notes.append(f"{others:,} regions of other kinds were not read.")
    return plan, members


def _task(row: Any) -> dict[str, Any] | None:
    return row if isinstance(row, dict) and isinstance(row.get("data"), dict) else None


def _read(item: Item, regions: Regions, task: dict[str, Any], reading: Reading, find: Find) -> int:
    """How many regions of other kinds there were."""
    data = task["data"]
    _place(item, _image(data, reading.key), find)
    sha256 = data.get("sha256")
    if isinstance(sha256, str) and SHA256.fullmatch(sha256):
        item.sha256 = sha256.lower()
        item.title = said[:255] if isinstance(said := data.get("name"), str) else ""
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
    results = [one.get("result") for one in annotations if one.get("was_cancelled") is not True]
    regions += map(reading.regions, results)
    if reading.kind == "detection":
        item.unit = "percent"
        rectangles(item, regions)
    elif reading.kind == "matting":
        strokes(item, regions, reading.is_trimap)
    else:
        item.labels = [{"category": label} for some in regions for label in _choices(some)]
    return sum(len(one) for one in results if isinstance(one, list)) - sum(map(len, regions))


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
    """An address, or a path: in the archive, or in Label Studio's own storage, where a name may have a prefix. There
    it may be a whole address, too."""
    if len(said) > 2000 or "\0" in said:
        raise ValueError("The image's address is too long.")
    if re.match(r"https?://", said, re.IGNORECASE):
        item.url = said
    parts = urlsplit(said)
    path = parse_qs(parts.query).get("d", [unquote(parts.path)])[0]
    name = PurePosixPath(path).name
    uploaded = UPLOADED.fullmatch(name)
    if item.url and not (uploaded and "/data/upload/" in path):
        return
    item.others = [uploaded[1]] if uploaded else []
    if member := next(filter(None, map(find, (path, name, *item.others))), None):
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
