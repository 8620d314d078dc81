"""Finding out what somebody sent: a table, tasks of Label Studio or folders of classes, in a ZIP or by itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from labeling.archives import STREAMED_BYTES, Archive, BadArchive
from labeling.formats.coco_in import CocoFile
from labeling.formats.items import SPLITS, BadFormat, Item, natural
from labeling.formats.plan import Plan
from labeling.formats.reading_boxes import boxes_plan
from labeling.formats.reading_mattes import HARD, cutouts_plan, mattes_plan
from labeling.formats.spool import Spool
from labeling.formats.table_in import LONGEST_NAME, table_read
from labeling.formats.task_config import LARGEST, Reading, reading_of
from labeling.formats.tasks_in import NoTasks, TasksFile, tasks_plan

PICTURE = re.compile(r"\.(jpe?g|png|webp|gif|bmp|tiff?|hei[cf]|avif)$", re.IGNORECASE)
NESTED = re.compile(r"\.(zip|tar|t?gz|7z|rar|bz2|xz)$", re.IGNORECASE)
NAMED = ("labels", "attributes")  # the tables that count, where there are several
CONFIG = "config.xml"
ANNOTATED = re.compile(rb'"data".*"annotations"|"annotations".*"(data|result)"', re.DOTALL)
FEW = 20  # files of JSON or CSV that are looked into; more of them belong to single images
TASKS = 1_000_000  # together, as many as a table has rows
IN_ZIP = {"folders": "Class folders", "mattes": "Mattes", "cutouts": "Cut-outs"}
SAYS = {"detection": "where boxes are", "matting": "what the mattes are"}


def plan_of_file(
    path: Path, format: str, categories: Collection[str], control: str = "", kind: str = "classification"
) -> Plan:
    """A table, tasks or COCO's JSON by themselves, about images that the project has or that have an address. `control`
    is the one of Label Studio's Choices that gives the category. Raises BadFormat."""
    if path.stat().st_size > STREAMED_BYTES:
        raise BadFormat(f"The file is larger than {STREAMED_BYTES // 1024**2} MB: send it in parts.")

    def opened() -> IO[bytes]:
        return path.open("rb")

    with opened() as file:
        head = file.read(4096)
    if format in IN_ZIP:
        raise BadFormat(f"{IN_ZIP[format]} come in a ZIP archive.")
    if b"\0" in head:
        raise BadFormat(
            "This is no ZIP archive, no table and no JSON. Of archives only ZIP is read: pack it as such."
        )
    first = head[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first in (b"[", b"{"):
        if format == "csv":
            raise BadFormat("This is JSON and no table.")
        if kind != "classification" and (format == "coco" or (not format and first == b"{")):
            plan = Plan("coco")
            coco = CocoFile("The file", opened, lambda path, folder="": None, plan, kind)
            if coco.read():
                plan.notes += coco.notes() + ([HARD] if kind == "matting" else [])
                return plan
            if format == "coco":
                raise BadFormat("The file is no COCO: it needs lists of images, annotations and categories.")
        tasks = TasksFile("The file", opened, Reading(control=control, kind=kind))
        names, count = tasks.survey()
        _refuse_many(count)
        return tasks_plan([tasks], [*categories, *names])[0]
    if format == "label-studio":
        raise BadFormat("This is no JSON.")
    if format not in ("", "csv"):
        raise BadFormat(f"This is no ZIP archive and no JSON, as which {format} comes.")
    plan = Plan("csv")
    with opened() as file:
        table_read(file, plan.items, {}, kind=kind)
    return plan


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
    if kind == "matting" and (plan := mattes_plan(archive, format, pictures, refused)):
        return plan
    if format in ("", "label-studio"):
        files, said = _task_files(archive, control, kind, named=bool(format))
        if files:
            plan, members = tasks_plan(files, [*categories, *said], archive.find, refused)
            plan.notes += _left(len(set(pictures) - members), "no task names")
            return plan
    if format == "label-studio":
        raise BadFormat("The archive holds no file of Label Studio tasks.")
    if kind == "matting" and (plan := cutouts_plan(archive, pictures, refused, sure=False)):
        return plan
    tables = _tables(archive, format)
    if format == "csv" and not tables:
        raise BadFormat("The archive holds no table: put a labels.csv or attributes.csv into it.")
    plan = Plan("csv", refused=refused)
    found, labeled = _of_tables(archive, tables, kind, plan.items)
    for path in sorted(pictures, key=natural):
        if path not in found:
            found[path] = plan.items.add(Item(member=path))
    if format == "csv" or (not format and labeled):
        return plan
    if kind != "classification":
        plan.format = "images"
        plan.notes = [f"Nothing in the archive says {SAYS[kind]}, so the images came without labels."]
        return plan
    return _folders(plan, archive, categories, named=format == "folders", create=create)


def _folders(plan: Plan, archive: Archive, categories: Collection[str], *, named: bool, create: bool) -> Plan:
    folders = {PurePosixPath(item.member).parent.name for item in plan.items.read() if item.member} - {""}
    if not (named or create or folders & set(categories)):
        plan.format = "images"
        if folders:
            plan.notes = ["No folder is called like a category, so the images came without labels."]
        return plan
    labeled = Plan("folders", refused=plan.refused)
    for item in plan.items.read():
        *above, folder = PurePosixPath(item.member).parent.parts or ("",)
        said = [SPLITS[part.lower()] for part in above if part.lower() in SPLITS]
        item.split = item.split or (said[-1] if said else "")
        if not item.labels and not folder and item.member:
            item.wrong = item.wrong or "It lies in no folder, so it has no class."
        elif not item.labels and len(folder) > LONGEST_NAME:
            item.wrong = f"Its folder's name is longer than {LONGEST_NAME} characters."
        elif not item.labels and folder:
            item.labels = [{"category": folder}]
        labeled.items.add(item)
    return labeled


def _task_files(
    archive: Archive, control: str, kind: str, *, named: bool
) -> tuple[list[TasksFile], dict[str, None]]:
    """And the categories that they say."""
    paths = [path for path in archive.paths if path.lower().endswith(".json")]
    found: list[TasksFile] = []
    names: dict[str, None] = {}
    left, tasks = STREAMED_BYTES, 0
    for path in paths if len(paths) <= FEW else []:
        if found and archive.size(path) > left:
            raise BadFormat(
                f"Its JSON is larger than {STREAMED_BYTES // 1024**2} MB together: send it in parts."
            )
        opened = partial(archive.opened, path)
        try:
            said, count = TasksFile(path, opened, Reading(control=control, kind=kind)).survey()
        except (BadFormat, BadArchive) as error:
            # What is broken and has labels is to be said, and not to be taken for pictures without.
            if named or not (isinstance(error, NoTasks) or not ANNOTATED.search(archive.head(path))):
                raise
            continue
        file = TasksFile(path, opened, _reading(archive, path, control, kind))
        if file.reading.control != control:  # by its config some of the labels are none
            said, _ = file.survey()
        found.append(file)
        names |= said
        left, tasks = left - archive.size(path), tasks + count
        _refuse_many(tasks)
    return found, names


def _refuse_many(tasks: int) -> None:
    if tasks > TASKS:
        raise BadFormat(f"There are more than {TASKS:,} tasks: send them in parts.")


def _reading(archive: Archive, path: str, control: str, kind: str) -> Reading:
    """By the config.xml that lies beside a file of tasks, if one does."""
    beside = str(PurePosixPath(path).parent / CONFIG)
    found = next((member for member in archive.paths if member.lower() == beside.lower()), None)
    if not found:
        return Reading(control=control, kind=kind)
    return reading_of(archive.read(found, LARGEST), control, kind)


def _tables(archive: Archive, format: str) -> list[str]:
    tables = [path for path in archive.paths if path.lower().endswith((".csv", ".tsv"))]
    named = [path for path in tables if PurePosixPath(path).stem.lower() in NAMED]
    if len(named or tables) > FEW or (len(tables) > 1 and not named):
        if format == "csv":
            raise BadFormat("The archive holds several tables: call the one that counts labels.csv.")
        return []
    return sorted(named or tables, key=lambda path: PurePosixPath(path).stem.lower() != "labels")


def _of_tables(
    archive: Archive, tables: Iterable[str], kind: str, items: Spool
) -> tuple[dict[str, int], bool]:
    found: dict[str, int] = {}
    labeled = False
    for table in tables:
        folder = str(PurePosixPath(table).parent).removeprefix(".")
        find = partial(archive.find, folder=folder)
        with archive.opened(table) as file:
            labeled |= table_read(file, items, found, find, kind, f"{table}:")
    return found, labeled


def _left(count: int, why: str) -> list[str]:
    return [f"{count:,} images that {why} were left out."] if count else []
