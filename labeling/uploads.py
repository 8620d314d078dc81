"""Uploads on their way in: each file streamed to disk and hashed as it arrives, so that memory stays flat."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

INCOMING = "incoming"


def incoming_folder() -> Path:
    """Beside the stored files, so that a finished one is moved in and not copied."""
    root = (
        Path(default_storage.location)
        if isinstance(default_storage, FileSystemStorage)
        else Path(tempfile.gettempdir())
    )
    folder = root / INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Incoming:
    """A file that has arrived. `too_large`: its content was dropped on the way."""

    name: str
    path: Path
    file: IO[bytes]
    hash: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    too_large: bool = False

    @classmethod
    def begin(cls, name: str) -> Incoming:
        number, path = tempfile.mkstemp(dir=incoming_folder(), suffix=".part")
        return cls(name, Path(path), os.fdopen(number, "wb", buffering=0))

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > settings.MAX_IMAGE_BYTES:
            self.too_large = True
            self.file.truncate(0)
            return
        self.file.write(data)
        self.hash.update(data)

    @property
    def sha256(self) -> str:
        return self.hash.hexdigest()

    def discard(self) -> None:
        self.file.close()
        self.path.unlink(missing_ok=True)


class IncomingFile(UploadedFile):
    """What a view finds in request.FILES."""

    def __init__(self, incoming: Incoming, field_name: str) -> None:
        self.incoming = incoming
        super().__init__(None, incoming.name, "application/octet-stream", incoming.size)

    def close(self) -> None:
        """The service closes; Django calls this at the end of every request, when the file has long moved on."""


class IncomingHandler(FileUploadHandler):
    chunk_size = 1024 * 1024

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.incoming = Incoming.begin(self.file_name or "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            self.incoming.write(raw_data)
        except OSError as error:  # a full disk
            self.incoming.discard()
            raise StopUpload(connection_reset=True) from error

    def file_complete(self, file_size: int) -> IncomingFile:
        return IncomingFile(self.incoming, self.field_name or "")

    def upload_interrupted(self) -> None:
        if incoming := getattr(self, "incoming", None):
            incoming.discard()
