"""What stands on an image: its queue row, its labels and leases, as a submit or a review finds them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from rest_framework.exceptions import NotFound

from labeling.access import ROLE
from labeling.kinds import KINDS
from labeling.models import QueueItem, Role, User
from labeling.services.categories import category_today


@dataclass
class Found:
    """An image's queue row with all that a submit depends on, as it stands."""

    image: int
    project: int
    version: str  # of the queue row: everything that changes an image's labels writes it
    status: str
    slots: int
    overlap: int
    review: bool
    role: str
    categories: list[str]  # the project's
    # The current annotations, the oldest first: {uuid, author, assignment, late, verdict, result}.
    stands: list[dict[str, Any]]
    leases: list[int]  # of anybody
    # An annotation of the submit's uuid, if there is one.
    digest: str | None
    author: int | None
    late: bool | None
    withdrawn: bool | None
    # The lease that the person holds, else the one that they name; or that of the annotation to be replaced.
    lease: int | None
    state: str | None
    prediction: str | None  # what it showed
    gold: bool | None  # whether that annotation or else that lease is of a gold image
    known: bool  # whether the image is one
    kind: str
    width: int
    height: int
    names: dict[Any, str | None] = field(default_factory=dict)  # what was asked of `today`

    def asks_gold(self, user: User) -> bool:
        """Whether the person's label is an answer to a gold image, which labelers have no way to tell."""
        if self.gold is not None:
            return self.gold
        return (
            self.known and self.role == Role.LABELER and not any(a["author"] == user.pk for a in self.stands)
        )

    def as_if_open(self) -> str:
        """What the status would be of an image that nobody else has labeled."""
        return "unlabeled" if self.overlap > 1 else "in_review" if self.review else "labeled"

    def outcome(self) -> tuple[str, int]:
        """Status and slots that follow. More people to come: still unlabeled; they disagree or came late: to review."""
        answers = sum(not a["late"] for a in self.stands)
        slots = 0 if answers >= self.overlap else self.slots
        if any(a["late"] and not a["verdict"] for a in self.stands):
            return "in_review", slots
        if answers < self.overlap and (slots or self.leases):
            return "unlabeled", slots
        said = [a["result"] for a in self.stands]
        agreed = all(KINDS[self.kind].same(said[0], other) for other in said[1:])
        return ("labeled" if agreed and not self.review else "in_review"), slots

    def today(self, name: Any) -> str | None:
        """A category's name of today, by the one that it has or had."""
        if not isinstance(name, str):
            return None
        if name not in self.names:
            self.names[name] = category_today(project_id=self.project, categories=self.categories, name=name)
        return self.names[name]

    def newest(self) -> dict[str, Any] | None:
        """What the image shows as far as people have said it: the last label that is not late."""
        said = [a["result"] for a in self.stands if not a["late"]]
        return said[-1] if said else None


def labels_find(
    user: User,
    image_id: int,
    uuid: UUID | None = None,
    assignment_id: int | None = None,
    replaces: UUID | None = None,
) -> Found:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT q.image_id, q.project_id, q.xmin::text, q.status, q.slots, p.overlap, p.review, {ROLE},
                       ARRAY(SELECT c.name FROM labeling_category c WHERE c.project_id = p.id),
                       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                           'uuid', a.uuid, 'author', a.author_id, 'assignment', a.assignment_id, 'late', a.late,
                           'verdict', a.verdict, 'result', a.result) ORDER BY a.created), '[]')
                        FROM labeling_annotation a WHERE a.image_id = q.image_id AND a.current),
                       ARRAY(SELECT l.id FROM labeling_assignment l WHERE l.image_id = q.image_id AND l.state = 'leased' AND NOT l.gold),
                       seen.digest, seen.author_id, seen.late, seen.withdrawn, lease.id, lease.state, lease.prediction,
                       coalesce(seen.gold, lease.gold), q.gold AND q.status = 'done', p.kind, i.width, i.height
                FROM labeling_queueitem q
                JOIN labeling_project p ON p.id = q.project_id
                JOIN labeling_image i ON i.id = q.image_id
                LEFT JOIN labeling_annotation seen ON seen.uuid = %(uuid)s::uuid
                LEFT JOIN LATERAL (
                    SELECT l.id, l.state, l.prediction, l.gold FROM labeling_assignment l WHERE l.image_id = q.image_id AND CASE
                        WHEN %(replaces)s::uuid IS NOT NULL
                            THEN l.id = (SELECT r.assignment_id FROM labeling_annotation r WHERE r.uuid = %(replaces)s::uuid)
                        ELSE l.user_id = %(user)s AND (l.state = 'leased' OR l.id = %(assignment)s::bigint) END
                    ORDER BY l.state = 'leased' DESC, l.id DESC LIMIT 1) lease ON true
                WHERE q.image_id = %(image)s AND p.deleted_at IS NULL AND i.deleted_at IS NULL""",
            {
                "staff": user.is_staff, "user": user.pk, "image": image_id, "uuid": uuid, "replaces": replaces,
                "assignment": assignment_id,
            },
        )  # fmt: skip
        row = cursor.fetchone()
    if row is None or row[7] is None:
        raise NotFound
    found = Found(*row)
    found.stands = json.loads(row[9])
    return found


def labels_lock(image_id: int) -> None:
    """Let nobody else change the image's labels, nor their names, until the transaction ends."""
    with connection.cursor() as cursor:  # in the order in which a rename takes them: names first
        cursor.execute(
            """SELECT 1 FROM labeling_category c JOIN labeling_image i ON i.project_id = c.project_id
               WHERE i.id = %s ORDER BY c.id FOR SHARE OF c""",
            [image_id],
        )
    QueueItem.objects.select_for_update().filter(image_id=image_id).first()


def lease_again(
    image_id: int, user: User, assignment: int | None, *, seconds: int | None = None,
    sent_back: dict[str, Any] | None = None,
) -> tuple[int, bool]:  # fmt: skip
    """The slot that the person's annotation held is a lease once more: its id, and whether it is a new one."""
    values = {
        "id": assignment, "user": user.pk, "image": image_id, "seconds": seconds or settings.LEASE_SECONDS,
        "sent_back": json.dumps(sent_back) if sent_back else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_assignment SET state = 'leased', expires = now() + make_interval(secs => %(seconds)s),
                   sent_back = coalesce(%(sent_back)s::jsonb, sent_back)
               WHERE id = %(id)s AND user_id = %(user)s AND state = 'submitted' RETURNING id""",
            values,
        )
        if row := cursor.fetchone():
            return row[0], False
        cursor.execute(
            """INSERT INTO labeling_assignment (image_id, project_id, user_id, state, expires, created, skip_reason, prediction, sent_back)
               SELECT q.image_id, q.project_id, %(user)s, 'leased', now() + make_interval(secs => %(seconds)s), now(), '', q.prediction,
                   %(sent_back)s::jsonb
               FROM labeling_queueitem q WHERE q.image_id = %(image)s RETURNING id""",
            values,
        )
        return cursor.fetchone()[0], True
