"""Somebody's own models for scenes: taken in, read by Blender in a worker, put at hand for a batch."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from rest_framework.exceptions import ValidationError

from labeling.enqueue import INTERACTIVE, enqueue
from labeling.errors import NO_ROOM, Conflict, StorageFull
from labeling.models import Category, Project, User
from labeling.storage import content_lock
from synthesis.models import SceneModel, scene_model_key
from vision.scenes.catalog import BY_NAME
from vision.scenes.modelfiles import MOST_TRIANGLES, BadModel, model_checked
from vision.scenes.plan import Custom
from vision.scenes.render import BlenderMissing, Renderer, RenderFailed

TASK = "synthesis.tasks.scene_model_read"
HEIGHT = (0.01, 1.0)  # metres
READ_SECONDS = 120.0


def scene_model_create(
    *,
    project: Project,
    by: User,
    name: str,
    category: Category | None,
    height: float,
    file_name: str,
    data: bytes,
) -> SceneModel:
    """Raises ValidationError for what is no model, or a name that is taken; Conflict for too many; StorageFull."""
    name = name.strip()
    if not name or name in BY_NAME:
        raise ValidationError({"name": ["A name of its own is expected, and none of the catalog's."]})
    if not HEIGHT[0] <= height <= HEIGHT[1]:  # NaN fails, too
        raise ValidationError({"height": [f"Metres, from {HEIGHT[0]} to {HEIGHT[1]}."]})
    try:
        suffix, kept = model_checked(file_name, data)
    except BadModel as error:
        raise ValidationError({"file": [str(error)]}) from error
    sha256 = hashlib.sha256(kept).hexdigest()
    with transaction.atomic():
        Project.objects.lock(pk=project.pk)
        if SceneModel.objects.filter(project=project).count() >= settings.MAX_SCENE_MODELS:
            raise Conflict(f"A project has at most {settings.MAX_SCENE_MODELS} models: delete some.")
        if SceneModel.objects.filter(project=project, name=name).exists():
            raise ValidationError({"name": ["There is a model of this name already."]})
        content_lock(sha256)  # one that is deleted meanwhile does not take the file away
        _keep(scene_model_key(sha256, suffix), kept)
        model = SceneModel.objects.create(
            project=project,
            name=name,
            category=category,
            sha256=sha256,
            suffix=suffix,
            bytes=len(kept),
            height=height,
            created_by=by,
        )
        enqueue(TASK, model.pk, priority=INTERACTIVE)
    return model


def _keep(key: str, data: bytes) -> None:
    """Raises StorageFull."""
    try:
        if not default_storage.exists(key):
            default_storage.save(key, ContentFile(data))
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull from error
        raise


def scene_model_read(*, model_id: int) -> None:
    """Have Blender read it, once; what it cannot read is never used. Idempotent."""
    model = SceneModel.objects.filter(pk=model_id, state=SceneModel.State.PENDING).first()
    if model is None:
        return
    values: dict[str, object]
    try:
        with (
            Renderer(seconds=READ_SECONDS) as renderer,
            TemporaryDirectory(prefix="frameloop-model-") as folder,
        ):
            (width, depth, height), triangles = renderer.inspect(_at_hand(model, Path(folder)))
        if triangles > MOST_TRIANGLES:
            raise RenderFailed(f"It has {triangles:,} triangles: reduce it to {MOST_TRIANGLES:,}.")
        scale = model.height / height
        values = {
            "state": SceneModel.State.READY,
            "width": width * scale,
            "depth": depth * scale,
            "triangles": triangles,
        }
    except (BlenderMissing, RenderFailed) as error:
        values = {"state": SceneModel.State.FAILED, "error": str(error)[:500]}
    except FileNotFoundError:
        values = {
            "state": SceneModel.State.FAILED,
            "error": "Its file is missing from the storage: upload it again.",
        }
    SceneModel.objects.filter(pk=model.pk).update(**values)


def scene_model_delete(*, model: SceneModel) -> None:
    """Batches that were made with it stay as they are."""
    with transaction.atomic():
        model.delete()
        transaction.on_commit(partial(_forget, model.sha256, model.suffix))


def _forget(sha256: str, suffix: str) -> None:
    """The file that no model names any more."""
    with transaction.atomic():
        content_lock(sha256)
        if not SceneModel.objects.filter(sha256=sha256, suffix=suffix).exists():
            default_storage.delete(scene_model_key(sha256, suffix))


def custom_of(models: Iterable[SceneModel], folder: Path) -> list[Custom]:
    """As a plan takes them, their files in `folder` or where they are stored."""
    found = []
    for model in models:
        assert model.width and model.depth
        found.append(Custom(model.name, str(_at_hand(model, folder)), model.height, model.width, model.depth))
    return found


def _at_hand(model: SceneModel, folder: Path) -> Path:
    target = folder / f"{model.pk}{model.suffix}"
    with default_storage.open(model.file_key) as source, open(target, "wb") as file:
        shutil.copyfileobj(source, file)
    return target
