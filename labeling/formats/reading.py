"""Finding out what somebody sent: a table, tasks of Label Studio or folders of classes, in a ZIP or by itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from labeling.archives import TABLE_BYTES, Archive, BadArchive
from labeling.formats.coco_in import coco_plan, is_coco
from labeling.formats.items import SPLITS, BadFormat, Item
from labeling.formats.plan import Plan, loaded
from labeling.formats.reading_boxes import boxes_plan
from labeling.formats.table_in import LONGEST_NAME, table_items
from labeling.formats.task_config import LARGEST, Reading, reading_of
from labeling.formats.tasks_in import is_tasks, task_items

PICTURE = re.compile(r"\.(jpe?g|png|webp|gif|bmp|tiff?|hei[cf]|avif)$", re.IGNORECASE)
NESTED = re.compile(r"\.(zip|tar|t?gz|7z|rar|bz2|xz)$", re.IGNORECASE)
NAMED = ("labels", "attributes")  # the tables that count, where there are several
CONFIG = "config.xml"
FEW = 20  # files of JSON or CSV that are looked into; more of them belong to single images
TASKS = 1_000_000  # together, as many as a table has rows


def plan_of_file(
    path: Path, format: str, categories: Collection[str], control: str = "", kind: str = "classification"
) -> Plan:
    """A table or tasks by themselves, about images that the project has or that have an address. `control` is the one
    of Label Studio's Choices that gives the category."""
    if path.stat().st_size > TABLE_BYTES:
        raise BadFormat(f"The file is larger than {TABLE_BYTES // 1024**2} MB: send it in parts.")
    data = path.read_bytes()
    if format == "folders":
        raise BadFormat("Class folders come in a ZIP archive.")
    if b"\0" in data[:4096]:
        raise BadFormat(
            "This is no ZIP archive, no table and no JSON. Of archives only ZIP is read: pack it as such."
        )
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        if format == "csv":
            raise BadFormat("This is JSON and no table.")
        if kind == "detection" and format in ("", "coco"):
            value = loaded(data, "The file")
            if is_coco(value) or format == "coco":
                return coco_plan([("The file", value)], lambda path, folder="": None)
            tasks = as_tasks(value, "The file")
        else:
            tasks = _tasks(data, "The file")
        _count([tasks])
        items, predictions = task_items([(tasks, Reading(control=control, kind=kind))], categories)
        return Plan("label-studio", items, predictions=predictions)
    if format == "label-studio":
        raise BadFormat("This is no JSON.")
    if format not in ("", "csv"):
        raise BadFormat(f"This is no ZIP archive and no JSON, as which {format} comes.")
    return Plan("csv", table_items(data, kind=kind)[0])


def plan_of_archive(
    archive: Archive, format: str, categories: Collection[str], create: bool, control: str = "",
    kind: str = "classification",
) -> Plan:  # fmt: skip
    """`format` may be empty: then the content tells. Folders are classes where they are called like the project's
    categories, or where the caller says so or lets categories be made. Raises BadFormat, BadArchive."""
    pictures = [path for path in archive.paths if PICTURE.search(path)]
    refused = archive.refused + [
        (path, "An archive within the archive is not opened.")
        for path in archive.paths
        if NESTED.search(path)
    ]
    if kind == "detection" and (plan := boxes_plan(archive, format, pictures, refused)):
        return plan
    if format in ("", "label-studio") and (files := _task_files(archive, named=bool(format))):
        read = [(tasks, _reading(archive, path, control, kind)) for path, tasks in files]
        items, predictions = task_items(read, categories, archive.find)
        notes = _left(len(set(pictures) - {item.member for item in items}), "no task names")
        return Plan("label-studio", items, refused, predictions, notes)
    if format == "label-studio":
        raise BadFormat("The archive holds no file of Label Studio tasks.")
    tables = _tables(archive, format)
    if format == "csv" and not tables:
        raise BadFormat("The archive holds no table: put a labels.csv or attributes.csv into it.")
    found, labeled = of_tables(archive, tables, kind)
    for path in sorted(pictures, key=_natural):
        if path not in found:
            found[path] = Item(member=path)
    if format == "csv" or (not format and labeled):
        return Plan("csv", list(found.values()), refused)
    if kind == "detection":
        note = "Nothing in the archive says where boxes are, so the images came without labels."
        return Plan("images", list(found.values()), refused, notes=[note])
    return _folders(list(found.values()), refused, categories, named=format == "folders", create=create)


