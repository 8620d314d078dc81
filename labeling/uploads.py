"""Uploads on their way in: each file is hashed as it arrives, and goes to disk before it takes much memory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage

from labeling.storage import INCOMING, link, move_in


@lru_cache(maxsize=4)
def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def incoming_folder() -> Path:
    """Beside the stored files, so that a finished one is moved in and not copied."""
    root = (
        Path(default_storage.location)
        if isinstance(default_storage, FileSystemStorage)
        else Path(tempfile.gettempdir())
    )
    return _made(root / INCOMING)


IN_MEMORY = 1024 * 1024  # of one file; a larger one goes to disk as it arrives
IN_MEMORY_TOGETHER = 32 * 1024 * 1024  # of one request


@dataclass
class Incoming:
    """A file that has arrived: in memory while it is small, for then its only trip to the disk is the last one.
    `too_large`: its content was dropped on the way."""

    name: str
    limit: int = IN_MEMORY
    largest: int = field(default_factory=lambda: settings.MAX_IMAGE_BYTES)
    size: int = 0
    too_large: bool = False
    parts: list[bytes] = field(default_factory=list)
    hash: Any = field(default_factory=hashlib.sha256)
    path: Path | None = None
    file: IO[bytes] | None = None

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.largest:
            self.too_large = True
            self.discard()
            return
        self.hash.update(data)
        if self.file is None and self.size <= self.limit:
            self.parts.append(data)
            return
        if self.file is None:
            self._spill()
        assert self.file
        self.file.write(data)

    def _spill(self) -> None:
        path = incoming_folder() / f"{os.urandom(12).hex()}.part"
        self.file = open(path, "xb", buffering=0)
        self.path = path
        self.file.write(b"".join(self.parts))
        self.parts = []

    @property
    def sha256(self) -> str:
        return str(self.hash.hexdigest())

    def content(self) -> bytes:
        return self.path.read_bytes() if self.path else b"".join(self.parts)

    def place(self, target: Path) -> None:
        """Under its name, and on its way to the disk: `settle` waits for it. The folder's own flush is the caller's.

        The name is taken only where it is free. What stands there may be another row's, and gives way to a file that
        is whole on the disk and to no other.
        """
        if self.path is None:
            self._spill()
        assert self.path
        self.file = self.file or open(self.path, "rb")
        try:
            link(self.path, target)
            os.posix_fadvise(self.file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # starts it
            self.path.unlink()
        except OSError:  # taken, or links are not known here
            os.fdatasync(self.file.fileno())
            move_in(self.path, target)
        self.path = None

    def settle(self) -> None:
        """Wait until what was placed is on the disk. The first of many that were placed together waits for most."""
        assert self.file
        os.fdatasync(self.file.fileno())
        self.close()

    def close(self) -> None:
        """All of it is here. A request of a thousand files must not hold a thousand of them open."""
        if self.file:
            self.file.close()
            self.file = None

    def discard(self) -> None:
        """Forget it; what was moved to its place stays."""
        self.parts = []
        self.close()
        if self.path:
            self.path.unlink(missing_ok=True)
            self.path = None


class Receiver:
    """Takes the files of one request. Whoever makes it calls `discard` when the answer is ready, however it ended."""

    def __init__(self, largest: int) -> None:
        self.largest = largest  # bytes of one file
        self.together = 0  # bytes of this request in memory
        self.files: list[Incoming] = []
        # The disk is full, say: what came until then is not all that was sent.
        self.failure: OSError | None = None

    def open(self, name: str) -> Incoming:
        room = max(0, IN_MEMORY_TOGETHER - self.together)
        incoming = Incoming(name, limit=min(IN_MEMORY, room), largest=self.largest)
        self.files.append(incoming)
        return incoming

    def write(self, incoming: Incoming, data: bytes) -> None:
        if self.failure is None:
            try:
                incoming.write(data)
            except OSError as error:
                self.failure = error

    def complete(self, incoming: Incoming) -> None:
        if incoming.path is None:
            self.together += incoming.size
        incoming.close()

    def discard(self) -> None:
        """Forget whatever was not moved to its place."""
        for incoming in self.files:
            incoming.discard()
