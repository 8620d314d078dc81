"""Pre-labeling: what a model version says of many images, as a chain of tasks of under a second each.

The chain lets interactive calls in between, and a lost worker costs a second of work. At most one prediction stands
for an image and version; an image that fails is recorded with its error and holds up nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from django.core.files.storage import default_storage
from django.db import connection, transaction

from inference.models import ModelVersion, Prediction
from labeling.enqueue import BULK, enqueue
from labeling.models import Image, Job, Project, User
from labeling.services.jobs import JobRun, job_create
from vision.results import result_from_json

if TYPE_CHECKING:
    from vision.base import Predictor, RGBImage

CHUNK = "inference.tasks.prelabel_chunk"
SECONDS = 0.8  # of work a task
FETCH = 1024  # ids a task looks up at the most
BATCH = 32


def prelabel_start(
    *, version: ModelVersion, by: User | None, status: str | None = None, ids: Sequence[int] | None = None
) -> Job:
    """A job over the images of a status, or named ones, or all. Those that have their prediction are passed over."""
    params: dict[str, Any] = {
        "model_version": version.pk,
        "status": status,
        "ids": list(ids) if ids is not None else None,
    }
    return job_create(
        project=version.project, kind=Job.Kind.PRELABEL, task=CHUNK, queue="inference", by=by, params=params,
        total=_count(version, params),
    )  # fmt: skip


def prelabel_new(*, project_id: int) -> Job | None:
    """A job for what came since, unless one is on its way that will meet it."""
    with transaction.atomic():
        project = Project.objects.select_for_update().alive().filter(pk=project_id).first()
        version = ModelVersion.objects.filter(
            project_id=project_id, stage=ModelVersion.Stage.PRODUCTION
        ).first()
        if project is None or version is None:
            return None
        active = Job.objects.filter(
            project=project, kind=Job.Kind.PRELABEL, state__in=[Job.State.QUEUED, Job.State.RUNNING],
            params__model_version=version.pk, params__status="unlabeled",
        )  # fmt: skip
        if active.exists() or not _count(version, {"status": "unlabeled", "ids": None}):
            return None
        return prelabel_start(version=version, by=None, status="unlabeled")


WAITING = """FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id
    WHERE i.project_id = %(project)s AND i.ready AND i.error = '' AND i.deleted_at IS NULL
      AND (%(status)s::text IS NULL OR q.status = %(status)s) AND (%(ids)s::bigint[] IS NULL OR i.id = ANY(%(ids)s))
      AND NOT EXISTS (SELECT 1 FROM inference_prediction p WHERE p.model_version_id = %(version)s AND p.image_id = i.id)"""


def _arguments(version: ModelVersion, params: dict[str, Any]) -> dict[str, Any]:
    return {
        "project": version.project_id,
        "version": version.pk,
        "status": params["status"],
        "ids": params["ids"],
    }


def _count(version: ModelVersion, params: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {WAITING}", _arguments(version, params))
        return int(cursor.fetchone()[0])


def _waiting(version: ModelVersion, params: dict[str, Any]) -> list[Image]:
    """The next images in the order in which people will meet them, after those that this job has passed."""
    key = {"random": "q.random", "sequential": "q.position", "uncertainty": "q.position"}[
        version.project.sampling
    ]
    after = params.get("after")
    found = Image.objects.raw(
        f"""SELECT i.id, i.sha256, {key} AS place {WAITING} AND (%(after)s::float8 IS NULL OR {key} > %(after)s)
            ORDER BY {key} LIMIT %(limit)s""",
        {**_arguments(version, params), "after": after, "limit": FETCH},
    )
    return list(found)


@dataclass
class Said:
    """One image's prediction, as a row."""

    image: int
    result: dict[str, Any] | None
    score: float | None
    uncertainty: float | None
    ms: float
    error: str = ""


def prelabel_chunk(*, run: JobRun, step: int) -> None:
    """One task of the chain: predict for under a second, store, and send the next one."""
    from inference.services.serving import predictor_for

    if run.cancelled():
        run.finish(Job.State.CANCELLED)
        return
    params = run.job.params
    version = ModelVersion.objects.select_related("project").get(pk=params["model_version"])
    images = _waiting(version, params)
    if not images:
        run.finish(Job.State.SUCCEEDED, done=run.job.done, total=run.job.done)
        enqueue("inference.tasks.prelabel_new", version.project_id, queue="inference", priority=BULK)
        return
    said = predict_images(predictor_for(version), images, kind=version.project.kind, seconds=SECONDS)
    done, last = run.job.done + len(said), cast(Any, images[len(said) - 1])
    values = {
        "done": done,
        "total": max(run.job.total, done),
        "params": {**params, "after": float(last.place)},
    }
    with transaction.atomic():
        if not run.advance(step, **values):
            return  # a twin of this task was first
        store(version, said)
        for row in said:
            if row.error:
                run.error(f"image {row.image}", row.error)
        enqueue(CHUNK, run.job.pk, run.attempt, step + 1, queue="inference", priority=BULK)


