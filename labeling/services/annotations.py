"""Submitting, correcting, withdrawing and reviewing annotations.

A submit is one transaction around the image's queue row, locked first: two people's submits of one image follow
each other, and a repeat of one finds its own uuid.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError

from labeling.access import ROLE, require_rank
from labeling.errors import Conflict
from labeling.models import Annotation, QueueItem, Review, Role, User

WRITE = """used AS (
        UPDATE labeling_assignment SET state = 'submitted' WHERE id = %(assignment)s AND state <> 'submitted'
    ), new AS (
        INSERT INTO labeling_annotation (uuid, image_id, project_id, author_id, assignment_id, origin, result, regions,
            lead_time_ms, replaces_id, digest, current, withdrawn, late, verdict, created)
        VALUES (%(uuid)s, %(image)s, %(project)s, %(user)s, %(assignment)s, 'person', %(result)s, %(regions)s,
            %(lead_time)s, %(replaces)s, %(digest)s, true, false, %(late)s, '', now())
        ON CONFLICT (uuid) DO NOTHING RETURNING uuid
    ),"""


@dataclass(frozen=True)
class Submitted:
    uuid: UUID
    created: bool  # False: the same submit had come before
    late: bool
    status: str  # of the image, now


@dataclass
class _Target:
    """The locked queue row, with what the submit needs of its project."""

    image: int
    project: int
    status: str
    slots: int
    overlap: int
    review: bool
    role: str
    categories: list[str]


@dataclass
class _Found:
    """What stands already, seen after the lock: an annotation of the submit's uuid, and the person's lease."""

    digest: str | None
    author: int | None
    late: bool | None
    withdrawn: bool | None
    labeled: bool  # the person has labeled the image
    answers: int  # that stand, of anybody
    lease: int | None
    state: str | None
    prediction: str | None  # what the lease showed


def annotation_submit(
    *, user: User, image_id: int, uuid: UUID, result: dict[str, Any], lead_time_ms: int | None = None,
    assignment_id: int | None = None, replaces: UUID | None = None,
) -> Submitted:  # fmt: skip
    """Keep one labeling of an image.

    Raises NotFound for a stranger's image, ValidationError for a result that the project does not know, Conflict when
    `replaces` is not the current version, when the uuid came before with another body, or when the person has
    labeled the image already.
    """
    with transaction.atomic():
        target = _lock(user, image_id)
        _validate(result, target.categories)
        digest = _digest(image_id, result, replaces)
        found = _look(target, user, uuid, assignment_id)
        if found.digest:
            return _repeat(found, user, uuid, digest, target)
        if replaces:
            prediction, assignment, late = _supersede(target, user, replaces)
        else:
            prediction, assignment, late = _take_slot(target, found, assignment_id)
        status = _settle(
            target, result["category"], late=late, assignment=assignment,
            new={
                "uuid": uuid, "user": user.pk, "result": json.dumps(result), "lead_time": lead_time_ms, "replaces": replaces,
                "digest": digest, "regions": json.dumps([region_origin(result, json.loads(prediction) if prediction else None)]),
            },
        )  # fmt: skip
    return Submitted(uuid=uuid, created=True, late=late, status=status)


def _digest(image_id: int, result: dict[str, Any], replaces: UUID | None) -> str:
    # Neither lead time nor lease: a repeat sent after a reload says the same thing with other ones.
    body = json.dumps(
        [image_id, result, str(replaces or "")], sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(body.encode()).hexdigest()


def _lock(user: User, image_id: int) -> _Target:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT q.image_id, q.project_id, q.status, q.slots, p.overlap, p.review, {ROLE},
                       ARRAY(SELECT c.name FROM labeling_category c WHERE c.project_id = p.id)
                FROM labeling_queueitem q JOIN labeling_project p ON p.id = q.project_id
                JOIN labeling_image i ON i.id = q.image_id
                WHERE q.image_id = %(image)s AND p.deleted_at IS NULL AND i.deleted_at IS NULL
                FOR UPDATE OF q""",
            {"staff": user.is_staff, "user": user.pk, "image": image_id},
        )
        row = cursor.fetchone()
    if row is None or row[6] is None:
        raise NotFound
    return _Target(*row)


