"""Imports that ended before their time, and go on where they ended."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from labeling.errors import Conflict
from labeling.models import ImportFile, Job
from labeling.services.jobs import LOST, job_resume

TASKS = {
    f"labeling.tasks.imports.import_{way}_run" for way in ("urls", "page", "archive", "video")
}  # those that begin behind what their job's result tells of


def is_resumable(job: Job) -> bool:
    """Whether there is more to come of a job that ended: not of one that found nothing to begin with."""
    if job.task not in TASKS:
        return False
    if job.state == Job.State.FAILED:
        died = bool(job.errors) and job.errors[-1]["item"] == LOST
        return (died or job.result is not None) and _has_file(job)
    return job.state == Job.State.CANCELLED and _has_file(job)


def _has_file(job: Job) -> bool:
    return "file" not in job.params or ImportFile.objects.filter(pk=job.params["file"]).exists()


def import_resume(*, job: Job) -> None:
    """Go on with it; one that waits, runs or has succeeded is left as it is. Raises Conflict."""
    if job.task not in TASKS:
        raise Conflict("Only imports can be gone on with; begin this anew instead.")
    with transaction.atomic():
        if job.state in (Job.State.FAILED, Job.State.CANCELLED):
            _check(job)
        elif job.state != Job.State.SUCCEEDED and job.cancel_requested:
            raise Conflict("The import is being cancelled: go on with it when it has ended.")
        job_resume(job=job)


def _check(job: Job) -> None:
    """Keeps its file for another week."""
    file = job.params.get("file")
    if file is not None and not ImportFile.objects.filter(pk=file).update(used=timezone.now()):
        raise Conflict("The uploaded file is kept no longer: upload it again. What it brought is here.")
    if not is_resumable(job):
        raise Conflict("The import ended before it brought anything: begin it anew.")
