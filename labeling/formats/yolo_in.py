"""YOLO's text files on their way in: the classes of a `data.yaml` (or a list of names), a file of lines for each picture."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Protocol

import yaml

from labeling.archives import Archive, BadArchive
from labeling.formats.items import SPLITS, BadFormat, Item, category_of, numbers, pictures_of
from labeling.formats.plan import Plan
from labeling.kinds.detection import MOST_BOXES

LARGEST = 256 * 1024  # of a data.yaml
DEEPEST = 8
FEW = 20  # places of a split, which may be folders
LIST = 32 * 1024**2  # of the list of a split's pictures
LABELS = 4 * 1024**2  # of one picture's lines
NAMES = ("classes.txt", "obj.names", "classes.names", "_darknet.labels")
EDGE = 1e-6  # by which a share may leave 0 to 1, for what was computed


class Known(Protocol):
    def of(self, path: str) -> Item | None: ...


class Names:
    """The classes by their numbers, and the paths that each split lies under or lists."""

    def __init__(self, classes: Mapping[int, str], splits: Mapping[str, Collection[str]]) -> None:
        self.classes, self.splits = classes, splits


def yolo_names(archive: Archive, *, named: bool) -> Names | None:
    """None where the archive is no YOLO. Raises BadFormat."""
    yamls = sorted((path for path in archive.paths if path.lower().endswith((".yaml", ".yml"))), key=_depth)
    for path in yamls[:5]:
        value = _yaml(archive.read(path, LARGEST), path)
        if isinstance(value, dict) and "names" in value:
            return Names(_classes(value["names"], path), _splits(archive, value))
    lists = sorted((path for path in archive.paths if PurePosixPath(path).name.lower() in NAMES), key=_depth)
    if lists:
        lines = _text(archive, lists[0], LARGEST).splitlines()
        return Names(_classes([line.strip() for line in lines if line.strip()], lists[0]), {})
    if named:
        raise BadFormat("Nothing names the classes: put a data.yaml or a classes.txt into the archive.")
    return None


def yolo_plan(
    archive: Archive, names: Names, pictures: Sequence[str], refused: Sequence[tuple[str, str]],
    knowing: Callable[[Iterable[str]], Known],
) -> Plan:  # fmt: skip
    """`knowing` gives what a table says of the pictures, by their paths or those of their files of lines."""
    plan = Plan("yolo", refused=list(refused))
    left: Counter[str] = Counter()
    files = {path for path in archive.paths if path.lower().endswith(".txt")}
    labels = {picture: next((path for path in _places(picture) if path in files), "") for picture in pictures}
    alone = files - set(labels.values())
    alone = {path for path in alone if "labels" in PurePosixPath(path).parts[:-1]}
    known = knowing([*pictures, *alone])
    for picture, label in labels.items():
        item = known.of(picture) or Item(split=_split(picture, names.splits))
        item.member = picture
        if label:
            _read(archive, label, item, names, left)
        plan.items.add(item)
    for label in sorted(alone):
        stem = PurePosixPath(label).stem
        item = known.of(label) or Item(
            name=stem, others=pictures_of(stem), at=label, split=_split(label, names.splits)
        )
        _read(archive, label, item, names, left)
        plan.items.add(item)
    plan.notes += [f"{count:,} {what}" for what, count in left.items()]
    return plan


def _read(archive: Archive, path: str, item: Item, names: Names, left: Counter[str]) -> None:
    """A file without lines says that the picture shows nothing."""
    item.unit = "shares"
    boxes: list[dict[str, Any]] = []
    try:
        lines = _text(archive, path, LABELS).splitlines()
    except (BadFormat, BadArchive) as error:
        item.faults.append((path, str(error)))
        return
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        at = f"{path}:{number}"
        if len(boxes) + len(item.faults) > MOST_BOXES:
            item.faults.append((at, f"There are more than {MOST_BOXES:,} boxes, which no image has."))
            break
        try:
            boxes.append({**_box(line.split(), names.classes, left), "at": at})
        except ValueError as error:
            item.faults.append((at, str(error)))
    item.labels = [{"boxes": boxes}]


def _box(fields: Sequence[str], classes: Mapping[int, str], left: Counter[str]) -> dict[str, Any]:
    if len(fields) != 5 and (len(fields) < 7 or len(fields) % 2 == 0):
        raise ValueError("A class and four numbers are expected: x and y of the centre, width and height.")
    if not re.fullmatch(r"\d{1,6}(\.0+)?", fields[0]) or int(float(fields[0])) not in classes:
        raise ValueError(f"There is no class {fields[0][:20]}: the file of names has {len(classes)}, from 0.")
    values = numbers(fields[1:])
    if any(not -EDGE <= value <= 1 + EDGE for value in values):
        raise ValueError("A number is outside 0 to 1: they are shares of the picture's width and height.")
    if len(fields) > 5:
        left["outlines came as the boxes around them."] += 1
        xs, ys = values[::2], values[1::2]
        values = [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, max(xs) - min(xs), max(ys) - min(ys)]
    if values[2] <= 0 or values[3] <= 0:
        raise ValueError("The box has no width or no height.")
    return {"category": classes[int(float(fields[0]))], "bbox": values}


def _places(picture: str) -> list[str]:
    """Where the lines of a picture may be: under `labels` for the last `images` of its path, or next to it."""
    path = PurePosixPath(picture).with_suffix(".txt")
    parts = list(path.parts)
    places = [str(path), str(PurePosixPath(*parts[:-1], "labels", parts[-1]))]
    for at in range(len(parts) - 2, -1, -1):
        if parts[at].lower() == "images":
            return [str(PurePosixPath(*parts[:at], "labels", *parts[at + 1 :])), *places]
    return places


def _split(path: str, splits: Mapping[str, Collection[str]]) -> str:
    """As the data.yaml says, or else a folder's name. Two splits of one place say nothing."""
    said = [split for split, places in splits.items() if _among(path, places)]
    if len(said) == 1:
        return said[0]
    parts = [SPLITS[part.lower()] for part in PurePosixPath(path).parts[:-1] if part.lower() in SPLITS]
    return parts[-1] if parts else ""


