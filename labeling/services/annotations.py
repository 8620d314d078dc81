"""Submitting, correcting and withdrawing annotations.

A submit reads what stands in one statement, decides, and writes in one more if the image's queue row is still the one
that was read: else it begins again. So two people's submits of one image follow each other, and a repeat of one finds
its own uuid. What happens seldom (undo, review) locks that row for a transaction instead.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import UniqueViolation
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError

from labeling.access import require_rank
from labeling.errors import Conflict
from labeling.kinds import KINDS, summary
from labeling.models import RANK, Annotation, QueueItem, Role, User
from labeling.services.gold import gold_answer, gold_answered, gold_withdraw
from labeling.services.mattes import mattes_claim
from labeling.services.standing import Found, labels_find, labels_lock, lease_again

REPLACED = "What this replaces is not the current version any more. Load the image again."
NEWER = "A newer version or a review stands on this submit: it cannot be undone any more."
LABELED = "You have labeled this image already: send the new label with `replaces`."
TRIES = 10  # of a submit whose image others change at the same moment


@dataclass(frozen=True)
class Submitted:
    uuid: UUID
    created: bool  # False: the same submit had come before
    late: bool
    status: str  # of the image, now


def annotation_submit(
    *, user: User, image_id: int, uuid: UUID, result: dict[str, Any], lead_time_ms: int | None = None,
    shown_from: float | None = None, assignment_id: int | None = None, replaces: UUID | None = None,
) -> Submitted:  # fmt: skip
    """Keep one labeling of an image.

    Raises NotFound for a stranger's image, ValidationError for a result that the project does not know, Conflict when
    `replaces` is not the current version, when the uuid came before with another body, or when the person has
    labeled the image already: with what stands instead, as far as the person may know it.
    """
    digest = _digest(image_id, result, replaces)
    for _ in range(TRIES):
        found = labels_find(user, image_id, uuid, assignment_id, replaces)
        label = label_understood(result, found, user)
        if found.digest:
            return _repeat(found, user, uuid, digest)
        kind, prediction = KINDS[found.kind], json.loads(found.prediction) if found.prediction else None
        row = {
            "image": found.image, "version": found.version, "assignment": found.lease, "replaces": replaces, "uuid": uuid,
            "said": kind.categories(label), "project": found.project, "author": user.pk, "result": json.dumps(label),
            "regions": json.dumps(kind.regions(label, prediction, found.today, shown_from)), "lead_time": lead_time_ms,
            "shown_from": shown_from, "digest": digest,
        }  # fmt: skip
        if found.asks_gold(user):
            _may_answer(found, user, replaces)
            if gold_answer(row):
                return Submitted(uuid=uuid, created=True, late=False, status=found.as_if_open())
            continue
        if replaces:
            late = _supersede(found, user, replaces)
        else:
            late = _take_slot(found, user, assignment_id)
        found.leases = [lease for lease in found.leases if lease != found.lease]
        found.stands.append({"late": late, "verdict": "", "result": label})
        status, slots = found.outcome()
        if _write(
            {**row, **summary(found.kind, found.newest()), "status": status, "slots": slots, "late": late}
        ):
            return Submitted(uuid=uuid, created=True, late=late, status=status)
    raise OperationalError("an image went on changing")  # 503: to be sent again in a moment


def _digest(image_id: int, result: dict[str, Any], replaces: UUID | None) -> str:
    # Neither lead time nor lease nor slider: a repeat sent after a reload says the same thing with other ones.
    body = json.dumps(
        [image_id, result, str(replaces or "")], sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(body.encode()).hexdigest()


def label_understood(result: dict[str, Any], found: Found, user: User) -> dict[str, Any]:
    """A person says what the image shows, and nothing else: what a client claims of scores or origins is no label.

    A page that was opened before a category was renamed or merged says its name of before.
    """
    kind, size = KINDS[found.kind], {"width": found.width, "height": found.height}
    try:
        label = kind.understood(result, **size, today=found.today, categories=found.categories)
    except ValueError as error:
        raise ValidationError({"result": [str(error)]}) from error
    mattes_claim(user=user, project_id=found.project, named=kind.mattes(label), **size)
    return label


def _repeat(found: Found, user: User, uuid: UUID, digest: str) -> Submitted:
    if found.author != user.pk or found.digest != digest:
        raise Conflict("This uuid was used for another submit.", current=_current(found, user))
    if found.withdrawn:
        detail = "This submit was undone. Label the image again under a new uuid."
        raise Conflict(detail, current=_current(found, user))
    status = found.as_if_open() if found.gold else found.status
    return Submitted(uuid=uuid, created=False, late=bool(found.late), status=status)


def _supersede(found: Found, user: User, replaces: UUID) -> bool:
    """Take the version that is replaced out of what stands; whether it was late, its successor is too."""
    old = next((a for a in found.stands if a["uuid"] == str(replaces)), None)
    if old is None:
        raise Conflict(REPLACED, current=_current(found, user))
    if old["author"] != user.pk:
        require_rank(found.role, Role.REVIEWER)
    found.stands.remove(old)
    return bool(old["late"])


def _current(found: Found, user: User) -> dict[str, Any] | None:
    """What stands on the image, for who sent something else: {uuid, result, mine}, or None.

    The person's own label, else the one that counts. Of a label that is not theirs a labeler learns neither its uuid,
    for they could not replace it, nor, where several people label an image, what it says.
    """
    if not found.stands:
        return None
    shown = max(found.stands, key=lambda a: (a["author"] == user.pk, not a["late"]))
    mine, above = shown["author"] == user.pk, RANK[Role(found.role)] >= RANK[Role.REVIEWER]
    if not (mine or above or found.overlap == 1):
        return None
    result = Annotation.objects.values_list("result", flat=True).get(uuid=shown["uuid"])
    return {"uuid": shown["uuid"] if mine or above else None, "result": result, "mine": mine}


def _take_slot(found: Found, user: User, assignment_id: int | None) -> bool:
    """Use the lease, or without one (API clients, leases that ran out) a free slot. Late when neither is left."""
    if any(a["author"] == user.pk for a in found.stands):
        raise Conflict(LABELED, current=_current(found, user))
    if found.lease is None and assignment_id is not None:
        raise ValidationError({"assignment": ["This is no lease of yours on this image."]})
    if found.state in ("leased", "skipped"):  # its slot is held
        return False
    if found.slots > 0:
        found.slots -= 1
        return False
    # A mere lease of somebody else does not make a submit late.
    return sum(not a["late"] for a in found.stands) >= found.overlap


def _may_answer(found: Found, user: User, replaces: UUID | None) -> None:
    """The same refusals as on an open image, for nobody can tell a gold one."""
    answer = gold_answered(image_id=found.image, user=user)
    current = {"uuid": str(answer.uuid), "result": answer.result, "mine": True} if answer else None
    if replaces and (answer is None or answer.uuid != replaces):
        raise Conflict(REPLACED, current=current)
    if answer and not replaces:
        raise Conflict(LABELED, current=current)


def _write(row: dict[str, Any]) -> bool:
    """All of a submit in one statement. False, and nothing written, when the image has changed since it was read."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                """WITH named AS MATERIALIZED (
                       -- Held: whoever renames it goes before or after this, and never beside it.
                       SELECT 1 FROM labeling_category WHERE project_id = %(project)s AND name = ANY(%(said)s) FOR SHARE
                   ), item AS (
                       UPDATE labeling_queueitem SET category = %(category)s, categories = %(categories)s, labeled_at = now(),
                           slots = %(slots)s, status = %(status)s
                       WHERE image_id = %(image)s AND xmin = %(version)s::xid
                         AND (SELECT count(*) FROM named) = cardinality(%(said)s::text[]) RETURNING image_id
                   ), used AS (
                       UPDATE labeling_assignment l SET state = 'submitted' FROM item
                       WHERE l.id = %(assignment)s::bigint AND l.state <> 'submitted'
                   ), old AS (
                       UPDATE labeling_annotation a SET current = false FROM item WHERE a.uuid = %(replaces)s::uuid
                   )
                   INSERT INTO labeling_annotation (uuid, image_id, project_id, author_id, assignment_id, origin, result, regions,
                       lead_time_ms, shown_from, replaces_id, digest, current, withdrawn, late, verdict, created)
                   SELECT %(uuid)s::uuid, image_id, %(project)s, %(author)s, %(assignment)s::bigint, 'person', %(result)s::jsonb,
                       %(regions)s::jsonb, %(lead_time)s::int, %(shown_from)s::float, %(replaces)s::uuid, %(digest)s,
                       true, false, %(late)s, '', now()
                   FROM item""",
                row,
            )
            return bool(cursor.rowcount)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):  # on another image, at this very moment
            raise Conflict("This uuid was used for another submit.") from error
        raise


def annotation_withdraw(*, user: User, uuid: UUID) -> int:
    """Undo a submit: what it replaced is current again, or the image is leased to its author once more.

    Idempotent for its author. Returns the image's id.
    """
    annotation = Annotation.objects.filter(uuid=uuid).first()
    if annotation is None:
        raise NotFound
    with transaction.atomic():
        labels_lock(annotation.image_id)
        labels_find(user, annotation.image_id)
        if annotation.author_id != user.pk:
            raise PermissionDenied("Only its author undoes a submit. Replace it, or review it.")
        annotation.refresh_from_db()
        if annotation.withdrawn:
            return annotation.image_id
        if annotation.gold:
            if Annotation.objects.filter(replaces=uuid).exists():
                raise Conflict(NEWER)
            if annotation.replaces_id is None:
                lease_again(annotation.image_id, user, annotation.assignment_id)
            gold_withdraw(annotation=annotation)
            return annotation.image_id
        if not annotation.current or annotation.verdict:
            raise Conflict(NEWER)
        replaced = annotation.replaces_id
        annotation.current, annotation.withdrawn, annotation.replaces = False, True, None
        annotation.save(update_fields=["current", "withdrawn", "replaces"])
        item = QueueItem.objects.get(image_id=annotation.image_id)
        if replaced:
            Annotation.objects.filter(uuid=replaced).update(current=True)
            found = labels_find(user, annotation.image_id)
            item.status, item.slots = found.outcome()
        else:
            found = labels_find(user, annotation.image_id)
            item.labeled_at, item.status = None, QueueItem.Status.UNLABELED
            lease_again(annotation.image_id, user, annotation.assignment_id)
        said = summary(found.kind, found.newest())
        item.category, item.categories = said["category"], said["categories"]
        item.save(update_fields=["status", "slots", "category", "categories", "labeled_at"])
    return annotation.image_id
