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
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from labeling.storage import INCOMING, move_in


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
    size: int = 0
    too_large: bool = False
    parts: list[bytes] = field(default_factory=list)
    hash: Any = field(default_factory=hashlib.sha256)
    path: Path | None = None
    file: IO[bytes] | None = None

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > settings.MAX_IMAGE_BYTES:
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

    def move(self, target: Path) -> None:
        """To its place, for good: written, flushed, named. The folder's own flush is the caller's."""
        if self.path is None:
            self._spill()
        assert self.path
        with self.file or open(self.path, "rb") as file:
            os.fdatasync(file.fileno())
        move_in(self.path, target)
        self.path = self.file = None

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


class IncomingFile(UploadedFile):
    """What a view finds in request.FILES."""

    def __init__(self, incoming: Incoming, field_name: str) -> None:
        self.incoming = incoming
        super().__init__(None, incoming.name, "application/octet-stream", incoming.size)

    def close(self) -> None:
        """The service closes; Django calls this at the end of every request, when the file has long moved on."""


class IncomingHandler(FileUploadHandler):
    """Takes the files of one request. Whoever gives it to a request calls `discard` when the answer is ready, however
    the request ended."""

    chunk_size = 1024 * 1024

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.together = 0  # bytes of this request in memory
        self.files: list[Incoming] = []
        self.failure: OSError | None = (
            None  # the disk is full, say: what came until then is not all that was sent
        )

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        room = max(0, IN_MEMORY_TOGETHER - self.together)
        self.incoming = Incoming(self.file_name or "", limit=min(IN_MEMORY, room))
        self.files.append(self.incoming)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            self.incoming.write(raw_data)
        except OSError as error:
            self.failure = error
            raise StopUpload(connection_reset=False) from error  # read to its end, or no answer would arrive

    def file_complete(self, file_size: int) -> IncomingFile:
        if self.incoming.path is None:
            self.together += self.incoming.size
        self.incoming.close()
        return IncomingFile(self.incoming, self.field_name or "")

    def upload_interrupted(self) -> None:
        self.incoming.discard()

    def discard(self) -> None:
        """Forget whatever was not moved to its place."""
        for incoming in self.files:
            incoming.discard()
