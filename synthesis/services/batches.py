"""Batches as they are looked at, and deleted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from labeling.errors import Conflict
from labeling.models import Image, Job
from labeling.models.image import file_key
from labeling.services.categories import categories_held, category_today
from labeling.storage import content_lock
from synthesis.models import SyntheticBatch, SyntheticImage, index_key, thumbnail_key


def batch_delete(*, batch: SyntheticBatch) -> None:
    """With its pictures and the translations made of them; what was brought into the project stays. Raises Conflict while it is
    at work."""
    family = [batch, *SyntheticBatch.objects.filter(source=batch).select_related("job")]
    if any(one.job.state not in Job.FINISHED for one in family):
        raise Conflict("It is still at work: cancel it first.")
    ids = [one.pk for one in family]
    files = list(SyntheticImage.objects.filter(batch__in=ids, error="").values_list("sha256", "index_sha256"))
    with transaction.atomic():
        Job.objects.filter(pk__in=ids).delete()  # and with it the batches and their rows
        for sha256, index in files:  # no file goes before the last row that names it
            transaction.on_commit(partial(_forget, sha256, index))


def _forget(sha256: str, index: str) -> None:
    """The files that nothing names any more."""
    with transaction.atomic():
        content_lock(sha256)
        if not SyntheticImage.objects.filter(sha256=sha256).exists():
            default_storage.delete(thumbnail_key(sha256))
            if not Image.objects.filter(sha256=sha256).exists():
                default_storage.delete(file_key(sha256))
        if index and not SyntheticImage.objects.filter(index_sha256=index).exists():
            default_storage.delete(index_key(index))


def seconds_left(batch: SyntheticBatch, job: Job) -> float | None:
    """By what the pictures took so far; None where nothing can be said."""
    if job.state != Job.State.RUNNING or not job.started or not 0 < job.done < batch.count:
        return None
    return (time.time() - job.started.timestamp()) / job.done * (batch.count - job.done)


def categories_today(project_id: int, names: Sequence[str]) -> dict[str, str | None]:
    """What a picture's categories are called by now; None for one that is no more."""
    known = categories_held(project_id=project_id)
    return {name: category_today(project_id=project_id, categories=known, name=name) for name in names}
