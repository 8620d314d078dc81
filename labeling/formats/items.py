"""What an archive or a table says of one image, before anybody looks whether the image is there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labeling.formats.records import SUFFIXES
from labeling.kinds.detection import ID, MOST_BOXES
from vision.geometry import clipped, from_centre, from_percent

FOLDERS = ("images", "labels", "jpegimages", "annotations")  # of pictures, and of what is said of them
MATTES = ("alpha", "trimap")  # that a label of the kind matting has
SPLITS = {
    "": "", "none": "", "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
MEASURES = {"shares": from_centre, "percent": from_percent}  # units that need the picture's size
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SLACK = (
    1.0  # pixels by which a box may lie outside, for what was rounded or counted from 1 elsewhere; it is cut
)
LONGEST_VIDEO = 10_000_000  # seconds


UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML


class BadFormat(ValueError):
    """Nothing of the file is taken. The message is the reason, for the person who sent it."""


@dataclass(slots=True)
class Item:
    """One image: a member of the archive, or one that is found by its hash, its address or its name."""

    member: str = ""
    sha256: str = ""
    url: str = ""
    name: str = ""
    title: str = ""  # what its member was called, which an export may have had to call another name
    others: list[str] = field(default_factory=list)  # names it may have where no image has `name`
    at: str = ""  # where it stands in what was sent
    path: str = ""  # to where it would lie in what was sent, where the name alone may be another's
    # {category}, or {boxes: [{category, bbox, id?, at?}], label?}, in `unit`s, or {alpha: [{…, at}], trimap?, label?}, of
    # the parts that `matte_parts` knows. `at` is the place in what was sent, and `label` tells two labelings of one image
    # apart.
    labels: list[dict[str, Any]] = field(default_factory=list)
    cutout: str = ""  # a member whose colours are the picture where there is no other
    exact: list[str] = field(
        default_factory=list
    )  # SHA-256 of mattes that are not taken for masks of 0 and 1
    unit: str = "pixels"
    size: Sequence[int] | None = None  # width and height, where it says them
    faults: list[Sequence[str]] = field(
        default_factory=list
    )  # what is wrong, by its place; then it is not taken
    skipped: bool = False
    split: str = ""
    group: str = ""
    video_time: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    source_url: str = ""
    wrong: str = ""  # why it is not taken
    bytes: int = 0  # that it takes, of what was spooled

    @property
    def key(self) -> str:
        """What people know it by; its labels' uuids are made of it, too."""
        return self.member or self.cutout or self.name or self.url or self.sha256

    @property
    def has_mattes(self) -> bool:
        return any("alpha" in label for label in self.labels)

    def place(self, said: str) -> None:
        """Take a hash, an address or a name for what it is."""
        if SHA256.fullmatch(said):
            self.sha256 = said.lower()
        elif re.match(r"https?://", said, re.IGNORECASE):
            self.url = said
        else:
            self.path = said.replace("\\", "/")
            self.name = self.path.rsplit("/", 1)[-1]

    def merge(self, other: Item) -> None:
        """Another row about the same image."""
        for label in other.labels:
            same = [one for one in self.labels if _parts(one) and one.get("label") == label.get("label")]
            if same and (parts := _parts(label)):
                for name in parts:
                    same[0].setdefault(name, []).extend(label[name])
            else:
                self.labels.append(label)
        self.faults += other.faults
        self.exact += other.exact
        for name in ("split", "group"):
            said, again = getattr(self, name), getattr(other, name)
            if said and again and said != again:
                reason = f"The image's {name} is {said[:50]} in one place and {again[:50]} here."
                self.faults.append((other.at or self.key, reason))
        self.size = self.size or other.size
        self.attributes |= other.attributes
        self.skipped |= other.skipped
        self.video_time = other.video_time if self.video_time is None else self.video_time
        for name in (
            "sha256",
            "url",
            "title",
            "others",
            "at",
            "split",
            "group",
            "source_url",
            "wrong",
            "cutout",
        ):
            setattr(self, name, getattr(self, name) or getattr(other, name))

    @property
    def categories(self) -> dict[str, str]:
        """The names that its labels say, each with the place where it is said first."""
        names: dict[str, str] = {}
        for label in self.labels:
            for row in [] if "alpha" in label else label.get("boxes", [label]):
                names.setdefault(row["category"], row.get("at") or self.at or self.key)
        return names

    def bad(self) -> list[Sequence[str]]:
        """Why it is not taken, by place."""
        return ([(self.key, self.wrong)] if self.wrong else []) + self.faults

    def results(self, width: int, height: int) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
        """Its labels on a picture of that size, in pixels, and what is wrong with them, by place."""
        if self.size and self.labels and tuple(self.size) != (width, height):
            return [], [(self.at or self.key, _sizes(self.size, (width, height)))]
        results, faults = [], []
        for label in self.labels:
            if "boxes" not in label:
                results.append(label)
                continue
            if len(label["boxes"]) > MOST_BOXES:
                return [], [(self.key, f"It has more than {MOST_BOXES:,} boxes, which no image has.")]
            boxes: list[dict[str, Any]] = []
            for box in label["boxes"]:
                try:
                    bbox = (
                        MEASURES[self.unit](box["bbox"], width, height)
                        if self.unit in MEASURES
                        else box["bbox"]
                    )
                    boxes.append(
                        {**_named(box), "category": box["category"], "bbox": fitted(bbox, width, height)}
                    )
                except ValueError as error:
                    faults.append((box.get("at") or self.key, str(error)))
            results.append({"boxes": _once(boxes)})
        return results, faults


