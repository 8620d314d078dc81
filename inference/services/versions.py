"""Model versions: registered, promoted, archived."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from inference.models import ModelVersion
from inference.services.prelabel import ORDERS, prelabel_start
from inference.services.results import queue_show, queue_show_first
from labeling.access import ROLE
from labeling.errors import Conflict
from labeling.models import Project, User
from labeling.services.categories import names_since, project_names_since
from vision import registry
from vision.base import CONFIG, BrokenCheckpoint, Checkpoint, checkpoint_files, checkpoint_sha256
from vision.config import to_json

SHOWN_AT_ONCE = 500  # of the queue's rows: as long as they are locked, nobody gets them


def version_register(
    *,
    project: Project,
    model: str,
    checkpoint: Path,
    sha256: str,
    config: dict[str, Any],
    snapshot: str = "",
    by: User | None = None,
    learned_at: datetime | None = None,
) -> ModelVersion:
    """A finished checkpoint as the project's next candidate. Raises BrokenCheckpoint when it is not what `sha256` says.

    `learned_at` says of when the category names are that it learned; now, where nothing is said.
    """
    if checkpoint_sha256(checkpoint) != sha256:
        raise BrokenCheckpoint("the checkpoint has changed since it was written")
    folder = f"checkpoints/{sha256}"
    for file in checkpoint_files(checkpoint):
        with open(file, "rb") as content:
            default_storage.save(f"{folder}/{file.name}", File(content))
    with transaction.atomic():
        Project.objects.lock(pk=project.pk)  # one number each
        last = ModelVersion.objects.filter(project=project, model=model).aggregate(last=Max("number"))["last"]
        return ModelVersion.objects.create(
            project=project, model=model, number=(last or 0) + 1, weights=folder, weights_sha256=sha256, config=config,
            snapshot=snapshot, created_by=by, learned_at=learned_at or timezone.now(),
        )  # fmt: skip


def version_make(
    *, project: Project, model: str, config: dict[str, Any], by: User | None
) -> tuple[ModelVersion, bool]:
    """A candidate of a model that is made of its config alone, and whether it is new: the same one again is the
    version that is there. Raises ValidationError that names the field."""
    with transaction.atomic():
        Project.objects.lock(pk=project.pk)  # whose categories stay as they are meanwhile
        chosen = _checked(project, model, config)
        categories = list(registry.categories_named(chosen).values())
        with TemporaryDirectory(prefix="frameloop-version-") as folder:
            description = {"model": model, "categories": categories, "config": to_json(chosen)}
            (Path(folder) / CONFIG).write_text(json.dumps(description, indent=1))
            checkpoint = Checkpoint.at(Path(folder))
            for known in ModelVersion.objects.filter(
                project=project, model=model, weights_sha256=checkpoint.sha256
            ).order_by("-number"):
                changed = project_names_since(project_id=project.pk, when=known.learned_at)
                if not changed.keys() & set(
                    categories
                ):  # else its names are those of other categories by now
                    return known, False
            version = version_register(
                project=project, model=model, checkpoint=checkpoint.path, sha256=checkpoint.sha256, config=description, by=by
            )  # fmt: skip
    return version, True


def _checked(project: Project, model: str, config: dict[str, Any]) -> Any:
    names = list(project.categories.values_list("name", flat=True))
    try:
        if registry.entry(model).kind != project.kind:
            raise ValueError(f"model: {model} does not serve {project.kind}")
        if registry.entry(model).trainer:
            raise ValueError(f"model: {model} learns from labels: train it")
        chosen = registry.parse_config(model, config)
        for field, name in registry.categories_named(chosen).items():
            if name not in names:
                raise ValueError(f"{field}: the project has no category {name}; there are {', '.join(names)}")
    except ValueError as error:
        field, _, reason = str(error).partition(": ")
        raise ValidationError({field: [reason or str(error)]}) from error
    return chosen


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
    of the images that come next shows at once; a job rewrites the rest of the queue and pre-labels what is missing.
    A generator takes the place of its own model's alone: it says nothing of images.
    """
    if version.model in registry.GENERATORS:
        return _generator_set_production(version)
    with transaction.atomic():
        Project.objects.lock(pk=version.project_id)
        before = production_version(version.project_id)
        if before and before.pk == version.pk:
            return None
        ModelVersion.objects.asked().filter(project_id=version.project_id).update(
            stage=ModelVersion.Stage.ARCHIVED
        )
        version.stage, version.promoted_at = ModelVersion.Stage.PRODUCTION, timezone.now()
        version.save(update_fields=["stage", "promoted_at"])
        queue_show_first(version=version, key=ORDERS[version.project.sampling], limit=SHOWN_AT_ONCE)
        rest = queue_show(version=version, limit=SHOWN_AT_ONCE)
        prelabel_start(version=version, by=None, status="unlabeled", automatic=True, show_after=rest)
    return before