def predict_images(predictor: Predictor, images: Sequence[Image], *, kind: str, seconds: float) -> list[Said]:
    """As many of `images`, in order, as fit into the time; the next batch is decoded while the model works."""
    end = time.monotonic() + seconds
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    said: list[Said] = []
    decoding = [_decode(batch) for batch in batches[:1]]
    for number, batch in enumerate(batches):
        if number + 1 < len(batches):
            decoding.append(_decode(batches[number + 1]))
        said += _predict(predictor, batch, [future.result() for future in decoding[number]], kind)
        if time.monotonic() > end:
            break
    return said


@lru_cache(maxsize=1)
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(2, os.cpu_count() or 2), thread_name_prefix="reader")


def _decode(batch: Sequence[Image]) -> list[Future[RGBImage | str]]:
    return [_readers().submit(read, image) for image in batch]


def read(image: Image) -> RGBImage | str:
    """The upright pixels, or why there are none."""
    from vision.images import UnreadableImage, read_rgb

    try:
        with default_storage.open(image.file_key) as file:
            return read_rgb(file.read())
    except UnreadableImage as error:
        return str(error)
    except FileNotFoundError:
        return "its file is missing from storage"


def _predict(
    predictor: Predictor, batch: Sequence[Image], pixels: list[RGBImage | str], kind: str
) -> list[Said]:
    good = [(image, array) for image, array in zip(batch, pixels, strict=True) if not isinstance(array, str)]
    bad = {
        image.pk: Said(image.pk, None, None, None, 0, array)
        for image, array in zip(batch, pixels, strict=True)
        if isinstance(array, str)
    }
    begun = time.perf_counter()
    try:
        results: list[Any] = list(predictor.predict([array for _, array in good])) if good else []
    except Exception:
        results = [_alone(predictor, array) for _, array in good]
    each = (time.perf_counter() - begun) * 1000 / max(1, len(good))
    rows = bad | {
        image.pk: _said(image.pk, result, each, kind)
        for (image, _), result in zip(good, results, strict=True)
    }
    return [rows[image.pk] for image in batch]


def _alone(predictor: Predictor, pixels: RGBImage) -> Any:
    """The batch failed: find out whose fault it was."""
    try:
        return predictor.predict([pixels])[0]
    except Exception as error:
        return error


def _said(image: int, result: Any, ms: float, kind: str) -> Said:
    if isinstance(result, Exception):
        return Said(image, None, None, None, ms, f"the model failed: {type(result).__name__}: {result}"[:300])
    row = result.to_json()
    try:
        result_from_json(kind, row)
    except ValueError as error:
        return Said(image, None, None, None, ms, f"the model's result is not valid: {error}"[:300])
    return Said(image, row, result.score, result.uncertainty, ms)


def store(version: ModelVersion, said: Sequence[Said]) -> None:
    """All rows in one statement; those of a production version onto their queue rows in the same one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH said AS (
                   INSERT INTO inference_prediction (image_id, model_version_id, result, score, uncertainty, ms, error, created)
                   SELECT s.image, %(version)s, s.result::jsonb, s.score, s.uncertainty, s.ms, s.error, now()
                   FROM unnest(%(image)s::bigint[], %(result)s::text[], %(score)s::float8[], %(uncertainty)s::float8[],
                               %(ms)s::float8[], %(error)s::text[]) AS s(image, result, score, uncertainty, ms, error)
                   ON CONFLICT (model_version_id, image_id) DO NOTHING
                   RETURNING id, image_id, result, score, uncertainty)
               UPDATE labeling_queueitem q SET score = said.score, uncertainty = said.uncertainty,
                   prediction = CASE WHEN said.result IS NULL THEN NULL ELSE jsonb_build_object('id', said.id,
                       'model_version', v.id, 'number', v.number, 'model', v.model,
                       'score', said.score, 'uncertainty', said.uncertainty, 'result', said.result) END
               FROM said, inference_modelversion v
               WHERE q.image_id = said.image_id AND v.id = %(version)s AND v.stage = 'production'""",
            {
                "version": version.pk, "image": [s.image for s in said],
                "result": [json.dumps(s.result) if s.result is not None else None for s in said],
                "score": [s.score for s in said], "uncertainty": [s.uncertainty for s in said],
                "ms": [s.ms for s in said], "error": [s.error for s in said],
            },
        )  # fmt: skip


def versions_missing(*, version: ModelVersion, ids: Sequence[int]) -> list[int]:
    """Which of these images the version has not spoken of."""
    known = Prediction.objects.filter(model_version=version, image_id__in=ids).values_list(
        "image_id", flat=True
    )
    return sorted(set(ids) - set(known))