def _look(target: _Target, user: User, uuid: UUID, assignment_id: int | None) -> _Found:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.digest, a.author_id, a.late, a.withdrawn, said.mine, said.n, l.id, l.state, l.prediction
               FROM (SELECT count(*) FILTER (WHERE NOT late) AS n, coalesce(bool_or(author_id = %(user)s), false) AS mine
                     FROM labeling_annotation WHERE image_id = %(image)s AND current) said
               LEFT JOIN labeling_annotation a ON a.uuid = %(uuid)s
               LEFT JOIN LATERAL (
                   SELECT id, state, prediction FROM labeling_assignment
                   WHERE image_id = %(image)s AND user_id = %(user)s
                     AND (id = %(assignment)s OR (%(assignment)s::bigint IS NULL AND state = 'leased'))
                   ORDER BY id DESC LIMIT 1 FOR UPDATE) l ON true""",
            {"user": user.pk, "image": target.image, "uuid": uuid, "assignment": assignment_id},
        )
        return _Found(*cursor.fetchone())


def _validate(result: dict[str, Any], categories: list[str]) -> None:
    """A person says one category, and nothing else: what a client claims of scores or origins is no label."""
    unknown = result.keys() - {"category"}
    if unknown:
        raise ValidationError({"result": [f"Unknown field {sorted(unknown)[0]}: a label is {{category}}."]})
    if result.get("category") not in categories:
        raise ValidationError({"result": [f"The category must be one of {', '.join(categories)}."]})


def _repeat(found: _Found, user: User, uuid: UUID, digest: str, target: _Target) -> Submitted:
    if found.author != user.pk or found.digest != digest:
        raise Conflict("This uuid was used for another submit.")
    if found.withdrawn:
        raise Conflict("This submit was undone. Label the image again under a new uuid.")
    return Submitted(uuid=uuid, created=False, late=bool(found.late), status=target.status)


def _supersede(target: _Target, user: User, replaces: UUID) -> tuple[str | None, int | None, bool]:
    """Retire the version that is replaced; its lease's prediction stays the one to compare with."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_annotation SET current = false WHERE uuid = %s AND image_id = %s AND current
               RETURNING author_id, assignment_id, late,
                         (SELECT l.prediction FROM labeling_assignment l WHERE l.id = assignment_id)""",
            [replaces, target.image],
        )
        row = cursor.fetchone()
    if row is None:
        raise Conflict("What this replaces is not the current version any more. Load the image again.")
    author, assignment, late, prediction = row
    if author != user.pk:
        require_rank(target.role, Role.REVIEWER)
    return prediction, assignment, late


def _take_slot(
    target: _Target, found: _Found, assignment_id: int | None
) -> tuple[str | None, int | None, bool]:
    """Use the lease, or without one (API clients, leases that ran out) a free slot. Late when neither is left."""
    if found.labeled:
        raise Conflict("You have labeled this image already: send the new label with `replaces`.")
    if found.lease is None and assignment_id is not None:
        raise ValidationError({"assignment": ["This is no lease of yours on this image."]})
    late = False
    if found.state not in ("leased", "skipped"):  # else its slot is held
        if target.slots > 0:
            target.slots -= 1
        else:  # a mere lease of somebody else does not make a submit late
            late = found.answers >= target.overlap
    return found.prediction, found.lease, late


def region_origin(result: dict[str, Any], prediction: dict[str, Any] | None) -> dict[str, Any]:
    """Where a classification came from, by comparing it with what the model had said when the lease was given."""
    predicted = (prediction or {}).get("result") or {}
    if not prediction or not predicted.get("category"):
        return {"origin": "drawn"}
    same = predicted["category"] == result["category"]
    return {"origin": "accepted" if same else "corrected", "model_version": prediction["model_version"]}


def _settle(
    target: _Target, category: str, *, late: bool, assignment: int | None = None, new: dict[str, Any] | None = None
) -> str:
    """The image's status after a submit, which is written in the same statement: `new`, and the end of its lease.

    More people to come: still unlabeled; they disagree or came late: to review.
    """
    # Parts of one statement do not see what the others write, so the new annotation is counted beside the old ones.
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH {WRITE if new else ""} stands AS (
                    SELECT late, verdict, result->>'category' AS category FROM labeling_annotation
                    WHERE image_id = %(image)s AND current {"UNION ALL SELECT %(late)s, '', %(category)s FROM new" if new else ""}
                ), said AS (
                    SELECT count(*) FILTER (WHERE NOT late) AS n, count(DISTINCT category) AS views,
                           count(*) FILTER (WHERE late AND verdict = '') AS late FROM stands
                )
                UPDATE labeling_queueitem q SET
                    category = CASE WHEN %(late)s THEN q.category ELSE %(category)s END,
                    labeled_at = now(),
                    slots = CASE WHEN said.n >= %(overlap)s THEN 0 ELSE %(slots)s END,
                    status = CASE WHEN said.late > 0 THEN 'in_review'
                                  WHEN said.n < %(overlap)s AND (%(slots)s > 0 OR EXISTS (
                                      SELECT 1 FROM labeling_assignment l WHERE l.image_id = q.image_id AND l.state = 'leased'
                                        AND l.id IS DISTINCT FROM %(assignment)s)) THEN 'unlabeled'
                                  WHEN %(review)s OR said.views > 1 THEN 'in_review' ELSE 'labeled' END
                FROM said {", new" if new else ""} WHERE q.image_id = %(image)s RETURNING q.status""",
            {
                "image": target.image, "project": target.project, "slots": target.slots, "overlap": target.overlap,
                "review": target.review, "category": category, "late": late, "assignment": assignment, **(new or {}),
            },
        )  # fmt: skip
        row = cursor.fetchone()
    if row is None:  # the uuid came on another image at this very moment: its row was not there to be seen
        raise Conflict("This uuid was used for another submit.")
    return str(row[0])


