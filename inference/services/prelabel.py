"""Pre-labeling: what a model version says of many images, as a chain of tasks of under a second each.

The chain lets other jobs in between, and a lost worker costs a second of work. At most one prediction stands for an
image and version; an image that fails is recorded with its error and holds up nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from django.db import connection, transaction

from inference.models import ModelVersion, Prediction
from inference.services.predicting import BATCH, predict_carefully, predict_images, predict_known
from inference.services.results import Said, queue_show, store, versions_missing
from inference.services.serving import predictor_for
from labeling.enqueue import BULK, NORMAL, enqueue
from labeling.models import Image, Job, Project, User
from labeling.services.jobs import MAX_ERRORS, JobRun, job_create
from vision.base import AttributePredictor, Predictor, choose_device
from vision.registry import MODELS, entry

__all__ = ["Said", "prelabel_chunk", "prelabel_new", "prelabel_start", "store", "versions_missing"]
CHUNK = "inference.tasks.prelabel_chunk"
DIVERSIFY = "inference.tasks.queue_diversify"
SECONDS = 0.8  # of work a task
LOOK_SECONDS = 0.2  # between looks at whether the job was cancelled
# Images that a task looks up: at first, and at the most, for writing the answers down takes its time, too.
FIRST, MOST = 128, 1000
SHOW = 500  # queue rows that a task rewrites after a promotion
ORDERS = {
    "random": "q.random",
    "sequential": "q.position",
    "uncertainty": "q.position",
    "diverse": "q.position",
}
WAITING = """FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id
    WHERE q.project_id = %(project)s AND i.ready AND i.error = '' AND i.deleted_at IS NULL
      AND (%(status)s::text IS NULL OR q.status = %(status)s) AND (%(ids)s::bigint[] IS NULL OR i.id = ANY(%(ids)s))
      AND NOT EXISTS (SELECT 1 FROM inference_prediction p WHERE p.model_version_id = %(version)s AND p.image_id = i.id)"""


def prelabel_start(
    *, version: ModelVersion, by: User | None, status: str | None = None, ids: Sequence[int] | None = None,
    automatic: bool = False, show_after: int | None = None,
) -> Job:  # fmt: skip
    """A job over the images of a status, or named ones, or all. Those that have their prediction are passed over.

    An `automatic` one lets others go first, and ends when its version leaves production. `show_after`: the version has
    just come into production, and after this image the queue still shows what another one has said.
    """
    params: dict[str, Any] = {
        "model_version": version.pk, "status": status, "ids": list(ids) if ids is not None else None,
        "automatic": automatic, "show": show_after,
    }  # fmt: skip
    return job_create(
        project=version.project, kind=Job.Kind.PRELABEL, task=CHUNK, queue="inference", by=by, params=params,
        total=_count(version, params),
    )  # fmt: skip


def prelabel_new(*, project_id: int) -> Job | None:
    """A job for what came since, unless one is on its way that will meet it."""
    with transaction.atomic():
        project = _locked(project_id)
        version = ModelVersion.objects.asked().filter(project_id=project_id).first()
        if project is None or version is None:
            return None
        active = Job.objects.filter(
            project=project, kind=Job.Kind.PRELABEL, state__in=[Job.State.QUEUED, Job.State.RUNNING],
            cancel_requested=False, params__model_version=version.pk, params__status="unlabeled", params__ids=None,
        )  # fmt: skip
        if active.exists() or not _waiting(version, {"status": "unlabeled", "ids": None}, 1):
            return None
        return prelabel_start(version=version, by=None, status="unlabeled", automatic=True)


def attributes_changed(*, project_id: int, ids: Sequence[int]) -> None:
    """What was said of these images by attributes of before is said anew: at once where people will meet it, and
    wherever else when it is asked for."""
    models = [name for name, model in MODELS.items() if model.by_attributes]
    Prediction.objects.filter(
        model_version__project=project_id, model_version__model__in=models, image_id__in=ids
    ).delete()
    prelabel_new(project_id=project_id)


def _locked(project_id: int) -> Project | None:
    """Whether a job is on its way is decided by one at a time; uploads go on meanwhile."""
    return Project.objects.select_for_update(no_key=True).alive().filter(pk=project_id).first()


def _arguments(version: ModelVersion, params: dict[str, Any]) -> dict[str, Any]:
    return {
        "project": version.project_id, "version": version.pk, "status": params["status"], "ids": params["ids"],
    }  # fmt: skip


def _count(version: ModelVersion, params: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {WAITING}", _arguments(version, params))
        return int(cursor.fetchone()[0])


def _waiting(version: ModelVersion, params: dict[str, Any], limit: int) -> list[Image]:
    """The next images after those that this job has passed: first what people will be given next, in its order,
    then all the rest. Notes in `params` where it stands."""
    order = ORDERS[version.project.sampling]
    if params.get("order") != order:  # new, or the project's sampling was changed
        params.update(order=order, rest=False, after=None)
    if not params["rest"]:
        if found := _page(version, params, limit, order, "AND q.slots > 0"):
            return found
        params.update(rest=True, after=None)
    return _page(version, params, limit, "q.image_id")


def _page(
    version: ModelVersion, params: dict[str, Any], limit: int, order: str, only: str = ""
) -> list[Image]:
    place, last = params["after"] or (None, None)
    beyond = f"AND ({order}, q.image_id) > (%(place)s, %(last)s)" if params["after"] else ""
    known = ", i.attributes" if entry(version.model).by_attributes else ""
    found = Image.objects.raw(
        f"""SELECT i.id, i.sha256, i.width, i.height{known}, {order} AS place {WAITING} {only} {beyond}
            ORDER BY {order}, q.image_id LIMIT %(limit)s""",
        {**_arguments(version, params), "limit": limit, "place": place, "last": last},
    )
    return list(found)


def prelabel_chunk(*, run: JobRun, step: int) -> None:
    """One task of the chain: predict for under a second, store, and send the next one."""
    params = run.job.params
    version = ModelVersion.objects.select_related("project").get(pk=params["model_version"])
    if run.cancelled() or _pointless(run, version):
        run.finish(Job.State.CANCELLED)
        return
    if params["show"] is not None:
        params["show"] = queue_show(version=version, after=params["show"], limit=SHOW)
    _be_careful(run, params)
    images = _waiting(version, params, params["limit"])
    if not images and params["show"] is None:
        _finish(run, step, version, params)
        return
    said: list[Said] = []
    if images:
        predictor = predictor_for(version)
        begun = time.monotonic()  # the rate is that of a model which is loaded
        said = _predict(predictor, run, version, images, params)
        last = images[len(said) - 1]
        params["after"] = [cast(Any, last).place, last.pk]
        rate = len(said) / max(0.001, time.monotonic() - begun)
        params["limit"] = max(2, min(MOST, int(rate * SECONDS * 1.3)))
        params["batch"] = max(1, int(rate * SECONDS))
    with transaction.atomic():
        if _advance(run, step, params, said):
            store(version, said)
            _send(run, step)


def _pointless(run: JobRun, version: ModelVersion) -> bool:
    if version.project.deleted_at is not None:
        return True
    return bool(run.job.params["automatic"]) and version.stage != ModelVersion.Stage.PRODUCTION


def _be_careful(run: JobRun, params: dict[str, Any]) -> None:
    """An attempt begins by going over what the lost one had in its hands, one image at a time."""
    params.setdefault("limit", FIRST)
    if params.get("attempt", 1) != run.attempt:
        params.update(attempt=run.attempt, careful=params["limit"])


def _predict(
    predictor: Predictor, run: JobRun, version: ModelVersion, images: list[Image], params: dict[str, Any]
) -> list[Said]:
    if entry(version.model).by_attributes:
        return predict_known(cast(AttributePredictor, predictor), images, version=version)
    if careful := params.get("careful", 0):
        said = predict_carefully(predictor, images[:careful], version=version, seconds=SECONDS)
        params["careful"] = careful - len(said)
        return said
    return predict_images(
        predictor,
        images,
        version=version,
        first=params.get("batch", 1),
        batch=BATCH[choose_device()],
        seconds=SECONDS,
        should_stop=_looking(run),
    )


def _looking(run: JobRun) -> Callable[[], bool]:
    looked = time.monotonic()

    def should_stop() -> bool:
        nonlocal looked
        if time.monotonic() - looked < LOOK_SECONDS:
            return False
        looked = time.monotonic()
        return run.cancelled()

    return should_stop


def _advance(run: JobRun, step: int, params: dict[str, Any], said: Sequence[Said]) -> bool:
    """False when a twin of this task was first."""
    done = run.job.done + len(said)
    failed = [{"item": f"image {row.image}", "reason": row.error} for row in said if row.error]
    params["failed"] = params.get("failed", 0) + len(failed)
    errors = [*run.job.errors, *failed][:MAX_ERRORS]
    return run.advance(step, done=done, total=max(run.job.total, done), params=params, errors=errors)


def _send(run: JobRun, step: int) -> None:
    priority = BULK if run.job.params["automatic"] else NORMAL  # for somebody waits
    enqueue(CHUNK, run.job.pk, run.attempt, step + 1, queue="inference", priority=priority)


def _finish(run: JobRun, step: int, version: ModelVersion, params: dict[str, Any]) -> None:
    """The end, unless images came that lie before the place where this job stands.

    `prelabel_new` holds the same lock: it meets this job while it still looks, or finds it finished.
    """
    with transaction.atomic():
        _locked(version.project_id)
        params.pop("order")  # from the start again
        if _waiting(version, params, 1):
            params.update(rest=False, after=None)
            if _advance(run, step, params, []):
                _send(run, step)
            return
        done, failed = run.job.done, params.get("failed", 0)
        run.finish(Job.State.SUCCEEDED, total=done, result={"predicted": done - failed, "failed": failed})
        if version.project.sampling == Project.Sampling.DIVERSE:
            enqueue(DIVERSIFY, version.project_id, queue="inference", priority=BULK)
