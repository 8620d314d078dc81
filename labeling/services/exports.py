"""Exports as jobs: a project's images and labels in a file, named by its content, kept for a week.

Images are read a page at a time, by their ids: what comes or changes meanwhile may or may not be in the file, and no
long snapshot holds up the tables that people label in. A lost worker's attempt begins again; the same data make the
same bytes.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, transaction
from django.utils import timezone

from labeling.formats import export_format
from labeling.formats.records import Export, Label, Output, Predicted, Record
from labeling.imagefiles import RejectedImage, strip_metadata
from labeling.models import Annotation, Image, Job, Project, User
from labeling.models.image import file_key
from labeling.services.jobs import JobFailed, JobRun, job_create, room_or_failed
from labeling.storage import content_lock, move_in, sync_folder
from labeling.uploads import incoming_folder

KEPT = timedelta(days=7)
PAGE = 1000
COLUMNS = (  # of a Record, in its order
    "id", "sha256", "name", "format", "orientation", "width", "height", "split", "group", "source", "source_url", "video_time",
    "queue__status", "attributes", "queue__prediction",
)  # fmt: skip
NOTHING = "No image is selected: choose other splits or states, or import images first."


def export_create(
    *, project: Project, by: User, format: str, images: bool, split: Sequence[str], status: Sequence[str],
    annotations: str, address: str,
) -> Job:  # fmt: skip
    """A job that writes the selected images (all, where nothing is chosen) in a format.

    `address` is where an image's file is found, with {id} in it. Raises ValueError where nothing is selected.
    """
    params = {
        "format": format, "images": images, "split": list(split), "status": list(status), "annotations": annotations,
        "address": address,
    }  # fmt: skip
    if not selected(project, params).exists():
        raise ValueError(NOTHING)
    return job_create(
        project=project, kind=Job.Kind.EXPORT, task="labeling.tasks.exports.export_run", queue="default", by=by, params=params,
    )  # fmt: skip


def selected(project: Project, params: dict[str, Any]) -> Any:
    images = Image.objects.filter(project=project).alive()
    if params["split"]:
        images = images.filter(split__in=["" if split == "none" else split for split in params["split"]])
    if params["status"]:
        images = images.filter(queue__status__in=params["status"])
    return images


def export_run(*, run: JobRun) -> None:
    project, params = run.job.project, run.job.params
    if not (total := selected(project, params).count()):
        raise JobFailed(NOTHING)
    run.write(total=total)
    kind = export_format(project.kind, params["format"])
    suffix = kind.suffix(params["images"])
    part = incoming_folder() / f"{os.urandom(12).hex()}.part"
    try:
        with room_or_failed("The storage is full: the export was not kept."):
            _write(run, kind(_output(run, part)))
            sha256, size = _keep(part)
    finally:
        part.unlink(missing_ok=True)
    run.write(
        result={
            "url": f"/api/exports/{run.job.pk}/file/", "bytes": size, "sha256": sha256,
            "name": f"project-{project.pk}-{params['format']}-{sha256[:8]}.{suffix}", "images": run.job.done,
        },
    )  # fmt: skip


def _output(run: JobRun, part: Path) -> Output:
    project = run.job.project
    return Output(
        path=part,
        pictures=run.job.params["images"],
        categories=[category.name for category in project.categories.all()],
        attributes=attribute_names(project),
        address=run.job.params["address"],
        picture=lambda record: _picture(run, record),
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


def _write(run: JobRun, export: Export) -> None:
    done = 0
    for records in _pages(run):
        run.check_cancelled()
        for record in records:
            export.add(record)
        done += len(records)
        run.progress(done, total=max(done, run.job.total))
    export.close()
    run.job.done = done


def _pages(run: JobRun) -> Iterator[list[Record]]:
    """Rows, not objects: of what a table holds, those cost the most."""
    images, last = selected(run.job.project, run.job.params).order_by("id").values_list(*COLUMNS), 0
    while page := list(images.filter(id__gt=last)[:PAGE]):
        labels = _labels([row[0] for row in page], newest=run.job.params["annotations"] == "newest")
        yield [_record(row, labels[row[0]]) for row in page]
        last = page[-1][0]


def _labels(images: list[int], *, newest: bool) -> dict[int, list[Label]]:
    """Those that count, oldest first; with `newest` the last one alone."""
    found: defaultdict[int, list[Label]] = defaultdict(list)
    rows = Annotation.objects.counting().filter(image__in=images)
    for image, uuid, result, author, origin, lead_time_ms, created, regions in rows.order_by(
        "created", "uuid"
    ).values_list(
        "image", "uuid", "result", "author__username", "origin", "lead_time_ms", "created", "regions"
    ):
        label = Label(str(uuid), result, author or "", origin, lead_time_ms, created, regions)
        found[image] = [label] if newest else [*found[image], label]
    return found


def _record(row: Any, labels: list[Label]) -> Record:
    *about, said = row
    return Record(*about, labels, _predicted(said))  # type: ignore[call-arg]  # `about` is all that stands before


def _predicted(said: dict[str, Any] | None) -> Predicted | None:
    if said and (said["result"].get("category") or "boxes" in said["result"]):
        return Predicted(f"{said['model']} {said['number']}", said["result"], said["score"])
    return None


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
