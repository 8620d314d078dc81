"""Pascal VOC on its way in: an XML file for each picture. Its corners are taken as VOC defines them, counted from 1 and
with the last pixel in; sets that count from 0 look the same, so their boxes come a pixel up and to the left of theirs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence, Set
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from labeling.archives import Archive, BadArchive
from labeling.formats.items import SPLITS, Item, category_of, numbers, pictures_of, place_of
from labeling.formats.plan import Plan
from labeling.formats.voc import CORNERS
from vision.geometry import from_voc

LARGEST = 4 * 1024**2  # of one picture's XML
LIST = 32 * 1024**2
DEEPEST = 16
MARKS = ("difficult", "truncated")
MARK = re.compile(r"\s+(-1|0|1)$")


def voc_plan(
    archive: Archive, annotations: Sequence[str], pictures: Sequence[str], refused: Sequence[tuple[str, str]],
    known: Callable[[str], Item | None],
) -> Plan:  # fmt: skip
    """`known` gives what a table says of a picture, by its path or that of its XML."""
    plan = Plan("voc", refused=list(refused))
    taken = set[str]()
    left: Counter[str] = Counter()
    places: dict[str, list[str]] = {}
    stems: dict[str, list[str]] = {}
    for picture in pictures:
        places.setdefault(place_of(picture), []).append(picture)
        stems.setdefault(PurePosixPath(picture).stem, []).append(picture)
    splits = _splits(archive, stems.keys() | {PurePosixPath(path).stem for path in annotations})
    for path in annotations:
        stem = PurePosixPath(path).stem
        same = places.get(place_of(path)) or stems.get(stem, [])
        try:
            root = _parsed(archive.read(path, LARGEST))
            name = (root.findtext("filename") or "").strip()[:1000]
            member = same[0] if len(same) == 1 else (archive.find(name) if name else None) or ""
            size = _size(root)
        except (BadArchive, ValueError) as error:
            item = known(path) or Item(name=path, split=splits.get(stem, ""))
            item.faults.append((path, str(error)))
            taken |= {item.member, *same}
        else:
            item = known(member or path) or Item(split=splits.get(stem, ""))
            item.member, item.size, item.at = member, size, path
            if not item.key:
                item.place(name or stem)
                item.others = [] if name else pictures_of(stem)
            _objects(item, root, path, left)
            taken.add(member)
        plan.items.add(item)
    for path in pictures:
        if path not in taken:
            plan.items.add(known(path) or Item(member=path, split=splits.get(PurePosixPath(path).stem, "")))
    plan.notes += [f"{count:,} {what}" for what, count in left.items()]
    return plan


def _objects(item: Item, root: ElementTree.Element, path: str, left: Counter[str]) -> None:
    """Parts of an object (a person's head, and so on) are not looked at."""
    boxes: list[dict[str, Any]] = []
    for number, one in enumerate(root.findall("object"), 1):
        at = f"{path}: object {number}"
        for mark in MARKS:
            if (one.findtext(mark) or "").strip() not in ("", "0"):
                left[
                    f"boxes are marked as {mark}, for which there is no place here: they came as boxes."
                ] += 1
        try:
            corners = numbers((one.findtext(f"bndbox/{tag}") or "").strip() for tag in CORNERS)
            category = category_of((one.findtext("name") or "").strip())
            boxes.append({"category": category, "bbox": from_voc(corners), "at": at})
        except ValueError as error:
            item.faults.append((at, str(error)))
    item.labels = [{"boxes": boxes}]


def _size(root: ElementTree.Element) -> tuple[int, int] | None:
    said = [(root.findtext(f"size/{side}") or "").strip() for side in ("width", "height")]
    if not all(said):
        return None
    width, height = numbers(said)
    return (int(width), int(height)) if width >= 1 and height >= 1 else None


def _parsed(data: bytes) -> ElementTree.Element:
    """Raises ValueError. A first pass refuses what a document type could do before anything is built."""
    depth = 0

    def refuse(*_: Any) -> None:
        raise ValueError("It has a DOCTYPE, which is not read: take it out.")

    def begin(*_: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise ValueError("The XML is nested too deep.")

    def end(*_: Any) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = refuse, refuse
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        parser.Parse(data, True)
        root = ElementTree.fromstring(data)
    except (expat.ExpatError, ElementTree.ParseError, LookupError) as error:
        raise ValueError(f"This is no XML: {error}") from error
    if root.tag != "annotation":
        raise ValueError("This is no annotation of Pascal VOC.")
    return root


def _splits(archive: Archive, stems: Set[str]) -> dict[str, str]:
    """By ImageSets/Main. A picture in several lists has the first's: train, val, test. Behind a stem, which may have
    spaces, some write whether the picture shows a thing."""
    found: dict[str, str] = {}
    for split in ("train", "val", "test"):
        for path in archive.paths:
            pure = PurePosixPath(path)
            if pure.suffix == ".txt" and SPLITS.get(pure.stem.lower()) == split and "ImageSets" in pure.parts:
                for line in archive.read(path, LIST).decode("utf-8", "replace").splitlines():
                    stem = line.strip()
                    found.setdefault(stem if stem in stems else MARK.sub("", stem), split)
    return found