def _parts(label: Mapping[str, Any]) -> list[str]:
    """What of a label is a list, to which other places may add."""
    return [name for name in ("boxes", *MATTES) if name in label]


def numbers(said: Iterable[Any]) -> list[float]:
    """Raises ValueError for what is no finite number of a usual size."""
    found = []
    for one in said:
        value = one
        if isinstance(one, str):
            if not re.fullmatch(NUMBER, one.strip()) or len(one) > 40:
                raise ValueError(f"{one[:40]} is no number.")
            value = float(one)
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
            raise ValueError(f"{str(value)[:40]} is no number that a box can have.")
        found.append(float(value))
    return found


def fitted(bbox: Sequence[float], width: int, height: int) -> list[float]:
    """A box in its image, cut where it is outside by not more than a pixel. Raises ValueError."""
    x1, y1, x2, y2 = bbox
    if not (x1 < x2 and y1 < y2):
        raise ValueError(
            "The box has no area: its right and lower side have to lie behind the left and upper."
        )
    if x1 < -SLACK or y1 < -SLACK or x2 > width + SLACK or y2 > height + SLACK:
        raise ValueError(f"The box leaves the image, which is {width} × {height} pixels.")
    inside = clipped(bbox, width, height)
    if not (inside[0] < inside[2] and inside[1] < inside[3]):
        raise ValueError("Nothing of the box lies in the image.")
    return list(inside)


def category_of(said: Any) -> str:
    """Raises ValueError for what is no name of a category."""
    if not isinstance(said, str) or not 0 < len(said) <= 100 or "\0" in said:
        raise ValueError("The category is no name of up to 100 characters.")
    return said


def _named(box: Mapping[str, Any]) -> dict[str, str]:
    said = box.get("id")
    return {"id": said} if isinstance(said, str) and ID.fullmatch(said) else {}


def _once(boxes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A second box of one id gets another."""
    known: set[str] = set()
    for box in boxes:
        if box.get("id") in known:
            del box["id"]
        elif "id" in box:
            known.add(box["id"])
    return boxes


def _sizes(said: Sequence[int], real: Sequence[int]) -> str:
    sizes = f"It is said to have {said[0]} × {said[1]} pixels, and has {real[0]} × {real[1]}"
    if tuple(said) == tuple(real[::-1]):
        return f"{sizes} as it is seen: the camera lay on its side. Turn the picture upright by its EXIF before it is labeled, and send those labels."
    return f"{sizes}: the labels belong to another version of the picture. Send that, or labels for this one."


def natural(path: str) -> list[Any]:
    """Frame 2 before frame 10: the queue keeps the order in which images come."""
    return [
        (1, int(part), "") if part.isdigit() and part.isascii() else (0, 0, part)
        for part in re.split(r"(\d+)", path)
    ]


def place_of(path: str, folders: Collection[str] = FOLDERS) -> str:
    """The same for a picture and for the file with its boxes, wherever each kind has its folder."""
    parts = [part for part in path.rpartition(".")[0].split("/") if part.lower() not in folders]
    return "/".join(parts)


def pictures_of(stem: str) -> list[str]:
    """What a picture may be called of which only the stem is known."""
    endings = [ending for some in SUFFIXES.values() for ending in some]
    return [f"{stem}{ending}" for ending in (*endings, *map(str.upper, endings))]


def split_of(said: str) -> str:
    """Raises ValueError for what is no split."""
    try:
        return SPLITS[said.strip().lower()]
    except KeyError:
        raise ValueError(f"The split {said[:50]} is none of train, val and test.") from None


def video_time_of(said: Any) -> float:
    """Raises ValueError for what is no moment of a video."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= LONGEST_VIDEO:
        raise ValueError("The video_time is no number of seconds.")
    return float(said)
