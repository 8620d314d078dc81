"""Batches of renders: asked for, and made in a worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import transaction

from labeling.models import Job, Project, User
from labeling.services.jobs import JobFailed, JobRun, job_create, room_or_failed
from synthesis.models import SceneModel, SyntheticBatch, SyntheticImage
from synthesis.services.params import count_checked, params_checked
from synthesis.services.pictures import index_store, picture_store
from synthesis.services.scenemodels import custom_of
from vision import config as configs
from vision.scenes.boxes import labeled
from vision.scenes.catalog import BY_NAME, VERSION
from vision.scenes.config import SceneConfig
from vision.scenes.plan import Custom, Plan, plan_scene
from vision.scenes.render import BlenderMissing, Rendered, Renderer, RenderFailed, blender_command

TASK = "synthesis.tasks.batch_render"
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
