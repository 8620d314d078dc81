"""Videos and archives on their way in: stored once, read by jobs, forgotten after a week without use."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.utils import timezone

from labeling.errors import NO_ROOM, StorageFull
from labeling.imagefiles import clean_name
from labeling.models import ImportFile, Job, Project, User
from labeling.services.jobs import JobFailed
from labeling.storage import content_lock, sync_folder
from labeling.uploads import Incoming

KEPT = timedelta(days=7)


def importfile_create(*, project: Project, by: User, incoming: Incoming) -> ImportFile:
    """Keep an uploaded video or archive. The same content is kept once: sending it again finds it."""
    with transaction.atomic():
        content_lock(incoming.sha256)
        file, created = ImportFile.objects.update_or_create(
            project=project, sha256=incoming.sha256,
            defaults={"used": timezone.now()},
            create_defaults={
                "name": clean_name(incoming.name), "bytes": incoming.size, "created_by": by, "used": timezone.now(),
            },
        )  # fmt: skip
        # A machine that died while it was forgotten may have left its row.
        if created or not default_storage.exists(file.key):
            try:
                _store(file.key, incoming)
            except OSError as error:
                if error.errno in NO_ROOM:
                    _forget_half(file)
                    raise StorageFull from error
                raise
    return file


def _forget_half(file: ImportFile) -> None:
    """Its row goes with the transaction. What came of it would take up the room that others need, unless it is theirs."""
    if not ImportFile.objects.filter(sha256=file.sha256).exclude(pk=file.pk).exists():
        default_storage.delete(file.key)


def _store(key: str, incoming: Incoming) -> None:
    if isinstance(default_storage, FileSystemStorage):
        target = Path(default_storage.path(key))
        incoming.place(target)
        incoming.settle()
        sync_folder(target.parent)
    elif incoming.path is None:
        default_storage.save(key, ContentFile(incoming.content()))
    else:
        with open(incoming.path, "rb") as file:
            default_storage.save(key, File(file))


@contextmanager
def importfile_opened(*, pk: int) -> Iterator[Path]:
    """The file on this machine's disk, as long as the block runs. Raises JobFailed when it is there no longer."""
    file = ImportFile.objects.filter(pk=pk).first()
    if file is None:
        raise JobFailed("The uploaded file is kept no longer: upload it again.")
    ImportFile.objects.filter(pk=pk).update(used=timezone.now())
    if isinstance(default_storage, FileSystemStorage):
        yield Path(default_storage.path(file.key))
        return
    with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix) as copy:
        with default_storage.open(file.key) as stored:
            shutil.copyfileobj(stored, copy, 1024 * 1024)
        copy.flush()
        yield Path(copy.name)


def importfiles_forget() -> int:
    """Remove what nobody has used for a week and no job waits for (beat). How many were removed."""
    waiting = Job.objects.exclude(state__in=Job.FINISHED).filter(params__has_key="file")
    named = {job.params["file"] for job in waiting.only("params")}
    forgotten = 0
    for file in ImportFile.objects.filter(used__lt=timezone.now() - KEPT).exclude(pk__in=named):
        with transaction.atomic():
            content_lock(file.sha256)
            _forget_previews(file)
            file.delete()
            if not ImportFile.objects.filter(sha256=file.sha256).exists():
                default_storage.delete(file.key)
        forgotten += 1
    return forgotten


def preview_key(job_id: int, number: int) -> str:
    """Where a picture of what an import would take is kept, as long as the file itself."""
    return f"previews/{job_id}/{number}.jpg"


def _forget_previews(file: ImportFile) -> None:
    for job in Job.objects.filter(project=file.project_id, kind=Job.Kind.PREVIEW, params__file=file.pk):
        for number in range(len((job.result or {}).get("samples", []))):
            default_storage.delete(preview_key(job.pk, number))
