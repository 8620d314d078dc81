"""Finding out which format the boxes of an archive come in: COCO, YOLO or Pascal VOC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from labeling.archives import TABLE_BYTES, Archive, BadArchive
from labeling.formats.coco_in import coco_plan, is_coco
from labeling.formats.items import BadFormat, Item
from labeling.formats.plan import Plan, loaded
from labeling.formats.table_in import table_items
from labeling.formats.voc_in import voc_plan
from labeling.formats.yolo_in import yolo_names, yolo_plan

FEW = 20  # files of JSON that are looked into
Refused = Sequence[tuple[str, str]]


def boxes_plan(archive: Archive, format: str, pictures: Sequence[str], refused: Refused) -> Plan | None:
    """None where it is no archive of these: a table, tasks of Label Studio or pictures alone. Raises BadFormat."""
    if format in ("", "coco") and (plan := _coco(archive, pictures, refused, named=bool(format))):
        return plan
    if format in ("", "yolo") and (names := yolo_names(archive, named=bool(format))):
        return yolo_plan(archive, names, pictures, refused, _known(archive))
    annotations = [path for path in archive.paths if path.lower().endswith(".xml") and not _is_config(path)]
    if format == "voc" or (not format and annotations):
        if not annotations:
            raise BadFormat("The archive holds no Annotations: an XML file for each picture.")
        return voc_plan(archive, annotations, pictures, refused, _known(archive))
    return None


def _is_config(path: str) -> bool:
    return PurePosixPath(path).name.lower() == "config.xml"


def _coco(archive: Archive, pictures: Sequence[str], refused: Refused, *, named: bool) -> Plan | None:
    files = [path for path in archive.paths if path.lower().endswith(".json")]
    found, left = [], TABLE_BYTES
    for path in files if len(files) <= FEW else []:
        if archive.size(path) > left:
            raise BadFormat(
                f"Its JSON is larger than {TABLE_BYTES // 1024**2} MB together: send it in parts."
            )
        try:
            value = loaded(archive.read(path), path)
        except (BadFormat, BadArchive):
            # What begins like COCO and is broken is to be said, and not to be taken for pictures without labels.
            if named or re.search(rb'"annotations"\s*:', archive.read(path)[: 1024**2]):
                raise
            continue
        left -= archive.size(path)
        if is_coco(value):
            found.append((path, value))
    if not found and named:
        raise BadFormat("The archive holds no COCO: a JSON with images, annotations and categories.")
    if not found:
        return None
    plan = coco_plan(found, archive.find, refused)
    if others := len(set(pictures) - {item.member for item in plan.items}):
        plan.notes.append(f"{others:,} pictures that no JSON names were left out.")
    return plan


def _known(archive: Archive) -> dict[str, Item]:
    """What an attributes.csv says of images, by the stem of the file that it names."""
    tables = [path for path in archive.paths if PurePosixPath(path).name.lower() == "attributes.csv"]
    if len(tables) != 1:
        return {}
    items, _ = table_items(archive.read(tables[0]), archive.find, "detection", f"{tables[0]}:")
    return {PurePosixPath(item.member or item.name).stem: item for item in items}
