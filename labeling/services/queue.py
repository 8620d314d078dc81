"""The queue: leases by `FOR UPDATE SKIP LOCKED`, so that nobody waits and no image goes to two people.

Plain SQL, because every labeler calls this once an image: one statement finds, locks, marks and leases.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from rest_framework.exceptions import NotFound

from labeling.access import ROLE
from labeling.errors import Conflict
from labeling.models import Annotation, Assignment, Comment, Project, QueueItem, User
from labeling.services.gold import gold_mix
from labeling.services.slots import ANSWERS, slots_recount

# By Project.Sampling. All of them stand in one statement, each behind a condition that is looked at once.
ORDERS = {
    Project.Sampling.SEQUENTIAL: "q.position",
    Project.Sampling.RANDOM: "q.random",
    Project.Sampling.UNCERTAIN: "q.uncertainty DESC NULLS LAST, q.image_id",
    Project.Sampling.DIVERSE: "q.rank, q.position",
}
# What the labeling screen needs of an image and its lease.
ITEM = """i.id, i.name, i.width, i.height, CASE WHEN l.gold THEN 'unlabeled' ELSE q.status END, i.split, i."group", i.source, i.source_url, i.created, i.ready,
          q.category, l.id, l.expires, l.prediction,
          l.gold IS NOT TRUE AND EXISTS (SELECT 1 FROM labeling_comment c WHERE c.image_id = i.id), l.sent_back"""
LEASE = 12  # where l.id stands in it: leases are numbered in the order in which they are given out
# A lease is its holder's as long as they are a member and the project stands.
STANDS = """EXISTS (SELECT 1 FROM labeling_project p WHERE p.id = project_id AND p.deleted_at IS NULL AND (%(staff)s OR EXISTS (
                SELECT 1 FROM labeling_membership m WHERE m.project_id = p.id AND m.user_id = %(user)s)))"""
# With an overlap of one, a free image cannot have been this person's: spare the look.
FREE = """SELECT * FROM (
              SELECT q.image_id FROM labeling_queueitem q
              WHERE q.project_id = %(project)s AND q.slots > 0
                AND EXISTS (SELECT 1 FROM p WHERE p.sampling = '{sampling}' AND (%(more)s OR NOT EXISTS (SELECT 1 FROM held)))
                AND ((SELECT overlap FROM p) = 1 OR NOT EXISTS (
                    SELECT 1 FROM labeling_assignment a WHERE a.image_id = q.image_id AND a.user_id = %(user)s
                      AND a.state IN ('leased', 'submitted', 'skipped')))
              ORDER BY {order} LIMIT {{count}} FOR UPDATE SKIP LOCKED) {sampling}"""
# One statement checks the membership, finds what is held, else finds, locks, marks and leases.
SERVE = f"""
    WITH soon AS (SELECT set_config('synchronous_commit', 'off', true)),
    p AS MATERIALIZED (
        SELECT p.sampling, p.overlap, p.gold_every FROM labeling_project p, soon
        WHERE p.id = %(project)s AND p.deleted_at IS NULL AND {ROLE} IS NOT NULL
    ), held AS MATERIALIZED (
        SELECT {ITEM}, l.prediction IS NULL AND q.prediction IS NOT NULL OR l.expires < now() + make_interval(secs => %(renew)s), false
        FROM labeling_assignment l
        JOIN labeling_image i ON i.id = l.image_id JOIN labeling_queueitem q ON q.image_id = l.image_id
        WHERE l.user_id = %(user)s AND l.project_id = %(project)s AND l.state = 'leased' AND (l.expires > now()) IS TRUE
          AND i.deleted_at IS NULL AND i.error = ''
        ORDER BY l.id LIMIT {{count}}
    ), picked AS MATERIALIZED (
        SELECT image_id, row_number() OVER () AS place FROM (
            {" UNION ALL ".join(FREE.format(sampling=s.value, order=order) for s, order in ORDERS.items())}) free
    ), taken AS (
        UPDATE labeling_queueitem q SET slots = q.slots - 1 FROM picked WHERE q.image_id = picked.image_id
        RETURNING q.image_id, q.status, q.category, q.prediction, picked.place
    ), l AS (
        INSERT INTO labeling_assignment (image_id, project_id, user_id, state, expires, created, skip_reason, prediction)
        SELECT image_id, %(project)s, %(user)s, 'leased', now() + make_interval(secs => %(lease)s), now(), '', prediction
        FROM taken ORDER BY place RETURNING id, image_id, expires, prediction, sent_back, gold
    ), fresh AS (
        SELECT {ITEM}, false, true FROM l
        JOIN taken q ON q.image_id = l.image_id JOIN labeling_image i ON i.id = l.image_id
    )
    SELECT items.*, p.gold_every FROM p LEFT JOIN (
        SELECT * FROM held WHERE NOT %(more)s UNION ALL SELECT * FROM fresh) items ON true"""


def queue_next(*, project_id: int, user: User, count: int) -> list[dict[str, Any]]:
    """My next `count` images: those that I hold already (renewed), then new leases. Empty when there is nothing.

    Asking again gives the same ones, so an answer lost on the way costs nothing and leases cannot be hoarded. Raises
    NotFound for a stranger.
    """
    count = max(1, min(count, settings.MAX_LEASES))
    items = _serve(project_id, user, count)
    if len(items) < count:
        if items:
            items += _serve(project_id, user, count - len(items), more=True)
        if len(items) < count and leases_return(project_id=project_id):
            items += _serve(project_id, user, count - len(items), more=True)
    return items


def _serve(project_id: int, user: User, count: int, *, more: bool = False) -> list[dict[str, Any]]:
    """Up to `count` of the leases that I hold, or, where I hold none or ask for `more`, as many new ones.

    A lease that was given out before the model had spoken gets what it says now: nothing else was shown.
    """
    # A lease may be written to the disk a moment later: should the machine die in that moment, nothing is lost but the
    # lease itself, for no later submit can reach the disk before it.
    with connection.cursor() as cursor:
        cursor.execute(
            SERVE.format(count=int(count)),  # in the text: the planner must know that it is small
            {
                "staff": user.is_staff, "user": user.pk, "project": project_id, "more": more,
                "lease": settings.LEASE_SECONDS, "renew": settings.LEASE_SECONDS * 0.7,
            },
        )  # fmt: skip
        rows = cursor.fetchall()
        if not rows:
            raise NotFound
        every = rows[0][-1]
        rows = sorted((row for row in rows if row[0] is not None), key=lambda row: row[LEASE])
        items = [_item(row[:-3]) for row in rows]
        if every and (fresh := sum(row[-2] for row in rows)):
            gold_mix(project_id=project_id, user=user, every=every, fresh=fresh)
        # Nearly every call comes long before the leases run out: then there is nothing to write.
        if stale := [item["assignment"]["id"] for item, row in zip(items, rows, strict=True) if row[-3]]:
            cursor.execute(
                """UPDATE labeling_assignment l SET expires = now() + make_interval(secs => %(lease)s),
                       prediction = coalesce(l.prediction, q.prediction)
                   FROM labeling_queueitem q
                   WHERE l.id = ANY(%(ids)s) AND l.state = 'leased' AND q.image_id = l.image_id
                   RETURNING l.id, l.expires, l.prediction""",
                {"lease": settings.LEASE_SECONDS, "ids": stale},
            )
            renewed = {row[0]: row[1:] for row in cursor.fetchall()}
            for item in items:
                lease = item["assignment"]
                if lease["id"] in renewed:
                    lease["expires"], prediction = renewed[lease["id"]]
                    item["prediction"] = _json(prediction)
    return items


def queue_item(*, image_id: int, user: User) -> dict[str, Any]:
    """One image as an item of `next` shows it to this person: with their lease and their current label, if any."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {ITEM} FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id
                LEFT JOIN labeling_assignment l ON l.image_id = i.id AND l.user_id = %s AND l.state = 'leased'
                WHERE i.id = %s""",
            [user.pk, image_id],
        )
        item = _item(cursor.fetchone())
        cursor.execute(
            """SELECT uuid, result FROM labeling_annotation WHERE image_id = %s AND author_id = %s AND (current OR gold AND NOT withdrawn)
               ORDER BY created DESC LIMIT 1""",
            [image_id, user.pk],
        )
        if label := cursor.fetchone():
            item["annotation"] = {"uuid": str(label[0]), "result": _json(label[1])}
    return item


def labels_of(*, user: User, project: Project) -> QuerySet[Annotation]:
    """A person's labels that stand in a project, with what `labeled_item` needs of them."""
    return (
        Annotation.objects.standing()
        .filter(author=user, project=project, image__deleted_at__isnull=True)
        .select_related("image__queue", "assignment")
        .annotate(commented=Exists(Comment.objects.filter(image=OuterRef("image"))))
    )


