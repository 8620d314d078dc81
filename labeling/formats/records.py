"""An image with its labels, as formats see it, and the ZIP that some of them write."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Protocol

SUFFIXES = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",), "WEBP": (".webp",)}
NOT_IN_NAMES = dict.fromkeys(
    [*range(32), 127, *map(ord, '<>:"|?*/\\')], "_"
)  # some systems could not unpack them
QUICK = 1  # of zlib: a fifth larger, in a quarter of the time
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(slots=True)  # frozen ones take five times as long to make
class Label:
    uuid: str
    result: Mapping[str, Any]
    author: str
    origin: str
    lead_time_ms: int | None
    created: datetime
    regions: Sequence[Mapping[str, Any]] = ()  # where each of its parts came from


@dataclass(frozen=True)
class Predicted:
    version: str
    result: Mapping[str, Any]
    score: float | None


@dataclass(slots=True)
class Record:
    """What of an image goes out. Width and height are of the upright picture."""

    id: int
    sha256: str
    name: str
    kind: str  # JPEG, PNG, WEBP
    orientation: int
    width: int
    height: int
    split: str
    group: str
    source: str
    source_url: str
    video_time: float | None
    status: str
    attributes: dict[str, Any]
    labels: Sequence[Label]
    predicted: Predicted | None


@dataclass
class Output:
    """Where an export goes, and what all of its records have in common."""

    path: Path
    pictures: bool
    categories: Sequence[str]
    attributes: Sequence[str]  # the names that any image has
    address: str  # of an image's file, with {id} in it
    picture: Callable[[Record], bytes | None]  # None: it is missing, which has been reported
    matte: Callable[[Record, str], bytes | None]  # of that SHA-256, the same way
    report: Callable[[Record, str], None]  # why an image is left out
    kind: str = "classification"  # of the project
    notes: list[str] = field(default_factory=list)  # what the format has to say beside


class Export(Protocol):
    labeled_only: bool  # it has no place for an image without a label, and is given none
    reads: frozenset[str]  # of what is costly: predictions, and where each region came from (regions)

    def __init__(self, output: Output) -> None: ...

    @staticmethod
    def suffix(pictures: bool) -> str: ...

    def add(self, record: Record) -> None: ...

    def close(self) -> None: ...


@dataclass
class Bundle:
    """A ZIP of any size that has the same bytes whenever it has the same content."""

    path: Path
    _zip: zipfile.ZipFile = field(init=False)
    _taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED, compresslevel=QUICK)

    def name(self, folder: str, record: Record, *, stems: bool = False) -> str:
        """A name that no other picture has, on systems too that do not tell `A` from `a`. With `stems` no other has
        it in any folder, nor with another ending: files about pictures are found by it."""
        stem, dot, suffix = record.name.translate(NOT_IN_NAMES).rpartition(".")
        if not stem or f"{dot}{suffix}".lower() not in SUFFIXES[record.kind]:
            stem, suffix = f"{stem}{dot}{suffix}", SUFFIXES[record.kind][0][1:]
        number, path = 1, f"{folder}/{stem}.{suffix}"
        while (name := _stem(path) if stems else path.lower()) in self._taken:
            number += 1
            path = f"{folder}/{stem}-{number}.{suffix}"
        self._taken.add(name)
        return path

    def add_picture(self, path: str, data: bytes) -> None:
        """As it is: pictures are compressed already."""
        self._zip.writestr(self._info(path, zipfile.ZIP_STORED), data)

    def add_text(self, path: str, *files: IO[bytes]) -> None:
        """One text, of what the files hold one after the other."""
        # Opened by its name, the member has the archive's own level of compression; one of a ZipInfo has the slow one.
        with self._zip.open(path, "w", force_zip64=True) as member:
            for file in files:
                file.seek(0)
                shutil.copyfileobj(file, member, 1024 * 1024)
        plain, info = self._info(path, zipfile.ZIP_DEFLATED), self._zip.getinfo(path)
        info.external_attr, info.create_system = plain.external_attr, plain.create_system

    def add_short(self, path: str, text: str) -> None:
        self._zip.writestr(self._info(path, zipfile.ZIP_STORED), text.encode())

    def _info(self, path: str, method: int) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(path, EPOCH)
        info.compress_type, info.external_attr, info.create_system = method, 0o644 << 16, 3
        return info

    def close(self) -> None:
        self._zip.close()


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0].lower()


def beside(path: Path) -> IO[bytes]:
    """A file for what has to wait until the pictures are written; gone when it is closed."""
    return TemporaryFile(dir=path.parent)
