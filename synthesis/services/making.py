"""Pictures that generators make: new ones of a StyleGAN2, and translations of a batch of renders. A chain of tasks of under a second
each in the inference worker, which has models loaded and lets people's calls in between."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef
from rest_framework.exceptions import ValidationError

from inference.models import ModelVersion
from inference.services.serving import predictor_for
from labeling.enqueue import NORMAL, enqueue
from labeling.errors import Conflict
from labeling.models import Job, Project, User
from labeling.services.jobs import MAX_ERRORS, JobFailed, JobRun, job_create, room_or_failed
from synthesis.models import SyntheticBatch, SyntheticImage
from synthesis.services.params import count_checked
from synthesis.services.pictures import picture_store
from vision.base import BrokenCheckpoint
from vision.registry import entry
from vision.results import GeneratedImage

if TYPE_CHECKING:
    from vision.base import RGBImage

TASK = "synthesis.tasks.batch_make_chunk"
SECONDS = 0.8  # of work a task
AHEAD = 64  # pictures, which is more than are made in that time
KEPT = "The storage is full. The pictures that were made until then were kept."


def generate_start(
    *, project: Project, by: User, version: ModelVersion, count: int, seed: int
) -> SyntheticBatch:
    """New pictures of a StyleGAN2, without labels. Raises ValidationError."""
    if version.model != SyntheticBatch.Generator.STYLEGAN2:
        raise ValidationError(
            {
                "model_version": [
                    f"{version.model} {version.number} makes no new pictures: choose a stylegan2."
                ]
            }
        )
    count_checked(count, seed)
    return _begin(project, by, version, SyntheticBatch.Generator.STYLEGAN2, count, seed, None)


def translate_start(*, batch: SyntheticBatch, by: User, version: ModelVersion) -> SyntheticBatch:
    """Every picture of a batch of renders as the version translates it. Raises ValidationError, and Conflict where there is none."""
    if not entry(version.model).translates:
        raise ValidationError(
            {
                "model_version": [
                    f"{version.model} {version.number} translates no pictures: choose a pix2pix or a cyclegan."
                ]
            }
        )
    if batch.generator != SyntheticBatch.Generator.BLENDER:
        raise Conflict("Only renders are translated: choose a batch of these.")
    if batch.job.state not in Job.FINISHED:
        raise Conflict("The batch is still being rendered: wait for its end, or cancel it.")
    count = batch.images.filter(error="").count()
    if not count:
        raise Conflict("The batch has no picture that could be translated.")
    return _begin(batch.project, by, version, SyntheticBatch.Generator.TRANSLATION, count, batch.seed, batch)


def _begin(
    project: Project,
    by: User,
    version: ModelVersion,
    generator: str,
    count: int,
    seed: int,
    source: SyntheticBatch | None,
) -> SyntheticBatch:
    with transaction.atomic():
        job = job_create(
            project=project, kind=Job.Kind.SYNTHESIS, task=TASK, queue="inference", by=by, total=count,
            params={"model_version": version.pk, "count": count, "seed": seed, "source": source.pk if source else None},
        )  # fmt: skip
        return SyntheticBatch.objects.create(
            job=job,
            project=project,
            generator=generator,
            count=count,
            seed=seed,
            model_version=version,
            source=source,
        )


# --- in the worker -------------------------------------------------------------------------------------------------
def batch_make_chunk(*, run: JobRun, step: int) -> None:
    """One task of the chain: make pictures for under a second, store them, and send the next one."""
    if run.cancelled():
        run.finish(Job.State.CANCELLED)
        return
    batch = SyntheticBatch.objects.select_related("project", "source", "model_version__project").get(
        pk=run.job.pk
    )
    version = batch.model_version
    if version is None:
        raise JobFailed("The model's version was deleted.")
    made, failed = 0, []
    with room_or_failed(KEPT):
        try:
            maker = _Translating(batch, version) if batch.source_id else _Generating(batch, version)
        except BrokenCheckpoint as error:
            raise JobFailed(str(error)) from error
        end, rows = time.monotonic() + SECONDS, list[SyntheticImage]()
        for number in maker.waiting():
            if rows and time.monotonic() > end:
                break
            rows.append(maker.make(number))
        made = sum(not row.error for row in rows)
        failed = [{"item": f"picture {row.number + 1}", "reason": row.error} for row in rows if row.error]
    if not rows:
        _finish(run, batch)
        return
    errors = [*run.job.errors, *failed][:MAX_ERRORS]
    with transaction.atomic():
        if run.advance(step, done=run.job.done + made + len(failed), errors=errors):
            SyntheticImage.objects.bulk_create(rows, ignore_conflicts=True)
            enqueue(TASK, run.job.pk, run.attempt, step + 1, queue="inference", priority=NORMAL)


def _finish(run: JobRun, batch: SyntheticBatch) -> None:
    rows = list(batch.images.all())
    good = [row for row in rows if not row.error]
    if rows and not good:
        raise JobFailed(f"None of the pictures could be made. {rows[0].error}")
    flagged = sum(1 for row in good if row.flagged)
    run.finish(
        Job.State.SUCCEEDED,
        done=len(rows),
        result={"made": len(good), "failed": len(rows) - len(good), "flagged": flagged},
    )


class _Generating:
    def __init__(self, batch: SyntheticBatch, version: ModelVersion) -> None:
        self.batch, self.predictor = batch, predictor_for(version)

    def waiting(self) -> Sequence[int]:
        known = set(self.batch.images.values_list("number", flat=True))
        return [number for number in range(self.batch.count) if number not in known]

    def make(self, number: int) -> SyntheticImage:
        begun, seed = time.perf_counter(), self.batch.seed + number
        from vision.images import png

        (made,) = self.predictor.generate([seed])  # type: ignore[attr-defined]
        return SyntheticImage(
            batch=self.batch, number=number, seed=seed, seconds=round(time.perf_counter() - begun, 3), **picture_store(png(made))
        )  # fmt: skip


class _Translating:
    def __init__(self, batch: SyntheticBatch, version: ModelVersion) -> None:
        self.batch, self.predictor = batch, predictor_for(version)

    def waiting(self) -> Sequence[int]:
        """Those that come next: their boxes are read, and a batch has thousands of them."""
        made = SyntheticImage.objects.filter(batch=self.batch, source=OuterRef("pk"))
        sources = SyntheticImage.objects.filter(~Exists(made), batch=self.batch.source_id, error="").order_by(
            "number"
        )
        self.sources = {source.number: source for source in sources[:AHEAD]}
        return list(self.sources)

    def make(self, number: int) -> SyntheticImage:
        from vision.images import UnreadableImage, png, read_rgb
        from vision.scenes.drift import drifts

        source = self.sources[number]
        row = SyntheticImage(batch=self.batch, number=number, seed=source.seed, source=source)
        begun = time.perf_counter()
        try:
            with default_storage.open(source.file_key) as file:
                before = read_rgb(file.read())
        except (FileNotFoundError, UnreadableImage) as error:
            row.error = f"The render cannot be read: {error}"[:500]
            return row
        (result,) = self.predictor.predict([before])
        assert isinstance(result, GeneratedImage)
        after: RGBImage = result.image
        found = drifts(before, after, [tuple(box["bbox"]) for box in source.boxes])
        row.boxes = [
            {
                **box, "shift": [round(side, 1) for side in drift.shift], "kept": round(drift.kept, 3), "flag": drift.flag,
            }
            for box, drift in zip(source.boxes, found, strict=True)
        ]  # fmt: skip
        row.hidden, row.index_sha256 = source.hidden, source.index_sha256
        for name, value in picture_store(png(after)).items():
            setattr(row, name, value)
        row.seconds = round(time.perf_counter() - begun, 3)
        return row


def described(version: ModelVersion | None) -> dict[str, Any] | None:
    return {"id": version.pk, "model": version.model, "number": version.number} if version else None