def _folders(
    items: list[Item], refused: Any, categories: Collection[str], *, named: bool, create: bool
) -> Plan:
    folders = {PurePosixPath(item.member).parent.name for item in items if item.member} - {""}
    if not (named or create or folders & set(categories)):
        notes = []
        if folders:
            notes = ["No folder is called like a category, so the images came without labels."]
        return Plan("images", items, refused, notes=notes)
    for item in items:
        *above, folder = PurePosixPath(item.member).parent.parts or ("",)
        said = [SPLITS[part.lower()] for part in above if part.lower() in SPLITS]
        item.split = item.split or (said[-1] if said else "")
        if not item.labels and not folder and item.member:
            item.wrong = item.wrong or "It lies in no folder, so it has no class."
        elif not item.labels and len(folder) > LONGEST_NAME:
            item.wrong = f"Its folder's name is longer than {LONGEST_NAME} characters."
        elif not item.labels and folder:
            item.labels = [{"category": folder}]
    return Plan("folders", items, refused)


def _task_files(archive: Archive, *, named: bool) -> list[tuple[str, list[dict[str, Any]]]]:
    files = [path for path in archive.paths if path.lower().endswith(".json")]
    found: list[tuple[str, list[dict[str, Any]]]] = []
    left = TABLE_BYTES
    for path in files if len(files) <= FEW else []:
        if found and archive.size(path) > left:
            raise BadFormat(
                f"Its JSON is larger than {TABLE_BYTES // 1024**2} MB together: send it in parts."
            )
        try:
            data = archive.read(path)
            found.append((path, _tasks(data, path)))
            left -= len(data)
        except (BadFormat, BadArchive):
            if named:
                raise
        _count([tasks for _, tasks in found])
    return found


def _count(files: list[list[dict[str, Any]]]) -> None:
    if sum(map(len, files)) > TASKS:
        raise BadFormat(f"There are more than {TASKS:,} tasks: send them in parts.")


def _reading(archive: Archive, path: str, control: str, kind: str) -> Reading:
    """By the config.xml that lies beside a file of tasks, if one does."""
    beside = str(PurePosixPath(path).parent / CONFIG)
    found = next((member for member in archive.paths if member.lower() == beside.lower()), None)
    if not found:
        return Reading(control=control, kind=kind)
    return reading_of(archive.read(found, LARGEST), control, kind)


def _tasks(data: bytes, what: str) -> list[dict[str, Any]]:
    return as_tasks(loaded(data, what), what)


def as_tasks(value: Any, what: str) -> list[dict[str, Any]]:
    value = [value] if isinstance(value, dict) and "data" in value else value
    if not is_tasks(value):
        raise BadFormat(f"{what} holds no list of Label Studio tasks: export from there as JSON.")
    return value


def _tables(archive: Archive, format: str) -> list[str]:
    tables = [path for path in archive.paths if path.lower().endswith((".csv", ".tsv"))]
    named = [path for path in tables if PurePosixPath(path).stem.lower() in NAMED]
    if len(named or tables) > FEW or (len(tables) > 1 and not named):
        if format == "csv":
            raise BadFormat("The archive holds several tables: call the one that counts labels.csv.")
        return []
    return sorted(named or tables, key=lambda path: PurePosixPath(path).stem.lower() != "labels")


def of_tables(archive: Archive, tables: Iterable[str], kind: str) -> tuple[dict[str, Item], bool]:
    found: dict[str, Item] = {}
    labeled = False
    for table in tables:
        folder = str(PurePosixPath(table).parent).removeprefix(".")
        find = partial(archive.find, folder=folder)
        items, has_labels = table_items(archive.read(table), find, kind, f"{table}:")
        labeled |= has_labels
        for item in items:
            if item.key in found:
                found[item.key].merge(item)
            else:
                found[item.key] = item
    return found, labeled


def _left(count: int, why: str) -> list[str]:
    return [f"{count:,} images that {why} were left out."] if count else []


def _natural(path: str) -> list[Any]:
    """Frame 2 before frame 10: the queue keeps the order in which images come."""
    return [
        (1, int(part), "") if part.isdigit() and part.isascii() else (0, 0, part)
        for part in re.split(r"(\d+)", path)
    ]
