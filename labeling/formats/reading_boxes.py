"""Finding out which format the boxes of an archive come in: COCO, YOLO or Pascal VOC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from pathlib import PurePosixPath

from labeling.archives import STREAMED_BYTES, Archive, BadArchive
from labeling.formats.coco_in import CocoFile
from labeling.formats.items import FOLDERS, BadFormat, Item, natural, place_of
from labeling.formats.plan import Plan
from labeling.formats.spool import Spool
from labeling.formats.table_in import table_read
from labeling.formats.voc_in import voc_plan
from labeling.formats.yolo_in import yolo_names, yolo_plan

FEW = 20  # files of JSON that are looked into
Refused = Sequence[tuple[str, str]]


def boxes_plan(archive: Archive, format: str, pictures: Sequence[str], refused: Refused) -> Plan | None:
    """None where it is no archive of these: a table, tasks of Label Studio or pictures alone. Raises BadFormat."""
    if format in ("", "coco") and (plan := coco_plan(archive, pictures, refused, named=bool(format))):
        return plan
    if format in ("", "yolo") and (names := yolo_names(archive, named=bool(format))):
        return yolo_plan(archive, names, pictures, refused, partial(Known, archive))
    annotations = [path for path in archive.paths if path.lower().endswith(".xml") and not _is_config(path)]
    if format == "voc" or (not format and annotations):
        if not annotations:
            raise BadFormat("The archive holds no Annotations: an XML file for each picture.")
        return voc_plan(archive, annotations, pictures, refused, Known(archive, annotations).of)
    return None


def _is_config(path: str) -> bool:
    return PurePosixPath(path).name.lower() == "config.xml"


def coco_plan(
    archive: Archive, pictures: Sequence[str], refused: Refused, *, named: bool, kind: str = "detection"
) -> Plan | None:
    """None where no JSON is COCO's. Raises BadFormat."""
    files = [path for path in archive.paths if path.lower().endswith(".json")]
    plan, left = Plan("coco", refused=list(refused)), STREAMED_BYTES
    members: set[str] = set()
    notes: Counter[str] = Counter()
    found = False
    for path in files if len(files) <= FEW else []:
        if archive.size(path) > left:
            raise BadFormat(
                f"Its JSON is larger than {STREAMED_BYTES // 1024**2} MB together: send it in parts."
            )
        file = CocoFile(path, partial(archive.opened, path), archive.find, plan, kind)
        try:
            if not file.read():
                continue
        except (BadFormat, BadArchive):
            # What begins like COCO and is broken is to be said, and not to be taken for pictures without labels.
            if named or file.lists or b'"annotations"' in archive.head(path):
                raise
            continue
        found = True
        left -= archive.size(path)
        members |= file.members
        notes += file.left
    if not found and named:
        raise BadFormat("The archive holds no COCO: a JSON with images, annotations and categories.")
    if not found:
        return None
    plan.notes += [f"{count:,} {what}" for what, count in notes.items()]
    if others := sorted(set(pictures) - members, key=natural):
        plan.notes.append(f"{len(others):,} pictures that no JSON names came without a label.")
        for path in others:
            plan.items.add(Item(member=path))
    return plan


class Known:
    """What an attributes.csv says of pictures: by where they lie, or by a stem that one row and one picture have."""

    def __init__(
        self,
        archive: Archive,
        pictures: Iterable[str],
        kind: str = "detection",
        folders: Collection[str] = FOLDERS,
    ) -> None:
        self._folders = folders
        tables = [path for path in archive.paths if PurePosixPath(path).name.lower() == "attributes.csv"]
        self._items, self._places, self._stems = Spool(), dict[str, int](), dict[str, list[int]]()
        self._alike = Counter(_stem(place) for place in {place_of(picture, folders) for picture in pictures})
        if len(tables) != 1:
            return
        with archive.opened(tables[0]) as file:
            table_read(file, self._items, {}, archive.find, kind, f"{tables[0]}:")
        for number, item in enumerate(self._items.read()):
            place = place_of(item.member or item.path or item.name, folders)
            self._places[place] = number
            self._stems.setdefault(_stem(place), []).append(number)

    def of(self, path: str) -> Item | None:
        """By a picture's path, or by that of the file with its boxes."""
        place = place_of(path, self._folders)
        number = self._places.get(place)
        if (
            number is None
            and self._alike[_stem(place)] <= 1
            and len(same := self._stems.get(_stem(place), [])) == 1
        ):
            number = same[0]
        return None if number is None else self._items[number]


def _stem(place: str) -> str:
    return place.rpartition("/")[2]