def annotation_withdraw(*, user: User, uuid: UUID) -> int:
    """Undo a submit: what it replaced is current again, or the image is leased to its author once more.

    Idempotent for its author. Returns the image's id.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT image_id, author_id FROM labeling_annotation WHERE uuid = %s", [uuid])
        row = cursor.fetchone()
        if row is None:
            raise NotFound
        target = _lock(user, row[0])
        if row[1] != user.pk:
            raise PermissionDenied("Only its author undoes a submit. Replace it, or review it.")
        cursor.execute(
            "SELECT assignment_id, replaces_id, current, withdrawn, verdict FROM labeling_annotation WHERE uuid = %s",
            [uuid],
        )
        assignment, replaced, current, withdrawn, verdict = cursor.fetchone()
        if not withdrawn:
            if not current or verdict:
                raise Conflict(
                    "A newer version or a review stands on this submit: it cannot be undone any more."
                )
            _withdraw(target, uuid, replaced)
            if not replaced:
                _lease_again(target, user, assignment)
    return target.image


def _withdraw(target: _Target, uuid: UUID, replaced: UUID | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE labeling_annotation SET current = false, withdrawn = true, replaces_id = NULL WHERE uuid = %s RETURNING late",
            [uuid],
        )
        late = cursor.fetchone()[0]
        if replaced:
            cursor.execute(
                "UPDATE labeling_annotation SET current = true WHERE uuid = %s RETURNING result", [replaced]
            )
            _settle(target, json.loads(cursor.fetchone()[0])["category"], late=late)
            return
        cursor.execute(
            """UPDATE labeling_queueitem q SET labeled_at = NULL, status = 'unlabeled', category = coalesce((
                   SELECT a.result->>'category' FROM labeling_annotation a
                   WHERE a.image_id = q.image_id AND a.current AND NOT a.late ORDER BY a.created DESC LIMIT 1), '')
               WHERE q.image_id = %s""",
            [target.image],
        )


def _lease_again(target: _Target, user: User, assignment: int | None) -> None:
    """The slot that the annotation held is the lease's once more."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_assignment SET state = 'leased', expires = now() + make_interval(secs => %s)
               WHERE id = %s AND state = 'submitted'""",
            [settings.LEASE_SECONDS, assignment],
        )
        if cursor.rowcount:
            return
        cursor.execute(
            """INSERT INTO labeling_assignment (image_id, project_id, user_id, state, expires, created, skip_reason, prediction)
               SELECT q.image_id, q.project_id, %s, 'leased', now() + make_interval(secs => %s), now(), '', q.prediction
               FROM labeling_queueitem q WHERE q.image_id = %s""",
            [user.pk, settings.LEASE_SECONDS, target.image],
        )


def annotation_review(
    *,
    user: User,
    uuid: UUID,
    verdict: str,
    comment: str = "",
    result: dict[str, Any] | None = None,
    new_uuid: UUID | None = None,
) -> str:
    """Accept a version (with `result`: fix it first) or send the image back. Returns the image's status."""
    annotation = Annotation.objects.filter(uuid=uuid).first()
    if annotation is None:
        raise NotFound
    with transaction.atomic():
        target = _lock(user, annotation.image_id)
        require_rank(target.role, Role.REVIEWER)
        annotation.refresh_from_db()
        if not annotation.current:
            raise Conflict("This is not the current version any more. Load the image again.")
        Review.objects.create(annotation=annotation, reviewer=user, verdict=verdict, comment=comment)
        if result is not None and result != annotation.result:
            fixed = new_uuid or uuid4()
            annotation_submit(user=user, image_id=target.image, uuid=fixed, result=result, replaces=uuid)
            annotation = Annotation.objects.get(uuid=fixed)
        annotation.verdict, annotation.late = verdict, False
        annotation.save(update_fields=["verdict", "late"])
        item = QueueItem.objects.get(image_id=target.image)
        if verdict == Review.Verdict.ACCEPT:
            # The reviewer has decided: other people's versions of this image stand down.
            Annotation.objects.filter(image_id=target.image, current=True).exclude(
                uuid=annotation.uuid
            ).update(current=False)
            item.status, item.category, item.slots = QueueItem.Status.DONE, annotation.result["category"], 0
        else:
            annotation.current = False
            annotation.save(update_fields=["current"])
            left = Annotation.objects.filter(image_id=target.image, current=True).order_by("-created").first()
            item.status = QueueItem.Status.IN_REVIEW if left else QueueItem.Status.UNLABELED
            item.category = left.result["category"] if left else ""
            item.slots = item.slots if left else 1
        item.save(update_fields=["status", "category", "slots"])
    return item.status
