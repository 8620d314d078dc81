"""The order of a queue that gives people what the model is least sure of, and no two that look alike."""

from __future__ import annotations

import numpy as np
from django.db import connection

from inference.services.versions import production_version
from labeling.models import Project
from vision.sampling import diverse

CANDIDATES = 5000  # the least sure ones; and of labeled images the newest, to keep away from
RANKED = 500  # images that are put into order at a time
LOW = 50  # how few of them are left before others are
OPEN = """FROM labeling_queueitem q JOIN inference_prediction p ON p.image_id = q.image_id AND p.model_version_id = %(version)s
          WHERE q.project_id = %(project)s AND q.slots > 0 AND p.embedding IS NOT NULL"""


def queue_diversify(*, project_id: int) -> int:
    """Rank the images that come next; how many. Safe to repeat. Nothing where no version is in production, or the
    project goes by another order."""
    project = Project.objects.alive().filter(pk=project_id, sampling=Project.Sampling.DIVERSE).first()
    version = production_version(project_id)
    if project is None or version is None:
        return 0
    values = {"project": project_id, "version": version.pk, "most": CANDIDATES}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT q.image_id, coalesce(q.uncertainty, 0), p.embedding {OPEN}
                ORDER BY q.uncertainty DESC NULLS LAST, q.image_id LIMIT %(most)s""",
            values,
        )
        rows = cursor.fetchall()
        cursor.execute(
            """SELECT p.embedding FROM labeling_queueitem q JOIN inference_prediction p ON p.image_id = q.image_id
               WHERE q.project_id = %(project)s AND p.model_version_id = %(version)s AND p.embedding IS NOT NULL
                 AND q.labeled_at IS NOT NULL ORDER BY q.labeled_at DESC LIMIT %(most)s""",
            values,
        )
        known = b"".join(bytes(row[0]) for row in cursor.fetchall())
        chosen = diverse(
            b"".join(bytes(row[2]) for row in rows), np.array([row[1] for row in rows], float), known, RANKED
        )
        ids = [rows[at][0] for at in chosen]
        cursor.execute(
            """UPDATE labeling_queueitem q SET rank = n.rank::int
               FROM (SELECT i.image_id, r.rank FROM labeling_queueitem i
                     LEFT JOIN unnest(%(ids)s::bigint[]) WITH ORDINALITY AS r(id, rank) ON r.id = i.image_id
                     WHERE i.project_id = %(project)s AND (i.rank IS NOT NULL OR r.id IS NOT NULL)
                     ORDER BY i.image_id FOR UPDATE OF i SKIP LOCKED) n
               WHERE q.image_id = n.image_id AND q.rank IS DISTINCT FROM n.rank""",
            {"ids": ids, "project": project_id},
        )
    return len(ids)


def queues_diversify_due() -> int:
    """Rank anew wherever few of the ranked images are left and others wait. Called by beat."""
    done = 0
    for project in Project.objects.alive().filter(sampling=Project.Sampling.DIVERSE):
        version = production_version(project.pk)
        if version is None:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT (SELECT count(*) FROM labeling_queueitem WHERE project_id = %(project)s AND slots > 0
                              AND rank IS NOT NULL) < %(low)s
                           AND EXISTS (SELECT 1 {OPEN} AND q.rank IS NULL)""",
                {"project": project.pk, "version": version.pk, "low": LOW},
            )
            due = cursor.fetchone()[0]
        if due:
            done += bool(queue_diversify(project_id=project.pk))
    return done
