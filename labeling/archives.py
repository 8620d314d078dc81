"""ZIP archives from outside. Nothing is unpacked by name: a member is read where it is wanted, within its limits."""

from __future__ import annotations

import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings

from labeling.uploads import Incoming

MEMBERS = 200_000
DIRECTORY_BYTES = 32 * 1024**2  # of the list of members, which is read at once
TABLE_BYTES = 128 * 1024**2  # of what is read at once and held in memory
STREAMED_BYTES = 1024**3  # of a table or JSON that is read bit by bit: four million boxes
UNPACKED = 8  # times the largest archive that may be sent: together, by what the members say of themselves
RATIO, RATIO_FROM = 200, 1024**2  # no picture and no table of a megabyte shrinks that far
UTF8 = 0x800  # the flag of a name that is written in it
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
CHUNK = 256 * 1024
DAMAGED = "It is damaged in the archive."
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
PASSED_OVER = re.compile(r"(^|/)(__MACOSX/|\.)|(^|/)(Thumbs\.db|desktop\.ini)$")


class BadArchive(ValueError):
    """The message is the reason, for the person who sent it."""


class Archive:
    """`paths` are the members that may be read, in their order; `refused` says why others may not."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive
        self._members: dict[str, zipfile.ZipInfo] = {}
        self.refused: list[tuple[str, str]] = []
        members = archive.infolist()
        if len(members) > MEMBERS:
            raise BadArchive(f"The archive holds more than {MEMBERS:,} files: send it in parts.")
        if sum(member.file_size for member in members) > UNPACKED * settings.MAX_IMPORT_BYTES:
            raise BadArchive("Unpacked, the archive would be larger than an import may be: send it in parts.")
        for member in members:
            self._admit(member)
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        for path in self._members:
            self._by_name[PurePosixPath(path).name.lower()].append(path)

    def _admit(self, member: zipfile.ZipInfo) -> None:
        name = _name(member)
        shown = "".join(c for c in name if unicodedata.category(c)[0] != "C")[:255] or "?"
        if member.is_dir():
            return
        if reason := _refusal(member, name):
            self.refused.append((shown, reason))
            return
        if PASSED_OVER.search(name):
            return
        path = unicodedata.normalize("NFC", name)
        if path in self._members:
            self.refused.append((shown, "The name comes twice in the archive."))
            return
        self._members[path] = member

    @property
    def paths(self) -> list[str]:
        return list(self._members)

    def find(self, path: str, folder: str = "") -> str | None:
        """The member that a table in `folder` means: by its path from there or from the top, or else by as much of
        the end of its path as is said, if only one ends so."""
        path = unicodedata.normalize("NFC", path.replace("\\", "/")).removeprefix("./").lstrip("/")
        for candidate in (f"{folder}/{path}" if folder else path, path):
            if candidate in self._members:
                return candidate
        same = self._by_name.get(PurePosixPath(path).name.lower(), [])
        ends = [found for found in same if f"/{found}".lower().endswith(f"/{path}".lower())]
        return ends[0] if len(ends) == 1 else None

    def size(self, path: str) -> int:
        return self._members[path].file_size

    def read(self, path: str, largest: int = TABLE_BYTES) -> bytes:
        """All of a member. Raises BadArchive."""
        if self.size(path) > largest:
            raise BadArchive(f"{path} is larger than {largest // 1024**2} MB: send it in parts.")
        return b"".join(self._chunks(path))

    def head(self, path: str) -> bytes:
        """The first megabyte of a member. Raises BadArchive."""
        with self.opened(path, self.size(path)) as member:
            return member.read(1024**2)

    def incoming(self, path: str) -> Incoming:
        """A member as an arrived file, whose path is its name. Raises BadArchive."""
        incoming = Incoming(path)
        try:
            for chunk in self._chunks(path):
                incoming.write(chunk)
                if incoming.too_large:
                    break
        except BaseException:
            incoming.discard()
            raise
        incoming.close()
        return incoming

    @contextmanager
    def opened(self, path: str, largest: int = STREAMED_BYTES) -> Iterator[IO[bytes]]:
        """A member, to be read bit by bit. Raises BadArchive."""
        if self.size(path) > largest:
            raise BadArchive(f"{path} is larger than {largest // 1024**2} MB: send it in parts.")
        try:
            member = self._zip.open(self._members[path])
        except (*DAMAGES, RuntimeError, ValueError) as error:
            raise BadArchive(DAMAGED) from error
        with member:
            try:
                yield member
            except DAMAGES as error:
                raise BadArchive(DAMAGED) from error

    def _chunks(self, path: str) -> Iterator[bytes]:
        with self.opened(path, self.size(path)) as member:
            while chunk := member.read(CHUNK):
                yield chunk


def _name(member: zipfile.ZipInfo) -> str:
    """As it is written, to its end. Many packers write UTF-8 and do not say so; what can be read as that is."""
    if not member.flag_bits & UTF8:
        with suppress(UnicodeError):
            return member.orig_filename.encode("cp437").decode()
    return member.orig_filename


def _refusal(member: zipfile.ZipInfo, name: str) -> str:
    """Why a member is not read; empty if it is."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    parts = name.replace("\\", "/").split("/")
    if "\0" in name or name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name):
        return "Its name leads out of the archive."
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in name):
        return "Its name holds characters that cannot be seen."
    if kind not in (0, stat.S_IFREG):
        return "It is no file but a link or a device."
    if member.flag_bits & 0x1:
        return "It is encrypted: send the archive without a password."
    if member.compress_type not in METHODS:
        return "It is compressed in a way that is not read here: use the usual one (deflate)."
    if member.file_size > RATIO_FROM and member.file_size > RATIO * max(1, member.compress_size):
        return "It would unpack to more than two hundred times its size."
    return ""


class _Guarded(io.BufferedReader):
    """A file whose reader is not taken in by what it says of its directory's size."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > DIRECTORY_BYTES:
            raise BadArchive("The list of the archive's files is too long: send it in parts.")
        return super().read(size)


def is_archive(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextmanager
def archive_opened(path: Path) -> Iterator[Archive]:
    with _Guarded(io.FileIO(path)) as file:
        try:
            opened = zipfile.ZipFile(file)
        except BadArchive:
            raise
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
            raise BadArchive("The archive is damaged: make it again.") from error
        with opened:
            yield Archive(opened)
