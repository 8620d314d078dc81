"""Projects, their categories and members."""

from __future__ import annotations

from typing import Any

from django.conf import settings as conf
from django.db import connection, transaction
from django.utils import timezone

from labeling.enqueue import enqueue
from labeling.models import Membership, Project, Role, User
from labeling.services.categories import categories_set
from labeling.services.slots import slots_recount

DEFAULT_SETTINGS: dict[str, Any] = {
    "entities": ["cell phone", "dog", "cat"],
    "entity_score": 0.4,
    "non_engaged": "non-engaged",
}


def project_create(
    *, by: User, categories: list[dict[str, Any]], settings: dict[str, Any] | None = None, **fields: Any
) -> Project:
    """A project with its categories, and `by` as its manager."""
    with transaction.atomic():
        project = Project.objects.create(settings={**DEFAULT_SETTINGS, **(settings or {})}, **fields)
        Membership.objects.create(project=project, user=by, role=Role.MANAGER)
        categories_set(project=project, categories=categories, by=by)
    return project


def project_update(
    *, project: Project, by: User | None, categories: list[dict[str, Any]] | None = None, **fields: Any
) -> Project:
    """Change what is given. A new overlap changes how many annotations every image still wants."""
    with transaction.atomic():
        project = Project.objects.lock(pk=project.pk)
        overlap_before, sampling_before = project.overlap, project.sampling
        if "settings" in fields:
            fields["settings"] = {**project.settings, **fields["settings"]}
        for name, value in fields.items():
            setattr(project, name, value)
        project.save()
        if categories is not None:
            categories_set(project=project, categories=categories, by=by)
        if project.overlap != overlap_before:
            images = project.images.order_by("pk").values_list("pk", flat=True)
            slots_recount(images=list(images), reopen=True)
        if project.sampling != sampling_before:
            for task in conf.ON_SAMPLING_CHANGED:
                enqueue(task, project.pk, queue="inference")
    return project


def project_delete(*, project: Project, by: User) -> None:
    """Out of sight, and back with `project_restore`."""
    Project.objects.filter(pk=project.pk, deleted_at=None).update(deleted_at=timezone.now(), deleted_by=by)


def project_restore(*, project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(deleted_at=None, deleted_by=None)
    project.refresh_from_db()


def member_set(*, project: Project, user: User, role: str) -> Membership:
    member, _ = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    return member


def member_remove(*, member: Membership) -> None:
    """The person's leases go back to the queue; what they labeled stays."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_assignment SET state = 'released'
               WHERE project_id = %s AND user_id = %s AND state = 'leased' RETURNING image_id""",
            [member.project_id, member.user_id],
        )
        slots_recount(images=[row[0] for row in cursor.fetchall()])
        member.delete()


def project_counts(*, projects: list[int]) -> dict[int, dict[str, int]]:
    """{project: {status: images, total}} in one query."""
    empty = {"unlabeled": 0, "labeled": 0, "in_review": 0, "done": 0, "skipped": 0, "total": 0}
    counts = {pk: dict(empty) for pk in projects}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT q.project_id, q.status, count(*) FROM labeling_queueitem q
               WHERE q.project_id = ANY(%s) AND NOT EXISTS (
                   SELECT 1 FROM labeling_image i WHERE i.id = q.image_id AND i.deleted_at IS NOT NULL)
               GROUP BY 1, 2""",
            [projects],
        )
        for pk, status, number in cursor.fetchall():
            counts[pk][status] = number
            counts[pk]["total"] += number
    return counts
