"""Looking for wrong labels, as a job; what it found is walked through by a reviewer."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from django.db import connection, transaction

from inference.models import ModelVersion, Prediction
from inference.services.versions import production_version
from labeling.errors import Conflict
from labeling.lookups import among
from labeling.models import Job, Project, User
from labeling.services.jobs import JobFailed, JobRun, job_create
from labeling.services.units import units_of
from training.services.scoring import images_score
from vision.registry import entry

TASK = "training.tasks.labels_check"
MOST = 500  # suspects kept, the worst first
LABELED = """SELECT i.id, q.category
             FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id
             WHERE i.project_id = %s AND q.status IN ('labeled', 'done') AND i.deleted_at IS NULL AND i.ready AND i.error = ''
               AND q.category <> '' ORDER BY i.id"""
# Still as it was found: the label stands, and nobody has looked at it since.
OPEN = """SELECT s.image, s.given, s.suggested, s.quality, a.uuid
          FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS (image bigint, given text, suggested text, quality float8))
               WITH ORDINALITY s(image, given, suggested, quality, place)
          JOIN labeling_image i ON i.id = s.image AND i.deleted_at IS NULL AND i.project_id = %s
          JOIN labeling_queueitem q ON q.image_id = s.image AND q.category = s.given AND q.status IN ('labeled', 'done')
          JOIN LATERAL (SELECT a.uuid FROM labeling_annotation a WHERE a.image_id = s.image AND a.current AND NOT a.late
                          AND a.result->>'category' = s.given ORDER BY a.created DESC LIMIT 1) a ON true
          WHERE NOT EXISTS (SELECT 1 FROM labeling_review r JOIN labeling_annotation b ON b.uuid = r.annotation_id
                            WHERE b.image_id = s.image AND r.created > %s)
          ORDER BY s.place"""


def labelcheck_start(*, project: Project, by: User) -> Job:
    """A job over all labels of the project: the one that is on its way, if one is. Raises Conflict where no version is in production to look at the images."""
    with transaction.atomic():
        Project.objects.lock(pk=project.pk)
        active = Job.objects.filter(project=project, kind=Job.Kind.LABEL_CHECK).exclude(
            state__in=Job.FINISHED
        )
        return active.first() or _start(project, by)


def _start(project: Project, by: User) -> Job:
    if project.kind != Project.Kind.CLASSIFICATION:
        raise Conflict("Label errors are looked for where images have one category, not boxes.")
    version = production_version(project.pk)
    if version is None:
        raise Conflict(
            "No version is in production: train one and promote it, for it has to look at the images."
        )
    if entry(version.model).by_attributes:
        raise Conflict("A rule is in production, which looks at no picture: train a version and promote it.")
    return job_create(
        project=project, kind=Job.Kind.LABEL_CHECK, task=TASK, queue="default", by=by,
        params={"model_version": version.pk}, total=3,
    )  # fmt: skip


def labels_check(*, run: JobRun) -> None:
    """The job's work. Its result is {checked, unseen, suspects: [{image, given, suggested, quality}]}."""
    from vision.label_errors import TooFewLabels, suspects

    version = ModelVersion.objects.select_related("project").get(pk=run.job.params["model_version"])
    rows = _labeled(version.project)
    if failure := images_score(run, version, [row[0] for row in rows], "labeled images"):
        raise JobFailed(failure)
    run.progress(1)
    seen = _embeddings(version, [row[0] for row in rows])
    rows = [row for row in rows if row[0] in seen]
    run.check_cancelled()
    run.progress(2)
    features = np.stack([seen[row[0]] for row in rows]) if rows else np.zeros((0, 1), np.float32)
    try:
        found = suspects(features, [row[1] for row in rows], [row[2] for row in rows])
    except TooFewLabels as error:
        raise JobFailed(str(error)) from error
    result = {
        "checked": len(rows),
        "unseen": len(_labeled(version.project)) - len(rows),
        "suspects": [
            {"image": rows[s.index][0], "given": rows[s.index][1], "suggested": s.suggested, "quality": round(s.quality, 4)}
            for s in found[:MOST]
        ],
    }  # fmt: skip
    run.progress(3, result=result)


def _labeled(project: Project) -> list[tuple[int, str, str]]:
    """(image, category, unit) of what is labeled: the units are those of the splits."""
    keys = units_of(project).keys
    with connection.cursor() as cursor:
        cursor.execute(LABELED, [project.pk])
        return [(pk, category, keys[pk]) for pk, category in cursor.fetchall() if pk in keys]


def _embeddings(version: ModelVersion, ids: list[int]) -> dict[int, Any]:
    """float32 [D] of unit length by image; images in which the version saw nothing, such as no face, have none."""
    known = Prediction.objects.filter(model_version=version, image_id__in=among(ids), embedding__isnull=False)
    found = {}
    for pk, embedding in known.values_list("image_id", "embedding"):
        vector = np.frombuffer(bytes(embedding or b""), np.int8).astype(np.float32)
        found[pk] = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return found


def suspects_open(*, project: Project) -> tuple[Job | None, list[dict[str, Any]]]:
    """The newest check, and what of its suspects nobody has decided yet."""
    job = Job.objects.filter(project=project, kind=Job.Kind.LABEL_CHECK).order_by("-id").first()
    if job is None or not job.result:
        return job, []
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [json.dumps(job.result["suspects"]), project.pk, job.created])
        names = ("image", "given", "suggested", "quality", "annotation")
        return job, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