def labeled_item(annotation: Annotation) -> dict[str, Any]:
    """One of `labels_of` as an item of `next` shows it to its author, who may open and correct it."""
    image, lease = annotation.image, annotation.assignment
    said = annotation.result.get("category")
    item = _item((
        image.pk, image.name, image.width, image.height, "labeled" if annotation.gold else image.queue.status, image.split, image.group, image.source,
        image.source_url, image.created, image.ready, said, None, None,
        lease and lease.prediction, annotation.commented and not annotation.gold, None,  # type: ignore[attr-defined]
    ))  # fmt: skip
    item["annotation"] = {"uuid": str(annotation.uuid), "result": annotation.result}
    item["image"]["category"] = said
    return item


def _item(row: tuple[Any, ...]) -> dict[str, Any]:
    (pk, name, width, height, status, split, group, source, source_url, created, ready, category,
     assignment, expires, prediction, commented, sent_back) = row  # fmt: skip
    prediction = _json(prediction)
    return {
        "image": {
            "id": pk, "name": name, "width": width, "height": height, "status": status, "split": split, "group": group,
            "source": source, "source_url": source_url, "created": created, "ready": ready,
            # Of one that waits for a label, it would be another person's.
            "category": category or None if status in QueueItem.SETTLED else None,
        },
        "assignment": {"id": assignment, "expires": expires} if assignment else None,
        "prediction": prediction,
        "annotation": None,
        "commented": commented,
        "sent_back": _json(sent_back),
    }  # fmt: skip


