"""Comments on images, and who may read which."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Min, Q, QuerySet
from rest_framework.exceptions import NotFound, PermissionDenied

from labeling.access import object_for, project_for
from labeling.errors import Conflict
from labeling.models import (
    RANK,
    Annotation,
    Assignment,
    Comment,
    Image,
    Membership,
    Project,
    Role,
    User,
)


def comments_for(*, user: User, project: Project, image: Image) -> QuerySet[Comment]:
    """The comments on an image that this person may read. Call with a project that carries the person's role.

    Reviewers and managers read all, and everybody their own. A labeler reads those on images that they hold or have
    labeled; but where others label the image, too, what these say could give their label away: then only what a
    reviewer said after the labeler had labeled it.
    """
    comments = Comment.objects.filter(image=image).select_related("author")
    if RANK[Role(project.role)] >= RANK[Role.REVIEWER]:  # type: ignore[attr-defined]
        return comments
    labels = Annotation.objects.filter(image=image, withdrawn=False)
    labeled = labels.filter(author=user).aggregate(at=Min("created"))["at"]
    readable = Q(author=user)
    if project.overlap > 1 or labels.current().exclude(author=user).exists():
        if labeled:
            above = Membership.objects.filter(project=project).exclude(role=Role.LABELER).values("user")
            readable |= Q(created__gt=labeled) & (Q(author__in=above) | Q(author__is_staff=True))
    elif labeled or Assignment.objects.filter(image=image, user=user, state="leased").exists():
        return comments
    return comments.filter(readable)


def comment_create(*, user: User, image: Image, uuid: UUID, text: str) -> tuple[Comment, bool]:
    """Keep a comment; whether it is new. A repeat is the same comment, another text under its uuid is a Conflict."""
    comment, created = Comment.objects.get_or_create(
        uuid=uuid, defaults={"image": image, "project_id": image.project_id, "author": user, "text": text}
    )
    if (comment.image_id, comment.author_id, comment.text) != (image.pk, user.pk, text):
        raise Conflict("This uuid was used for another comment.")
    return comment, created


def comment_delete(*, user: User, uuid: UUID) -> None:
    """Its author's right alone. Raises NotFound for a stranger's and for one that is gone already."""
    alive = Comment.objects.filter(image__deleted_at__isnull=True).select_related("image")
    comment = object_for(user, alive, uuid)
    if comment.author_id != user.pk:
        project = project_for(user, comment.project_id)
        if not comments_for(user=user, project=project, image=comment.image).filter(pk=uuid).exists():
            raise NotFound
        raise PermissionDenied("Only its author deletes a comment.")
    comment.delete()
