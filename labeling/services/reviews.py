"""What reviewers decide about labels: accept one, mended or as it is, or send the image back; and take that back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from rest_framework.exceptions import NotFound, ValidationError

from labeling.access import require_rank
from labeling.errors import Conflict
from labeling.kinds import summary
from labeling.models import Annotation, Assignment, Membership, QueueItem, Review, Role, User
from labeling.services.annotations import annotation_submit, label_understood
from labeling.services.standing import labels_find, labels_lock, lease_again

SENT_BACK_SECONDS = 24 * 3600  # that an image waits for its author, before it is anybody's


@dataclass
class _State:
    """Of an image, as far as a verdict changes it."""

    status: str
    slots: int
    category: str
    categories: list[str]
    current: list[str]

    @classmethod
    def of(cls, image_id: int) -> _State:
        item = QueueItem.objects.get(image_id=image_id)
        standing = Annotation.objects.filter(image_id=image_id, current=True).order_by("uuid")
        return cls(
            item.status,
            item.slots,
            item.category,
            item.categories,
            [str(pk) for pk in standing.values_list("pk", flat=True)],
        )

    def restore(self, image_id: int) -> None:
        rows = Annotation.objects.filter(image_id=image_id)
        rows.exclude(pk__in=self.current).filter(current=True).update(current=False)
        rows.filter(pk__in=self.current).update(current=True)
        QueueItem.objects.filter(image_id=image_id).update(
            status=self.status, slots=self.slots, category=self.category, categories=self.categories
        )


def annotation_review(
    *, user: User, uuid: UUID, verdict: str, comment: str = "", result: dict[str, Any] | None = None
) -> str:
    """Accept a version (with `result`: mend it first) or send the image back. Returns the image's status.

    The same verdict again is the same verdict. Raises Conflict for a version that somebody has replaced or judged.
    """
    if result is not None and verdict == Review.Verdict.REJECT:
        raise ValidationError({"result": ["Send an image back, or mend its label and accept it: not both."]})
    annotation = _annotation(uuid)
    with transaction.atomic():
        labels_lock(annotation.image_id)
        found = labels_find(user, annotation.image_id)
        require_rank(found.role, Role.REVIEWER)
        annotation.refresh_from_db()
        if result is not None:
            result = label_understood(result, found, user)
        if _is_repeat(annotation, user, verdict, comment, result):
            return QueueItem.objects.get(image_id=annotation.image_id).status
        if not annotation.current:
            raise Conflict("This is not the current version any more. Load the image again.")
        before = _State.of(annotation.image_id)
        review = Review(annotation=annotation, reviewer=user, verdict=verdict, comment=comment)
        undo: dict[str, Any] = {"verdict": annotation.verdict, "late": annotation.late}
        if verdict == Review.Verdict.ACCEPT:
            undo |= _accept(annotation, user, result)
        else:
            undo |= _send_back(annotation, user, comment)
        after = _State.of(annotation.image_id)
        review.undo = {**undo, "before": asdict(before), "after": asdict(after)}
        review.save()
    return after.status


def _annotation(uuid: UUID) -> Annotation:
    annotation = Annotation.objects.filter(uuid=uuid).first()
    if annotation is None:
        raise NotFound
    return annotation


def _is_repeat(
    annotation: Annotation, user: User, verdict: str, comment: str, result: dict[str, Any] | None
) -> bool:
    last = annotation.reviews.order_by("-id").first()
    if last is None or (last.reviewer_id, last.verdict, last.comment) != (user.pk, verdict, comment):
        return False
    # Who accepts as something else now has changed their mind.
    mended = (last.undo or {}).get("mended")
    stands = Annotation.objects.get(pk=mended) if mended else annotation
    return (result or annotation.result) == stands.result


def _accept(annotation: Annotation, user: User, result: dict[str, Any] | None) -> dict[str, Any]:
    """The reviewer has decided: other people's versions of this image stand down."""
    mended: dict[str, Any] = {}
    if result is not None and result != annotation.result:
        fixed = uuid4()
        annotation_submit(
            user=user, image_id=annotation.image_id, uuid=fixed, result=result, shown_from=annotation.shown_from,
            replaces=annotation.pk,
        )  # fmt: skip
        annotation, mended = Annotation.objects.get(pk=fixed), {"mended": str(fixed)}
    Annotation.objects.filter(pk=annotation.pk).update(verdict=Review.Verdict.ACCEPT, late=False)
    others = Annotation.objects.filter(image_id=annotation.image_id, current=True)
    others.exclude(pk=annotation.pk).update(current=False)
    QueueItem.objects.filter(image_id=annotation.image_id).update(
        status=QueueItem.Status.DONE, slots=0, **summary(annotation.project.kind, annotation.result)
    )
    return mended