def _json(value: Any) -> Any:
    # Django has jsonb arrive as text at raw cursors; only its JSONField decodes.
    return json.loads(value) if isinstance(value, str) else value


def leases_renew(*, project: Project, user: User, assignments: list[int]) -> list[int]:
    """Renew those of my leases that still stand; returns their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_assignment SET expires = greatest(expires, now() + make_interval(secs => %s))
               WHERE id = ANY(%s) AND user_id = %s AND project_id = %s AND state = 'leased' RETURNING id""",
            [settings.LEASE_SECONDS, assignments, user.pk, project.pk],
        )
        return [row[0] for row in cursor.fetchall()]


def leases_return(*, project_id: int | None = None) -> int:
    """Give the images of leases that ran out back to the queue (of one project, or of all: beat); how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """WITH out AS (
                   SELECT l.id FROM labeling_assignment l JOIN labeling_queueitem q ON q.image_id = l.image_id
                   WHERE l.state = 'leased' AND l.expires <= now()
                     AND (%(project)s::bigint IS NULL OR l.project_id = %(project)s)
                   ORDER BY l.expires LIMIT 10000 FOR UPDATE SKIP LOCKED
               )
               UPDATE labeling_assignment l SET state = 'expired' FROM out WHERE l.id = out.id RETURNING l.image_id""",
            {"project": project_id},
        )
        images = {row[0] for row in cursor.fetchall()}
        if images:
            slots_recount(images=sorted(images))
    return len(images)


def assignment_release(*, assignment_id: int, user: User) -> bool:
    """Hand a lease back unused. Idempotent; False when it was not a lease of mine.

    One by which a label came back to its author stays theirs: a page that closes is no reason to lose it.
    """
    if Assignment.objects.filter(
        pk=assignment_id, user=user, state=Assignment.State.LEASED, sent_back__isnull=False
    ).exists():
        return True
    return _end(assignment_id, user, "released")


def assignment_skip(*, assignment_id: int, user: User, reason: str) -> bool:
    """Say that the image cannot be labeled. It leaves the queue, for this person, and with an overlap of one for all."""
    return _end(assignment_id, user, "skipped", reason=reason)


def assignment_undo_skip(*, assignment_id: int, user: User) -> dict[str, Any] | None:
    """Take a skip back: the image is leased to me again. None when there is no such skip of mine.

    Raises Conflict past the limit of leases: skipping and taking back is no way to more of them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE labeling_assignment l SET state = 'leased', skip_reason = '',
                    expires = now() + make_interval(secs => %(lease)s)
                WHERE id = %(id)s AND user_id = %(user)s AND state = 'skipped' AND {STANDS}
                  AND EXISTS (SELECT 1 FROM labeling_image i WHERE i.id = l.image_id AND i.deleted_at IS NULL)
                RETURNING image_id, (SELECT count(*) FROM labeling_assignment o WHERE o.user_id = l.user_id
                                     AND o.project_id = l.project_id AND o.state = 'leased' AND o.expires > now())""",
            {"lease": settings.LEASE_SECONDS, "id": assignment_id, "user": user.pk, "staff": user.is_staff},
        )
        row = cursor.fetchone()
        if row is None:
            return None
        if row[1] >= settings.MAX_LEASES:
            raise Conflict("You hold as many images as one may: label or release some of them first.")
        cursor.execute(
            f"""UPDATE labeling_queueitem q SET status = 'unlabeled' FROM labeling_project p
                WHERE q.image_id = %s AND p.id = q.project_id AND q.status <> 'done' AND {ANSWERS} < p.overlap""",
            [row[0]],
        )
    return queue_item(image_id=row[0], user=user)


def _end(assignment_id: int, user: User, state: str, *, reason: str = "") -> bool:
    mine: dict[str, Any] = {
        "id": assignment_id,
        "user": user.pk,
        "staff": user.is_staff,
        "state": state,
        "reason": reason,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE labeling_assignment SET state = %(state)s, skip_reason = %(reason)s
                WHERE id = %(id)s AND user_id = %(user)s AND state = 'leased' AND {STANDS} RETURNING image_id""",
            mine,
        )
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                f"""SELECT 1 FROM labeling_assignment
                    WHERE id = %(id)s AND user_id = %(user)s AND state = %(state)s AND {STANDS}""",
                mine,
            )
            return cursor.fetchone() is not None
        slots_recount(images=[row[0]])
    return True
