"""Where files live: content-addressed keys in Django's default storage (a folder or S3)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.db import connection

INCOMING = (
    "incoming"  # the folder of files that are not whole yet; what lies there for long was left by a crash
)


def sync_folder(folder: Path) -> None:
    """Bring the names in `folder` to the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def move_in(part: Path, target: Path) -> None:
    """Name a flushed file. Its folder's own flush is the caller's, who may have many for one."""
    _in_folder(os.replace, part, target)


def link(part: Path, target: Path) -> None:
    """A second name for a file, if it is free: FileExistsError."""
    _in_folder(os.link, part, target)


def _in_folder(name: Callable[[Path, Path], None], part: Path, target: Path) -> None:
    try:
        name(part, target)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        sync_folder(target.parent.parent)
        name(part, target)


class DurableFileSystemStorage(FileSystemStorage):
    """Writes under the very name, atomically, and on disk before it returns.

    Our keys are content hashes or carry an attempt number, so that writing one again writes the same bytes:
    overwriting is safe and a renamed copy would be a leak.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        incoming = Path(self.location) / INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        part = incoming / f"{os.getpid()}.{os.urandom(8).hex()}.part"
        try:
            with open(part, "xb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fdatasync(file.fileno())
            move_in(part, target)
            sync_folder(target.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return name


def content_lock(sha256: str) -> None:
    """Until the transaction ends, nobody else stores or removes this content."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(sha256[:15], 16)])