def _send_back(annotation: Annotation, user: User, comment: str) -> dict[str, Any]:
    """The slot that the label took is free again: its author's for a day, who is told why, then anybody's.

    A late one took none: it goes, and the others stand.
    """
    image_id, lease = annotation.image_id, {}
    Annotation.objects.filter(pk=annotation.pk).update(
        current=False, verdict=Review.Verdict.REJECT, late=False
    )
    item = QueueItem.objects.get(image_id=image_id)
    if not annotation.late:
        found = labels_find(user, image_id)
        taken = sum(not a["late"] for a in found.stands) + len(found.leases)
        item.slots = max(0, min(found.overlap - taken, item.slots + 1))
        if item.slots and (author := _author(annotation)):
            # To go on from: nobody draws forty boxes or a matte anew because one place is wrong.
            made = {name: value for name, value in annotation.result.items() if name != "category"}
            told = {"comment": comment, "reviewer": user.username, **made}
            pk, new = lease_again(
                image_id, author, annotation.assignment_id, seconds=SENT_BACK_SECONDS, sent_back=told
            )
            lease, item.slots = {"lease": pk, "new": new}, item.slots - 1
        item.save(update_fields=["slots"])
    found = labels_find(user, image_id)
    item.status, item.slots = found.outcome() if found.stands else (QueueItem.Status.UNLABELED, found.slots)
    said = summary(found.kind, found.newest())
    item.category, item.categories = said["category"], said["categories"]
    item.save(update_fields=["status", "slots", "category", "categories"])
    return lease


def _author(annotation: Annotation) -> User | None:
    """Who made the label, if they can do it again."""
    author = annotation.author
    if author is None or not author.is_active or annotation.origin != Annotation.Origin.PERSON:
        return None
    member = Membership.objects.filter(project=annotation.project_id, user=author).exists()
    holds = Assignment.objects.filter(image=annotation.image_id, user=author, state=Assignment.State.LEASED)
    return author if (member or author.is_staff) and not holds.exists() else None


def review_undo(*, user: User, uuid: UUID) -> str:
    """Take back a verdict of mine: the image is as it was before. Returns its status.

    Raises Conflict when somebody has gone on from there.
    """
    annotation = _annotation(uuid)
    with transaction.atomic():
        labels_lock(annotation.image_id)
        require_rank(labels_find(user, annotation.image_id).role, Role.REVIEWER)
        annotation.refresh_from_db()
        review = annotation.reviews.order_by("-id").first()
        if review is None or review.reviewer_id != user.pk or review.undo is None:
            raise Conflict("There is no verdict of yours here to take back.")
        undo = review.undo
        if asdict(_State.of(annotation.image_id)) != {"categories": [], **undo["after"]}:
            raise Conflict("Somebody has gone on with this image: the verdict cannot be taken back any more.")
        if "mended" in undo:
            Annotation.objects.filter(pk=undo["mended"]).update(current=False, withdrawn=True, replaces=None)
        if "lease" in undo:
            state = Assignment.State.RELEASED if undo["new"] else Assignment.State.SUBMITTED
            Assignment.objects.filter(pk=undo["lease"]).update(state=state, sent_back=None)
        _State(**{"categories": [], **undo["before"]}).restore(annotation.image_id)
        Annotation.objects.filter(pk=uuid).update(verdict=undo["verdict"], late=undo["late"])
        review.delete()
    return str(undo["before"]["status"])
