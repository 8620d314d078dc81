"""Gold images: their label is known, and people get them now and then as if they were open. What they say goes to their
record and nowhere else, and nothing tells them which images these are."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection

from labeling.kinds import KINDS
from labeling.models import Annotation, Project, User

ANSWERS = """a.gold AND NOT a.withdrawn AND NOT EXISTS (SELECT 1 FROM labeling_annotation r WHERE r.replaces_id = a.uuid)"""
TRUE = "q.gold AND q.status = 'done'"


def gold_set(*, project: Project, ids: Sequence[int], gold: bool) -> int:
    """Mark images as gold ones, which accepts the label they have; or as ordinary ones again. How many changed.

    Images that are open, in review, skipped or deleted are passed over: nothing is known of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_queueitem q SET gold = %(gold)s, status = CASE WHEN %(gold)s THEN 'done' ELSE q.status END
               FROM labeling_image i
               WHERE i.id = q.image_id AND i.project_id = %(project)s AND i.id = ANY(%(ids)s) AND q.gold <> %(gold)s
                 AND (NOT %(gold)s OR q.status IN ('labeled', 'done') AND i.deleted_at IS NULL AND i.error = '')""",
            {"gold": gold, "project": project.pk, "ids": list(ids)},
        )
        return cursor.rowcount


def gold_mix(*, project_id: int, user: User, every: int, fresh: int) -> None:
    """Lease gold images to somebody who was given `fresh` open ones, about one for each `every` of them.

    They come up with the person's next ones. Nobody gets an image that they have labeled, nor one twice.
    """
    count = sum(random.random() * every < 1 for _ in range(fresh))
    if not count:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO labeling_assignment (image_id, project_id, user_id, state, expires, created, skip_reason, prediction, gold)
                SELECT q.image_id, q.project_id, %(user)s, 'leased', now() + make_interval(secs => %(lease)s), now(), '', q.prediction,
                    true
                FROM labeling_queueitem q JOIN labeling_image i ON i.id = q.image_id
                WHERE q.project_id = %(project)s AND {TRUE} AND i.deleted_at IS NULL
                  AND NOT EXISTS (SELECT 1 FROM labeling_annotation a WHERE a.image_id = q.image_id AND a.author_id = %(user)s)
                  AND NOT EXISTS (SELECT 1 FROM labeling_assignment l WHERE l.image_id = q.image_id AND l.user_id = %(user)s
                                  AND l.state IN ('leased', 'submitted', 'skipped'))
                ORDER BY random() LIMIT %(count)s ON CONFLICT DO NOTHING""",
            {"user": user.pk, "project": project_id, "lease": settings.LEASE_SECONDS, "count": count},
        )


def gold_answered(*, image_id: int, user: User) -> Annotation | None:
    """What this person says of a gold image."""
    return Annotation.objects.standing().filter(image=image_id, author=user, gold=True).first()


def gold_answer(row: dict[str, Any]) -> bool:
    """Keep an answer in one statement. False, and nothing written, when something has changed since it was read."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                """WITH named AS MATERIALIZED (
                       SELECT 1 FROM labeling_category WHERE project_id = %(project)s AND name = ANY(%(said)s) FOR SHARE
                   ), known AS MATERIALIZED (
                       SELECT 1 WHERE (SELECT count(*) FROM named) = cardinality(%(said)s::text[])
                   ), used AS (
                       UPDATE labeling_assignment l SET state = 'submitted' FROM known
                       WHERE l.id = %(assignment)s::bigint AND (l.state <> 'submitted' OR %(replaces)s::uuid IS NOT NULL) RETURNING l.id
                   )
                   INSERT INTO labeling_annotation (uuid, image_id, project_id, author_id, assignment_id, origin, result, regions,
                       lead_time_ms, shown_from, replaces_id, digest, current, withdrawn, late, verdict, gold, created)
                   SELECT %(uuid)s::uuid, %(image)s, %(project)s, %(author)s, %(assignment)s::bigint, 'person', %(result)s::jsonb,
                       %(regions)s::jsonb, %(lead_time)s::int, %(shown_from)s::float, %(replaces)s::uuid, %(digest)s,
                       false, false, false, '', true, now()
                   FROM known WHERE %(assignment)s::bigint IS NULL OR EXISTS (SELECT 1 FROM used)""",
                row,
            )
            return bool(cursor.rowcount)
    except IntegrityError:  # the same uuid, or another correction, at this very moment
        return False


def gold_withdraw(*, annotation: Annotation) -> None:
    """An answer is taken back; the one that it replaced stands again."""
    annotation.withdrawn, annotation.replaces = True, None
    annotation.save(update_fields=["withdrawn", "replaces"])


def gold_record(*, project: Project) -> list[dict[str, Any]]:
    """{user, answers, right} of everybody who was given gold images, by what is known of these today."""
    same = KINDS[project.kind].same
    answers, right = Counter[str](), Counter[str]()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT u.username, a.result, t.result
                FROM labeling_annotation a JOIN labeling_queueitem q ON q.image_id = a.image_id
                JOIN labeling_user u ON u.id = a.author_id
                JOIN LATERAL (SELECT t.result FROM labeling_annotation t WHERE t.image_id = a.image_id AND t.current AND NOT t.late
                              ORDER BY t.created DESC LIMIT 1) t ON true
                WHERE a.project_id = %s AND {ANSWERS} AND {TRUE} ORDER BY 1""",
            [project.pk],
        )
        for user, said, true in cursor.fetchall():
            answers[user] += 1
            right[user] += same(json.loads(said), json.loads(true))
    return [{"user": user, "answers": count, "right": right[user]} for user, count in answers.items()]
