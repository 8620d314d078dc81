"""Training runs: asked for by a manager or by the project's threshold, carried out by the training worker."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from rest_framework.exceptions import ValidationError

from labeling.errors import Conflict
from labeling.models import Annotation, Job, Project, User
from labeling.services.jobs import job_create
from labeling.services.splits import BY_HAND
from training.models import Snapshot, TrainingRun
from training.services.domains import domains_freeze
from training.services.snapshots import snapshot_freeze
from vision.registry import GENERATORS, entry, parse_config

logger = logging.getLogger(__name__)
TASK = "training.tasks.run_train"
DEFAULT_MODEL = {
    Project.Kind.CLASSIFICATION: "two_stage",
    Project.Kind.DETECTION: "yolo",
    Project.Kind.MATTING: "unet_matting",
}
LEAST = 4  # training images


def run_start(
    *,
    project: Project,
    by: User | None,
    model: str,
    params: dict[str, Any],
    snapshot: Snapshot | None = None,
    automatic: bool = False,
) -> TrainingRun:
    """Freeze the data (or take a frozen set), and queue a run over it.

    Raises ValidationError for a model or parameters that are not there, Conflict when there is too little to learn
    from, or too much is being trained.
    """
    try:
        generates = model in GENERATORS
        if entry(model).kind != project.kind and not (generates and project.kind == Project.Kind.DETECTION):
            raise ValueError(f"model: {model} does not serve {project.kind}")
        if not entry(model).trainer:
            raise ValueError(f"model: {model} is not trained: add one on the Models page")
        config = parse_config(model, params)
        if snapshot and bool(snapshot.domains) != generates:
            raise ValueError(f"snapshot: {model} does not learn from such a set")
    except ValueError as error:
        field, _, reason = str(error).partition(": ")
        raise ValidationError({field: [reason or str(error)]}) from error
    with transaction.atomic():
        Project.objects.lock(pk=project.pk)
        active = TrainingRun.objects.filter(
            project=project, job__state__in=[Job.State.QUEUED, Job.State.RUNNING]
        ).count()
        if active >= settings.MAX_ACTIVE_RUNS:
            raise Conflict(
                f"{active} runs of this project are waiting or training: let one end, or cancel it."
            )
        try:
            if generates:
                snapshot = snapshot or domains_freeze(project=project, by=by, photographs=config.photographs)
            else:
                snapshot = snapshot or snapshot_freeze(project=project, by=by)
        except ValueError as error:
            raise Conflict(str(error)) from error
        if generates:
            _refuse_too_few_pictures(snapshot, translates=entry(model).translates)
        else:
            _refuse_too_little(snapshot, project.kind)
        job = job_create(
            project=project,
            kind=Job.Kind.TRAINING,
            task=TASK,
            queue="training",
            by=by,
            params={"model": model, **params},
        )
        return TrainingRun.objects.create(
            job=job, project=project, model=model, params=params, snapshot=snapshot, automatic=automatic
        )


def _refuse_too_few_pictures(snapshot: Snapshot, *, translates: bool) -> None:
    source, target = (snapshot.domains.get(name, {}).get("train", 0) for name in ("source", "target"))
    if translates and source < LEAST:
        raise Conflict(f"Only {source} renders to learn from: render a batch first.")
    if target < LEAST:
        raise Conflict(f"Only {target} photographs to be like: label more, or take all photographs.")


def _refuse_too_little(snapshot: Snapshot, kind: str) -> None:
    train, images = snapshot.splits.get("train", {}), snapshot.images.get("train", 0)
    if kind == Project.Kind.CLASSIFICATION and len(train) < 2:
        raise Conflict("The training images show fewer than two categories: label images of another one.")
    if not train and kind == Project.Kind.DETECTION:
        raise Conflict("The training images show no box: draw some.")
    if images < LEAST:
        raise Conflict(f"Only {images} images to learn from: label more.")
    if not snapshot.splits.get("test"):
        raise Conflict(
            "No labeled image is held out, so nothing could be measured: label images of another group or other minutes of "
            f"the video, or {BY_HAND}."
        )  # fmt: skip


def runs_start_due() -> int:
    """Start a run wherever the project's threshold of new labels is reached. Called by beat."""
    started = 0
    for project in Project.objects.alive().filter(train_after__gt=0):
        try:
            with (
                transaction.atomic()
            ):  # beat's message may come twice: the second one waits here, and finds the run
                Project.objects.lock(pk=project.pk)
                started += _start_if_due(project)
        except (Conflict, ValidationError) as error:
            # Too little to learn from yet, or a model that is no more: it is not this task's to mend, nor to stumble over.
            logger.info("project %s starts no run: %s", project.pk, type(error).__name__)
    return started


def _start_if_due(project: Project) -> bool:
    """Call while holding the project's lock."""
    runs = TrainingRun.objects.filter(project=project).exclude(model__in=GENERATORS)
    if runs.filter(job__state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
        return False
    last = runs.order_by("-job_id").select_related("job").first()
    labels = Annotation.objects.counting().filter(project=project)
    if last:
        labels = labels.filter(created__gt=last.job.created)
    if labels.count() < project.train_after:
        return False
    model, params = (last.model, last.params) if last else (DEFAULT_MODEL[Project.Kind(project.kind)], {})
    run_start(project=project, by=None, model=model, params=params, automatic=True)
    return True
