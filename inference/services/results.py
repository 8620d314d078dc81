"""What versions said of images, written down: as predictions, and on the queue's rows for people to see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from inference.models import ModelVersion, Prediction
from inference.services.names import today

# The queue's copy of what version `v` said, `p`: see QueueItem.prediction.
COPY = """CASE WHEN p.result IS NULL THEN NULL ELSE jsonb_build_object('id', p.id, 'model_version', v.id, 'number', v.number,
    'model', v.model, 'score', p.score, 'uncertainty', p.uncertainty, 'result', p.result) END"""


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
        shown = [_shown(version, s.result, s.score, s.uncertainty) for s in said]
        cursor.execute(
            f"""WITH said AS (
                    SELECT * FROM unnest(%(image)s::bigint[], %(result)s::text[], %(score)s::float8[], %(uncertainty)s::float8[],
                        %(ms)s::float8[], %(error)s::text[], %(embedding)s::bytea[], %(shown)s::text[], %(shown_score)s::float8[],
                        %(shown_uncertainty)s::float8[])
                        AS s(image, result, score, uncertainty, ms, error, embedding, shown, shown_score, shown_uncertainty)
                ), made AS (
                    INSERT INTO inference_prediction (image_id, model_version_id, result, score, uncertainty, ms, error, embedding, created)
                    SELECT s.image, %(version)s, s.result::jsonb, s.score, s.uncertainty, s.ms, s.error, s.embedding, now() FROM said s
                    ON CONFLICT (model_version_id, image_id) DO NOTHING
                    RETURNING id, image_id
                ), p AS (
                    SELECT made.id, made.image_id, s.shown::jsonb AS result, s.shown_score AS score,
                        s.shown_uncertainty AS uncertainty
                    FROM made JOIN said s ON s.image = made.image_id)
                UPDATE labeling_queueitem q SET score = p.score, uncertainty = p.uncertainty, prediction = {COPY}
                FROM p, inference_modelversion v
                WHERE q.image_id = p.image_id AND v.id = %(version)s AND v.stage = 'production'""",
            {
                "version": version.pk, "image": [s.image for s in said], "result": _texts(s.result for s in said),
                "score": _floats(s.score for s in said), "uncertainty": _floats(s.uncertainty for s in said),
                "ms": _floats(s.ms for s in said), "error": [s.error for s in said],
                "embedding": [s.embedding for s in said],
                "shown": _texts(row[0] for row in shown), "shown_score": _floats(row[1] for row in shown),
                "shown_uncertainty": _floats(row[2] for row in shown),
            },
        )  # fmt: skip


def _shown(
    version: ModelVersion, result: dict[str, Any] | None, score: float | None, uncertainty: float | None
) -> tuple[dict[str, Any] | None, float | None, float | None]:
    """Result, score and uncertainty in the names of today."""
    if result is None:
        return None, score, uncertainty
    row, found = today(version, result)
    return (row, score, uncertainty) if found is None else (row, found.score, found.uncertainty)


def _texts(values: Iterable[dict[str, Any] | None]) -> list[str | None]:
    return [None if value is None else json.dumps(value) for value in values]


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
    said = Prediction.objects.filter(model_version=version, image_id__in=ids, result__isnull=False)
    rows = [(p.image_id, p.pk, *_shown(version, p.result, p.score, p.uncertainty)) for p in said]
    images, predictions, results, scores, uncertainties = zip(*rows, strict=True) if rows else ((),) * 5
    cursor.execute(
        f"""UPDATE labeling_queueitem q SET score = p.score, uncertainty = p.uncertainty, prediction = {COPY}
            FROM inference_modelversion v, unnest(%(ids)s::bigint[]) AS chosen(id)
            LEFT JOIN (
                SELECT r.image, r.id, r.result::jsonb AS result, r.score, r.uncertainty
                FROM unnest(%(image)s::bigint[], %(prediction)s::bigint[], %(result)s::text[], %(score)s::float8[],
                    %(uncertainty)s::float8[]) AS r(image, id, result, score, uncertainty)
            ) p ON p.image = chosen.id
            WHERE q.image_id = chosen.id AND v.id = %(version)s AND v.stage = 'production'
              AND q.prediction IS DISTINCT FROM {COPY}""",
        {
            "version": version.pk, "ids": ids, "image": list(images), "prediction": list(predictions),
            "result": _texts(results), "score": _floats(scores), "uncertainty": _floats(uncertainties),
        },
    )  # fmt: skip


def versions_missing(*, version: ModelVersion, ids: Sequence[int]) -> list[int]:
    """Which of these images the version has not spoken of."""
    known = Prediction.objects.filter(model_version=version, image_id__in=ids)
    return sorted(set(ids) - set(known.values_list("image_id", flat=True)))