def _among(path: str, places: Collection[str]) -> bool:
    return path in places or (len(places) < FEW and any(_under(path, place) for place in places))


def _under(path: str, place: str) -> bool:
    return path == place or f"/{path}".find(f"/{place}/") >= 0 or path.endswith(f"/{place}")


def _splits(archive: Archive, value: dict[str, Any]) -> dict[str, Collection[str]]:
    found: dict[str, list[str]] = {}
    for split in ("train", "val", "test"):
        said = value.get(split)
        for place in said if isinstance(said, list) else [said]:
            if not isinstance(place, str):
                continue
            clean = re.sub(r"^(\.\.?/)+", "", place.replace("\\", "/")).strip("/")
            member = archive.find(clean) if clean.endswith(".txt") else None
            lines = _text(archive, member, LIST).splitlines() if member else [clean]
            paths = (re.sub(r"^(\.\.?/)+", "", line.strip()).strip("/") for line in lines)
            found.setdefault(split, []).extend(filter(None, paths))
    return _listed(archive, found)


def _listed(archive: Archive, found: dict[str, list[str]]) -> dict[str, Collection[str]]:
    """Long lists name pictures, which are sought at once: one by one would take the square of their number."""
    return {
        split: places if len(places) < FEW else {archive.find(place) or place for place in places}
        for split, places in found.items()
    }


def _classes(said: Any, path: str) -> dict[int, str]:
    try:
        rows = dict(enumerate(said)) if isinstance(said, list) else said
        if not isinstance(rows, dict) or not all(type(key) is int and 0 <= key < 10_000 for key in rows):
            raise ValueError("The names are no list, and no mapping of numbers from 0.")
        names = {
            key: category_of(str(name) if isinstance(name, int | float) else name)
            for key, name in rows.items()
        }
    except ValueError as error:
        raise BadFormat(f"{path}: {error}") from error
    if not names:
        raise BadFormat(f"{path} names no class.")
    return names


def _yaml(data: bytes, path: str) -> Any:
    """Plain data: no tags, no aliases, nothing deep. Raises BadFormat."""
    depth = 0
    try:
        text = data.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise BadFormat(f"{path} has anchors or aliases, which are not read: write it out.")
            if getattr(event, "tag", None) is not None:
                raise BadFormat(f"{path} has tags, which are not read: take them out.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise BadFormat(f"{path} is nested too deep.")
        return yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise BadFormat(f"{path} is not written in UTF-8: save it as such.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, BadFormat):
            raise
        raise BadFormat(f"{path} is no YAML: {str(error)[:200]}") from error


def _text(archive: Archive, path: str, largest: int) -> str:
    try:
        text = archive.read(path, largest).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFormat(f"{path} is not written in UTF-8: save it as such.") from error
    return text.replace("\0", "\ufffd")


def _depth(path: str) -> tuple[int, str]:
    return len(PurePosixPath(path).parts), path
