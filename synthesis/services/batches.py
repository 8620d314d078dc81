"""Batches: asked for, rendered in a worker, deleted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from rest_framework.exceptions import ValidationError

from labeling.errors import Conflict
from labeling.models import Image, Job, Project, User
from labeling.models.image import file_key
from labeling.services.categories import categories_held, category_today
from labeling.services.jobs import JobFailed, JobRun, job_create, room_or_failed
from labeling.storage import content_lock
from synthesis.models import SceneModel, SyntheticBatch, SyntheticImage, index_key, thumbnail_key
from synthesis.services.pictures import index_store, picture_store
from synthesis.services.scenemodels import custom_of
from vision import config as configs
from vision.scenes.boxes import labeled
from vision.scenes.catalog import BY_NAME, VERSION
from vision.scenes.config import SceneConfig
from vision.scenes.plan import Custom, Plan, plan_scene
from vision.scenes.render import BlenderMissing, Rendered, Renderer, RenderFailed, blender_command

TASK = "synthesis.tasks.batch_render"
MOST_SEED = 2**53 - 1  # as far as JavaScript counts
HOPELESS = 3  # failures in a row at the beginning: then nothing will come of it
KEPT = "The storage is full. The pictures that were rendered until then were kept."


def render_start(
    *, project: Project, by: User, count: int, seed: int, params: Mapping[str, Any]
) -> SyntheticBatch:
    """A batch of `count` renders from `seed` on. Raises ValidationError that names the field, and Conflict for too many jobs."""
    checked = params_checked(project=project, params=params)
    count_checked(count, seed)
    with transaction.atomic():
        job = job_create(
            project=project,
            kind=Job.Kind.RENDER,
            task=TASK,
            queue="default",
            by=by,
            params={"count": count, "seed": seed},
            total=count,
        )
        return SyntheticBatch.objects.create(
            job=job, project=project, generator=SyntheticBatch.Generator.BLENDER, count=count, seed=seed, params=checked,
            scenes_version=VERSION,
        )  # fmt: skip


def count_checked(count: int, seed: int) -> None:
    if not 1 <= count <= settings.MAX_BATCH_IMAGES:
        raise ValidationError({"count": [f"From 1 to {settings.MAX_BATCH_IMAGES:,} pictures at a time."]})
    if not 0 <= seed <= MOST_SEED - count:
        raise ValidationError({"seed": [f"A whole number from 0 to {MOST_SEED - count}."]})


def params_checked(*, project: Project, params: Mapping[str, Any]) -> dict[str, Any]:
    """{scene, mapping, weights, models} in full. Raises ValidationError."""
    if project.kind != Project.Kind.DETECTION:
        raise ValidationError(
            {"project": ["Scenes come with boxes: choose a project of the kind detection."]}
        )
    if unknown := params.keys() - {"scene", "mapping", "weights", "models"}:
        raise ValidationError(
            {"params": [f"Unknown: {sorted(unknown)[0]}. There are scene, mapping, weights, models."]}
        )
    try:
        scene = configs.parse(SceneConfig, _object(params, "scene"))
    except ValueError as error:
        field, _, reason = str(error).partition(": ")
        raise ValidationError({f"scene.{field}": [reason]}) from error
    models = _models(project, params.get("models", []))
    mapping = _mapping(project, _object(params, "mapping"))
    weights = _weights(_object(params, "weights"), {*BY_NAME, *(model.name for model in models)})
    if not mapping and not any(model.category_id for model in models):
        raise ValidationError(
            {"mapping": ["Say for at least one kind which category it is: else nothing would be labeled."]}
        )
    return {
        "scene": configs.to_json(scene),
        "mapping": mapping,
        "weights": weights,
        "models": [model.pk for model in models],
    }


def _object(params: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = params.get(name, {})
    if not isinstance(value, Mapping):
        raise ValidationError({name: ["An object is expected."]})
    return value


def _mapping(project: Project, said: Mapping[str, Any]) -> dict[str, str]:
    known = set(project.categories.values_list("name", flat=True))
    for kind, category in said.items():
        if kind not in BY_NAME:
            raise ValidationError({"mapping": [f"There is no kind {str(kind)[:50]}."]})
        if not isinstance(category, str) or category not in known:
            raise ValidationError(
                {
                    "mapping": [
                        f"The project has no category {str(category)[:100]}: add it in the settings first."
                    ]
                }
            )
    return dict(said)


def _weights(said: Mapping[str, Any], known: set[str]) -> dict[str, float]:
    for kind, weight in said.items():
        if kind not in known:
            raise ValidationError({"weights": [f"There is no kind {str(kind)[:50]}."]})
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 100:
            raise ValidationError({"weights": [f"{kind}: a number from 0 to 100 is expected."]})
    if known and all(said.get(kind, 1) == 0 for kind in known):
        raise ValidationError({"weights": ["At least one kind has to occur."]})
    return {kind: float(weight) for kind, weight in said.items()}


def _models(project: Project, said: Any) -> list[SceneModel]:
    if not isinstance(said, list) or not all(isinstance(pk, int) and not isinstance(pk, bool) for pk in said):
        raise ValidationError({"models": ["A list of ids is expected."]})
    found = list(
        SceneModel.objects.filter(project=project, pk__in=[pk for pk in said if 0 < pk < 2**63]).order_by(
            "pk"
        )
    )
    if len(found) != len(set(said)):
        raise ValidationError({"models": ["One of these models is not there any more."]})
    for model in found:
        if model.state != SceneModel.State.READY:
            raise ValidationError(
                {"models": [f"{model.name} cannot be used: {model.error or 'Blender has not read it yet'}."]}
            )
    return found


# --- in the worker -------------------------------------------------------------------------------------------------
def batch_render(*, run: JobRun) -> None:
    """What is missing of a batch, several Blenders at a time. A picture that cannot be rendered is reported, and the batch goes
    on; an attempt after a death begins behind what is stored."""
    batch = SyntheticBatch.objects.select_related("project").get(pk=run.job.pk)
    try:
        command = blender_command()
    except BlenderMissing as error:
        raise JobFailed(str(error)) from error
    known = set(batch.images.values_list("number", flat=True))
    waiting = [number for number in range(batch.count) if number not in known]
    run.progress(len(known))
    with room_or_failed(KEPT), ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="frameloop-models-")))
        scene = _Scene.of(batch, folder)
        processes = max(1, min(settings.RENDERERS, len(waiting)))
        renderers = [
            stack.enter_context(Renderer(command, threads=settings.RENDER_THREADS)) for _ in range(processes)
        ]
        failed, rendered = 0, len(known)
        for number, plan, said in _rendered(run, renderers, scene, waiting):
            if isinstance(said, RenderFailed):
                failed += 1
                _store_failure(run, batch, number, plan, str(said))
                if failed == HOPELESS and not rendered:
                    raise JobFailed(f"The first {HOPELESS} pictures could not be rendered. {said}")
            else:
                rendered += 1
                _store(run, batch, number, plan, said)
        _finished(run, batch)


class _Scene:
    """What all scenes of a batch have in common."""

    def __init__(
        self,
        config: SceneConfig,
        seed: int,
        kinds: list[str],
        weights: Mapping[str, float],
        custom: Sequence[Custom],
    ) -> None:
        self.config, self.seed, self.kinds, self.weights, self.custom = config, seed, kinds, weights, custom

    @classmethod
    def of(cls, batch: SyntheticBatch, folder: Path) -> _Scene:
        params = batch.params
        custom = custom_of(
            SceneModel.objects.filter(pk__in=params["models"], state=SceneModel.State.READY), folder
        )
        return cls(
            configs.parse(SceneConfig, params["scene"]), batch.seed, list(BY_NAME), params["weights"], custom
        )

    def plan(self, number: int) -> Plan:
        return plan_scene(
            self.seed + number, self.config, kinds=self.kinds, custom=self.custom, weights=self.weights
        )


def _rendered(
    run: JobRun, renderers: list[Renderer], scene: _Scene, waiting: Sequence[int]
) -> Iterator[tuple[int, Plan, Rendered | RenderFailed]]:
    """As they get ready. Raises Cancelled within a second, in the middle of a picture."""
    numbers, free = iter(waiting), list(renderers)
    busy: dict[Future[Rendered], tuple[int, Plan, Renderer]] = {}
    pool = ThreadPoolExecutor(len(renderers), thread_name_prefix="blender")
    try:
        while True:
            while free and (number := next(numbers, None)) is not None:
                renderer, plan = free.pop(), scene.plan(number)
                busy[pool.submit(renderer.render, plan)] = (number, plan, renderer)
            if not busy:
                return
            done, _ = wait(busy, timeout=1.0, return_when=FIRST_COMPLETED)
            run.check_cancelled()
            for future in done:
                number, plan, renderer = busy.pop(future)
                free.append(renderer)
                error = future.exception()
                if error is not None and not isinstance(error, RenderFailed):
                    raise error
                yield number, plan, error if error is not None else future.result()
    finally:
        for renderer in renderers:
            renderer.kill()  # whoever waits for it is told that it is gone
        pool.shutdown()


def _store(run: JobRun, batch: SyntheticBatch, number: int, plan: Plan, said: Rendered) -> None:
    kinds = {thing.number: thing.kind for thing in plan.things}
    mapping = {**batch.params["mapping"], **_own_categories(batch)}
    rows = labeled(said.seen, kinds, mapping, float(batch.params["scene"]["least_visible"]))
    mapped = sum(kinds.get(one.number) in mapping for one in said.seen)
    facts = picture_store(said.picture)
    index = index_store(said.index)
    boxes = [
        {
            "number": one.number, "kind": kinds[one.number], "category": category, "bbox": list(one.bbox), "visible": round(one.visible, 4),
        }
        for category, one in rows
    ]  # fmt: skip
    _row(
        run,
        batch,
        number,
        seed=plan.seed,
        boxes=boxes,
        hidden=mapped - len(rows),
        index_sha256=index,
        seconds=said.seconds,
        **facts,
    )


def _own_categories(batch: SyntheticBatch) -> dict[str, str]:
    models = SceneModel.objects.filter(pk__in=batch.params["models"], category__isnull=False)
    return dict(models.values_list("name", "category__name"))


def _store_failure(run: JobRun, batch: SyntheticBatch, number: int, plan: Plan, reason: str) -> None:
    run.error(f"picture {number + 1}", reason)
    _row(run, batch, number, seed=plan.seed, error=reason[:500])


def _row(run: JobRun, batch: SyntheticBatch, number: int, **values: Any) -> None:
    """One picture's row, as this attempt, or Superseded."""
    with transaction.atomic():
        SyntheticImage.objects.get_or_create(batch=batch, number=number, defaults=values)
        run.progress(batch.images.count())


def _finished(run: JobRun, batch: SyntheticBatch) -> None:
    rows = list(batch.images.values_list("error", "seconds"))
    good = [seconds for error, seconds in rows if not error]
    if rows and not good:
        raise JobFailed(f"None of the pictures could be rendered. {rows[0][0]}")
    run.write(result={
        "rendered": len(good), "failed": len(rows) - len(good), "seconds": round(sum(filter(None, good)) / max(1, len(good)), 2),
    })  # fmt: skip


# --- their end ------------------------------------------------------------------------------------------------------
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
