"""What versions said of images, written down: as predictions, and on the queue's rows for people to see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from inference.models import ModelVersion, Prediction

# The queue's copy of a row `p` of version `v`: see QueueItem.prediction.
SHOWN = """score = p.score, uncertainty = p.uncertainty,
    prediction = CASE WHEN p.result IS NULL THEN NULL ELSE jsonb_build_object('id', p.id, 'model_version', v.id,
        'number', v.number, 'model', v.model, 'score', p.score, 'uncertainty', p.uncertainty, 'result', p.result) END"""


@dataclass
class Said:
    """One image's prediction, as a row."""

    image: int
    result: dict[str, Any] | None
    score: float | None
    uncertainty: float | None
    ms: float
    error: str = ""
    embedding: bytes | None = None


def store(version: ModelVersion, said: Sequence[Said]) -> None:
    """All rows in one statement; those of a production version onto their queue rows in the same one.

    An image that has its prediction keeps it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _hold_stage(cursor, version)
        cursor.execute(
            f"""WITH p AS (
                    INSERT INTO inference_prediction (image_id, model_version_id, result, score, uncertainty, ms, error, embedding, created)
                    SELECT s.image, %(version)s, s.result::jsonb, s.score, s.uncertainty, s.ms, s.error, s.embedding, now()
                    FROM unnest(%(image)s::bigint[], %(result)s::text[], %(score)s::float8[], %(uncertainty)s::float8[],
                                %(ms)s::float8[], %(error)s::text[], %(embedding)s::bytea[])
                         AS s(image, result, score, uncertainty, ms, error, embedding)
                    ON CONFLICT (model_version_id, image_id) DO NOTHING
                    RETURNING id, image_id, result, score, uncertainty)
                UPDATE labeling_queueitem q SET {SHOWN} FROM p, inference_modelversion v
                WHERE q.image_id = p.image_id AND v.id = %(version)s AND v.stage = 'production'""",
            {
                "version": version.pk, "image": [s.image for s in said],
                "result": [json.dumps(s.result) if s.result is not None else None for s in said],
                "score": _floats(s.score for s in said), "uncertainty": _floats(s.uncertainty for s in said),
                "ms": _floats(s.ms for s in said), "error": [s.error for s in said],
                "embedding": [s.embedding for s in said],
            },
        )  # fmt: skip


def _floats(values: Iterable[float | None]) -> list[float | None]:
    """An array for PostgreSQL has one type: a whole number among fractions would be another."""
    return [None if value is None else float(value) for value in values]


def _hold_stage(cursor: Any, version: ModelVersion) -> None:
    """Until this transaction ends nobody promotes or replaces the version.

    Without it a prediction stored beside a promotion would be seen by neither, and stay out of the queue for good.
    """
    cursor.execute("SELECT 1 FROM inference_modelversion WHERE id = %s FOR SHARE", [version.pk])


def queue_show(*, version: ModelVersion, after: int = 0, limit: int) -> int | None:
    """Make some of the queue's rows say what this production version has said, and nothing where it has not spoken.

    In the order of the images' ids, from `after` on; returns the last one, or None at the end. A few at a time: a
    locked row is passed over by `next`, and a submit waits for it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _hold_stage(cursor, version)
        cursor.execute(
            """SELECT image_id FROM labeling_queueitem WHERE project_id = %s AND image_id > %s
               ORDER BY image_id LIMIT %s""",
            [version.project_id, after, limit],
        )
        ids = [row[0] for row in cursor.fetchall()]
        _show(cursor, version, ids)
    return ids[-1] if len(ids) == limit else None


def queue_show_first(*, version: ModelVersion, key: str, limit: int) -> None:
    """The same for those that people will meet next, by `key`, a column of the queue."""
    with transaction.atomic(), connection.cursor() as cursor:
        _hold_stage(cursor, version)
        cursor.execute(
            f"""SELECT q.image_id FROM labeling_queueitem q WHERE q.project_id = %s AND q.slots > 0
                ORDER BY {key} LIMIT %s""",
            [version.project_id, limit],
        )
        _show(cursor, version, [row[0] for row in cursor.fetchall()])


def _show(cursor: Any, version: ModelVersion, ids: list[int]) -> None:
    """Rows that say it already are not written again."""
    cursor.execute(
        f"""UPDATE labeling_queueitem q SET {SHOWN}
            FROM inference_modelversion v, unnest(%(ids)s::bigint[]) AS chosen(id)
            LEFT JOIN inference_prediction p ON p.image_id = chosen.id AND p.model_version_id = %(version)s
            WHERE q.image_id = chosen.id AND v.id = %(version)s AND v.stage = 'production'
              AND (q.prediction ->> 'id')::bigint IS DISTINCT FROM CASE WHEN p.result IS NOT NULL THEN p.id END""",
        {"version": version.pk, "ids": ids},
    )


def versions_missing(*, version: ModelVersion, ids: Sequence[int]) -> list[int]:
    """Which of these images the version has not spoken of."""
    known = Prediction.objects.filter(model_version=version, image_id__in=ids)
    return sorted(set(ids) - set(known.values_list("image_id", flat=True)))
