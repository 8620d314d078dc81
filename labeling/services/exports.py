"""Exports as jobs: a project's images and labels in a file, named by its content, kept for a week.

A lost worker's attempt begins again; the same data make the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, transaction
from django.utils import timezone

from labeling.formats import export_format
from labeling.formats.records import Export, Output, Record
from labeling.imagefiles import RejectedImage, strip_metadata
from labeling.models import Job, Project, User
from labeling.models.image import file_key
from labeling.models.matte import matte_key
from labeling.services.exportpages import NOTHING, frozen_pages, frozen_version, selected, selected_pages
from labeling.services.jobs import JobFailed, JobRun, job_create, room_or_failed
from labeling.storage import content_lock, move_in, sync_folder
from labeling.uploads import incoming_folder

KEPT = timedelta(days=7)
REPORT_SECONDS = 0.5
ALL_GONE = "No image of this dataset version is there any more."


def export_create(
    *, project: Project, by: User, format: str, images: bool, split: Sequence[str], status: Sequence[str],
    annotations: str, address: str, snapshot: str = "",
) -> Job:  # fmt: skip
    """A job that writes the selected images (all, where nothing is chosen) in a format, or those of the dataset version
    whose hash `snapshot` is, with the labels and splits that were frozen.

    `address` is where an image's file is found, with {id} in it. Raises ValueError where nothing is selected, and where
    there is no such version.
    """
    params = {
        "format": format, "images": images, "split": list(split), "status": list(status), "annotations": annotations,
        "address": address, "snapshot": snapshot,
    }  # fmt: skip
    if snapshot:
        frozen_version(project.pk, snapshot)
    elif not selected(project, params).exists():
        raise ValueError(NOTHING)
    return job_create(
        project=project, kind=Job.Kind.EXPORT, task="labeling.tasks.exports.export_run", queue="default", by=by, params=params,
    )  # fmt: skip


def export_run(*, run: JobRun) -> None:
    project, params = run.job.project, run.job.params
    kind = export_format(project.kind, params["format"])
    categories = [category.name for category in project.categories.all()]
    if frozen := params.get("snapshot"):  # jobs of before have none
        try:
            version = frozen_version(project.pk, frozen)
        except ValueError as error:
            raise JobFailed(str(error)) from error
        total, pages, categories = (
            version.count,
            frozen_pages(run, version, kind.reads),
            list(version.categories),
        )
    else:
        total = selected(project, params).count()
        pages = selected_pages(run.job, kind.reads)
    if not total:
        raise JobFailed(NOTHING)
    part = incoming_folder() / f"{os.urandom(12).hex()}.part"
    try:
        with room_or_failed("The storage is full: the export was not kept."):
            output = _output(run, part, categories)
            written, left = _write(run, kind(output), pages, total)
            if frozen and not written:
                raise JobFailed(ALL_GONE)
            sha256, size = _keep(part)
    finally:
        part.unlink(missing_ok=True)
    if left:
        output.notes.append(f"{left:,} of the selected images had no label and were left out.")
    result = _result(run, kind.suffix(params["images"]), sha256, size)
    run.write(result={**result, "images": written, "notes": output.notes})


def _result(run: JobRun, suffix: str, sha256: str, size: int) -> dict[str, Any]:
    format = run.job.params["format"]
    return {
        "url": f"/api/exports/{run.job.pk}/file/", "bytes": size, "sha256": sha256,
        "name": f"project-{run.job.project_id}-{format}-{sha256[:8]}.{suffix}",
    }  # fmt: skip


def _output(run: JobRun, part: Path, categories: list[str]) -> Output:
    project = run.job.project
    return Output(
        path=part,
        pictures=run.job.params["images"],
        categories=categories,
        attributes=attribute_names(project),
        address=run.job.params["address"],
        picture=lambda record: _picture(run, record),
        matte=lambda record, sha256: _matte(run, record, sha256),
        report=lambda record, reason: run.error(record.name, reason),
        kind=project.kind,
    )


def attribute_names(project: Project) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT jsonb_object_keys(attributes) AS name FROM labeling_image
               WHERE project_id = %s AND deleted_at IS NULL""",
            [project.pk],
        )
        return sorted(row[0] for row in cursor.fetchall())


def _write(run: JobRun, export: Export, pages: Iterator[list[Record]], total: int) -> tuple[int, int]:
    """How many images were written, and how many were left out for want of a label."""
    done, left, reported = 0, 0, time.monotonic()
    run.write(total=total)
    for records in pages:
        for record in records:
            if record.labels or not export.labeled_only:
                export.add(record)
            else:
                left += 1
            done += 1
            if time.monotonic() - reported > REPORT_SECONDS:  # a page of cut-outs takes minutes
                run.check_cancelled()
                run.progress(done, total=max(done, total))
                reported = time.monotonic()
    run.check_cancelled()
    export.close()
    run.progress(done, total=max(done, total))
    return done - left, left


def _picture(run: JobRun, record: Record) -> bytes | None:
    """The file as it is served: without what the camera wrote beside the picture."""
    try:
        with default_storage.open(file_key(record.sha256)) as file:
            return strip_metadata(file.read(), record.kind, record.orientation)
    except FileNotFoundError:
        run.error(record.name, "The file is missing from the storage.")
    except RejectedImage as error:
        run.error(record.name, str(error))
    return None


def _matte(run: JobRun, record: Record, sha256: str) -> bytes | None:
    try:
        with default_storage.open(matte_key(sha256)) as file:
            return bytes(file.read())
    except FileNotFoundError:
        run.error(record.name, "The file of its matte is missing from the storage.")
    return None


def export_key(sha256: str) -> str:
    return f"exports/{sha256[:2]}/{sha256}"


def _keep(part: Path) -> tuple[str, int]:
    """Into the storage, under its hash and for good; its hash and size."""
    with open(part, "rb+") as file:
        sha256, size = hashlib.file_digest(file, "sha256").hexdigest(), part.stat().st_size
        with transaction.atomic():
            content_lock(sha256)
            if isinstance(default_storage, FileSystemStorage):
                os.fdatasync(file.fileno())
                target = Path(default_storage.path(export_key(sha256)))
                move_in(part, target)
                sync_folder(target.parent)
            else:
                file.seek(0)
                default_storage.save(export_key(sha256), File(file))
    return sha256, size


def exports_forget() -> int:
    """Remove the files that were made over a week ago (beat). How many were removed."""
    forgotten = 0
    made = Job.objects.filter(kind=Job.Kind.EXPORT, result__has_key="sha256")
    for job in made.filter(finished__lt=timezone.now() - KEPT).exclude(result__has_key="forgotten"):
        sha256 = job.result["sha256"] if job.result else ""
        with transaction.atomic():
            content_lock(sha256)
            Job.objects.filter(pk=job.pk).update(result={**(job.result or {}), "forgotten": True})
            if not made.filter(result__sha256=sha256).exclude(result__has_key="forgotten").exists():
                default_storage.delete(export_key(sha256))
                forgotten += 1
    return forgotten
