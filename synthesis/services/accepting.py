"""Made pictures into their project: as images to learn from and never to be measured on, with their boxes as labels of a render."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.core.files.storage import default_storage
from rest_framework.exceptions import ValidationError

from labeling.errors import Conflict
from labeling.formats.items import Item
from labeling.models import Annotation, Image, Job, User
from labeling.services.images import Arrivals, Origin, images_create
from labeling.services.importlabels import labels_import
from labeling.services.jobs import JobRun, job_create, room_or_failed
from labeling.uploads import Incoming
from synthesis.models import SyntheticBatch, SyntheticImage

TASK = "synthesis.tasks.batch_accept"
AT_ONCE = 50
KEPT = "The storage is full. What was brought until then was kept."


def accept_start(
    *, batch: SyntheticBatch, by: User, images: Sequence[int] | None = None, flagged: bool = False
) -> Job:
    """A job that brings these pictures of the batch, or all that are sound: those of which a thing has moved or vanished in
    translation only with `flagged`, or by name. Raises ValidationError, and Conflict where there is none."""
    rows = batch.images.filter(error="")
    if images is not None:
        chosen = list(rows.filter(pk__in=[pk for pk in images if pk < 2**63]).values_list("pk", flat=True))
        if len(chosen) != len(set(images)):
            raise ValidationError(
                {"images": ["One of these pictures is not in the batch, or could not be made."]}
            )
    else:
        chosen = [row.pk for row in rows if flagged or not row.flagged]
    if not chosen:
        raise Conflict("There is no picture to bring: choose some, or take the flagged ones, too.")
    return job_create(
        project=batch.project, kind=Job.Kind.IMPORT, task=TASK, queue="default", by=by, total=len(chosen),
        params={"batch": batch.pk, "images": sorted(chosen)},
    )  # fmt: skip


def batch_accept(*, run: JobRun) -> None:
    """Idempotent: what is there already stays as it is, and a label that people have given, too."""
    batch = SyntheticBatch.objects.select_related("project", "model_version").get(pk=run.job.params["batch"])
    counts: Counter[str] = Counter()
    rows = (
        batch.images.filter(pk__in=run.job.params["images"], error="")
        .select_related("source")
        .order_by("number")
    )
    with room_or_failed(KEPT):
        every = list(rows)
        for start in range(0, len(every), AT_ONCE):
            run.check_cancelled()
            counts += _brought(run, batch, every[start : start + AT_ONCE])
            run.progress(
                min(len(every), start + AT_ONCE),
                result={"created": 0, "labeled": 0, "duplicates": 0, **counts},
            )


def _brought(run: JobRun, batch: SyntheticBatch, rows: list[SyntheticImage]) -> Counter[str]:
    arrivals, ids = _images(run, batch, rows)
    counts = Counter(created=len(arrivals.created), duplicates=len(arrivals.duplicates))
    for rejected in arrivals.rejected:
        run.error(rejected["name"], rejected["reason"])
    for row in rows:
        if row.sha256 in ids:
            SyntheticImage.objects.filter(pk=row.pk).update(image=ids[row.sha256])
            if row.source and row.source.image_id:
                Image.objects.filter(pk=ids[row.sha256], parent=None).update(parent=row.source.image_id)
    if batch.generator == SyntheticBatch.Generator.STYLEGAN2:
        return counts  # to be labeled in the queue
    items = [
        (ids[row.sha256], row, Item(name=f"{row.number}", labels=[{"boxes": row.boxes}]))
        for row in rows
        if row.sha256 in ids
    ]
    results = {
        id(item): [{"boxes": [{"category": box["category"], "bbox": box["bbox"]} for box in row.boxes]}]
        for _, row, item in items
    }
    outcome = labels_import(
        project=batch.project, by=run.job.created_by, rows=[(pk, item) for pk, _, item in items], results=results,
        digest=hashlib.sha256(f"batch {batch.pk}".encode()).hexdigest(), origin=Annotation.Origin.RENDER,
    )  # fmt: skip
    for conflict in outcome.conflicts:
        run.error(f"picture {int(conflict['item']) + 1}", conflict["reason"])
    counts["labeled"] += outcome.counts["labeled"]
    return counts


def _images(
    run: JobRun, batch: SyntheticBatch, rows: Sequence[SyntheticImage]
) -> tuple[Arrivals, dict[str, int]]:
    """Their rows in the project; {sha256: id} of those that are there now."""
    files, origins = [], []
    for row in rows:
        file = Incoming(name_of(batch, row))
        try:
            with default_storage.open(row.file_key) as stored:
                file.write(stored.read())
            file.close()
        except FileNotFoundError:
            run.error(name_of(batch, row), "Its file is missing from the storage.")
            continue
        files.append(file)
        origins.append(Origin(attributes=_attributes(batch, row), split=Image.Split.TRAIN))
    translated = batch.generator == SyntheticBatch.Generator.TRANSLATION
    arrivals = images_create(
        project=batch.project, files=files, origins=origins, group=f"synthetic {batch.source_id or batch.pk}",
        source=Image.Source.TRANSLATED if translated else Image.Source.RENDER,
    )  # fmt: skip
    known = Image.objects.filter(project=batch.project, sha256__in=[row.sha256 for row in rows])
    return arrivals, dict(known.values_list("sha256", "pk"))


def name_of(batch: SyntheticBatch, row: SyntheticImage) -> str:
    """The translation of a render has its name, and who made it, so that neither hides the other in an export."""
    stem = f"scene-{batch.source_id or batch.pk}-{row.number + 1:04}"
    if batch.model_version:
        stem += f"-{batch.model_version.model}-{batch.model_version.number}"
    return f"{stem}.png"


def _attributes(batch: SyntheticBatch, row: SyntheticImage) -> dict[str, Any]:
    made_by = (
        f"{batch.model_version.model} {batch.model_version.number}" if batch.model_version else "blender"
    )
    return {"generator": made_by, "seed": row.seed, "batch": batch.pk}
