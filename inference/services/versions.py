"""Model versions: registered, promoted, archived."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from inference.models import ModelVersion
from labeling.errors import Conflict
from labeling.models import Project, User
from vision.base import BrokenCheckpoint, checkpoint_files, checkpoint_sha256


def version_register(
    *,
    project: Project,
    model: str,
    checkpoint: Path,
    sha256: str,
    config: dict[str, Any],
    snapshot: str = "",
    by: User | None = None,
) -> ModelVersion:
    """A finished checkpoint as the project's next candidate. Raises BrokenCheckpoint when it is not what `sha256` says."""
    if checkpoint_sha256(checkpoint) != sha256:
        raise BrokenCheckpoint("the checkpoint has changed since it was written")
    folder = f"checkpoints/{sha256}"
    for file in checkpoint_files(checkpoint):
        with open(file, "rb") as content:
            default_storage.save(f"{folder}/{file.name}", File(content))
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)  # one number each
        last = ModelVersion.objects.filter(project=project, model=model).aggregate(last=Max("number"))["last"]
        return ModelVersion.objects.create(
            project=project, model=model, number=(last or 0) + 1, weights=folder, weights_sha256=sha256, config=config,
            snapshot=snapshot, created_by=by,
        )  # fmt: skip


def version_archive(*, version: ModelVersion) -> ModelVersion:
    with transaction.atomic():
        version = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if version.stage == ModelVersion.Stage.PRODUCTION:
            raise Conflict("This version is in production: promote another one first.")
        version.stage = ModelVersion.Stage.ARCHIVED
        version.save(update_fields=["stage"])
    return version


def version_set_production(*, version: ModelVersion) -> ModelVersion | None:
    """Put a version into production, in the place of the project's present one, which is returned and archived.

    A project asks one model: versions of its other models leave production too. What the version has said already
    shows in the queue at once; the rest is pre-labeled by a job.
    """
    from inference.services.prelabel import prelabel_start

    with transaction.atomic():
        Project.objects.select_for_update().get(pk=version.project_id)
        before = production_version(version.project_id)
        if before and before.pk == version.pk:
            return None
        ModelVersion.objects.filter(
            project_id=version.project_id, stage=ModelVersion.Stage.PRODUCTION
        ).update(stage=ModelVersion.Stage.ARCHIVED)
        version.stage, version.promoted_at = ModelVersion.Stage.PRODUCTION, timezone.now()
        version.save(update_fields=["stage", "promoted_at"])
        queue_show(version=version)
        prelabel_start(version=version, by=None, status="unlabeled")
    return before


def production_version(project_id: int) -> ModelVersion | None:
    rows = ModelVersion.objects.select_related("project")
    return rows.filter(project_id=project_id, stage=ModelVersion.Stage.PRODUCTION).first()


def queue_show(*, version: ModelVersion) -> None:
    """Make the queue rows say what this version has said, and nothing where it has not spoken yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_queueitem q SET score = p.score, uncertainty = p.uncertainty,
                   prediction = CASE WHEN p.result IS NULL THEN NULL ELSE jsonb_build_object('id', p.id,
                       'model_version', %(version)s::bigint, 'number', %(number)s::int, 'model', %(model)s::text,
                       'score', p.score, 'uncertainty', p.uncertainty, 'result', p.result) END
               FROM labeling_queueitem o
               LEFT JOIN inference_prediction p ON p.image_id = o.image_id AND p.model_version_id = %(version)s
               WHERE o.image_id = q.image_id AND q.project_id = %(project)s
                 AND (p.id IS NOT NULL OR q.prediction IS NOT NULL)""",
            {
                "version": version.pk,
                "number": version.number,
                "model": version.model,
                "project": version.project_id,
            },
        )