def _generator_set_production(version: ModelVersion) -> ModelVersion | None:
    with transaction.atomic():
        Project.objects.lock(pk=version.project_id)
        before = generator_in_production(version)
        if before and before.pk == version.pk:
            return None
        ModelVersion.objects.filter(
            project_id=version.project_id, model=version.model, stage=ModelVersion.Stage.PRODUCTION
        ).update(stage=ModelVersion.Stage.ARCHIVED)
        version.stage, version.promoted_at = ModelVersion.Stage.PRODUCTION, timezone.now()
        version.save(update_fields=["stage", "promoted_at"])
    return before


def names_changed(*, project_id: int) -> None:
    """Categories were renamed or merged: what the queue shows next says so at once, a job rewrites the rest."""
    version = production_version(project_id)
    if version is None:
        return
    queue_show_first(version=version, key=ORDERS[version.project.sampling], limit=SHOWN_AT_ONCE)
    with transaction.atomic():
        rest = queue_show(version=version, limit=SHOWN_AT_ONCE)
        prelabel_start(version=version, by=None, status="unlabeled", automatic=True, show_after=rest)


def version_to_ask(
    *, user: User, version_id: int | None = None, project_id: int | None = None
) -> ModelVersion | None:
    """The version, or the project's one in production, with no more of it than a prediction needs; None for a stranger,
    and where there is none. One statement: programs ask for thousands of predictions."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT v.id, v.model, v.number, v.weights, v.weights_sha256, p.settings, p.kind,
                       (SELECT jsonb_agg(c.names ORDER BY c.id) FROM labeling_categorychange c
                        WHERE c.project_id = p.id AND c.created > v.learned_at)
                FROM inference_modelversion v JOIN labeling_project p ON p.id = v.project_id
                WHERE (v.id = %(version)s::bigint
                       OR v.project_id = %(project)s::bigint AND v.stage = 'production' AND v.model <> ALL(%(generators)s))
                  AND p.deleted_at IS NULL AND {ROLE} IS NOT NULL""",
            {
                "version": version_id,
                "project": project_id,
                "staff": user.is_staff,
                "user": user.pk,
                "generators": list(registry.GENERATORS),
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    pk, model, number, weights, sha256, options, kind, changes = row
    project = Project(settings=json.loads(options), kind=kind)
    version = ModelVersion(
        pk=pk, model=model, number=number, weights=weights, weights_sha256=sha256, project=project
    )
    version.names_at_hand = names_since(json.loads(changes)) if changes else {}
    return version


def production_version(project_id: int) -> ModelVersion | None:
    """The one that pre-labels and answers."""
    return ModelVersion.objects.asked().filter(project_id=project_id).select_related("project").first()


def generator_in_production(version: ModelVersion) -> ModelVersion | None:
    """Of the same model."""
    rows = ModelVersion.objects.select_related("project").filter(
        project_id=version.project_id, model=version.model
    )
    return rows.filter(stage=ModelVersion.Stage.PRODUCTION).first()
