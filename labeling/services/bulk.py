"""Many images at once: another label, another split, away; and back again as they were.

Each change is one transaction, whatever its size. What was before is kept for some days, image by image: taking the
change back leaves alone what somebody has gone on with since.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.exceptions import NotFound, ValidationError

from labeling.access import require_rank
from labeling.lookups import among
from labeling.models import BulkEdit, Project, Role, User
from labeling.services.categories import categories_held, category_today
from labeling.services.images import images_delete, images_restore, images_split
from labeling.services.slots import slots_recount

# The label that a relabeling gives an image: the same for the same two, so that taking back finds it.
LABEL = "md5(%(edit)s::text || '-' || x.image_id)::uuid"


def bulk_relabel(*, project: Project, by: User, ids: Sequence[int], category: str) -> tuple[int, UUID | None]:
    """Say of images what they show, as a reviewer who accepts it does: other people's labels stand down.

    Images that are settled on this category already are passed over, and so are deleted and damaged ones. Returns how
    many changed, and what `bulk_undo` takes.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if project.kind != Project.Kind.CLASSIFICATION:
            raise ValidationError(
                {"action": ["Only images that have one category are relabeled many at once."]}
            )
        category = _held(project, category)
        # Read after they are locked: what came while this waited counts.
        cursor.execute(
            "SELECT 1 FROM labeling_queueitem WHERE project_id = %s AND image_id = ANY(%s) ORDER BY image_id FOR UPDATE",
            [project.pk, list(ids)],
        )
        cursor.execute(
            """SELECT q.image_id FROM labeling_queueitem q JOIN labeling_image i ON i.id = q.image_id
               WHERE q.project_id = %s AND q.image_id = ANY(%s) AND i.deleted_at IS NULL AND i.error = ''
                 AND NOT (q.category = %s AND q.status IN ('labeled', 'done'))""",
            [project.pk, list(ids), category],
        )
        changing = [row[0] for row in cursor.fetchall()]
        if not changing:
            return 0, None
        edit = _remember(project, by, BulkEdit.Action.RELABEL, changing)
        values: dict[str, Any] = {
            "edit": edit.pk, "ids": changing, "project": project.pk, "by": by.pk, "category": category,
            "result": json.dumps({"category": category}), "regions": json.dumps([{"origin": "drawn"}]),
        }  # fmt: skip
        cursor.execute(
            "UPDATE labeling_annotation SET current = false WHERE image_id = ANY(%(ids)s) AND current", values
        )
        cursor.execute(
            f"""INSERT INTO labeling_annotation (uuid, image_id, project_id, author_id, origin, result, regions, digest, current,
                    withdrawn, late, verdict, created)
                SELECT {LABEL}, x.image_id, %(project)s, %(by)s, 'person', %(result)s::jsonb, %(regions)s::jsonb,
                    encode(sha256({LABEL}::text::bytea), 'hex'), true, false, false, 'accept', now()
                FROM unnest(%(ids)s::bigint[]) AS x(image_id)""",
            values,
        )
        cursor.execute(
            """UPDATE labeling_queueitem SET status = 'done', slots = 0, category = %(category)s, labeled_at = now()
               WHERE image_id = ANY(%(ids)s)""",
            values,
        )
        cursor.execute(
            "UPDATE labeling_assignment SET state = 'released' WHERE image_id = ANY(%(ids)s) AND state = 'leased'",
            values,
        )
    return len(changing), edit.pk


def _held(project: Project, category: str) -> str:
    """The category's name of today; nobody renames it until the transaction ends. Raises ValidationError."""
    known = categories_held(project_id=project.pk)
    name = category_today(project_id=project.pk, categories=known, name=category)
    if name is None:
        raise ValidationError({"category": [f"The category must be one of {', '.join(known)}."]})
    return name


def bulk_delete(*, project: Project, by: User, ids: Sequence[int]) -> tuple[int, UUID | None]:
    with transaction.atomic():
        gone = images_delete(project=project, ids=ids)
        return len(gone), _remember(project, by, BulkEdit.Action.DELETE, gone).pk if gone else None


def bulk_split(*, project: Project, by: User, ids: Sequence[int], split: str) -> tuple[int, UUID | None]:
    with transaction.atomic():
        edit = _remember(project, by, BulkEdit.Action.SPLIT, ids, split=split)
        moved = images_split(project=project, ids=ids, split=split)
        edit.images.exclude(image__in=among(moved)).delete()
        if not moved:
            edit.delete()
    return len(moved), edit.pk if moved else None


def _remember(project: Project, by: User, action: str, ids: Sequence[int], *, split: str = "") -> BulkEdit:
    edit = BulkEdit.objects.create(project=project, by=by, action=action, split=split)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO labeling_bulkbefore (edit_id, image_id, split, status, labeled_at, standing)
               SELECT %s, i.id, i.split, q.status, q.labeled_at,
                   ARRAY(SELECT a.uuid FROM labeling_annotation a WHERE a.image_id = i.id AND a.current)
               FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id
               WHERE i.project_id = %s AND i.id = ANY(%s)""",
            [edit.pk, project.pk, list(ids)],
        )
    return edit


def bulk_undo(*, project: Project, role: str, uuid: UUID) -> int:
    """Take a change back where nobody has gone on since; how many images are as they were. Again: none are left.

    Raises NotFound for another project's, and for one whose time is over.
    """
    with transaction.atomic():
        edit = BulkEdit.objects.select_for_update().filter(pk=uuid, project=project).first()
        if edit is None:
            raise NotFound
        if edit.action != BulkEdit.Action.RELABEL:
            require_rank(role, Role.MANAGER)
        back = {"relabel": _labels_back, "delete": _images_back, "split": _splits_back}[edit.action](edit)
        edit.images.all().delete()
    return back


def _images_back(edit: BulkEdit) -> int:
    return images_restore(project=edit.project, ids=list(edit.images.values_list("image", flat=True)))


def _splits_back(edit: BulkEdit) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_image i SET split = b.split FROM labeling_bulkbefore b
               WHERE b.edit_id = %s AND i.id = b.image_id AND i.split = %s""",
            [edit.pk, edit.split],
        )
        return cursor.rowcount


def _labels_back(edit: BulkEdit) -> int:
    values: dict[str, Any] = {"edit": edit.pk}
    categories_held(project_id=edit.project_id)  # in the order in which a rename takes them: names first
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT 1 FROM labeling_queueitem WHERE image_id IN (
                   SELECT image_id FROM labeling_bulkbefore WHERE edit_id = %(edit)s) ORDER BY image_id FOR UPDATE""",
            values,
        )
        cursor.execute(
            f"""SELECT x.image_id FROM labeling_bulkbefore x JOIN labeling_queueitem q ON q.image_id = x.image_id
                JOIN labeling_annotation a ON a.uuid = {LABEL} AND a.current
                WHERE x.edit_id = %(edit)s AND q.status = 'done' AND NOT EXISTS (
                    SELECT 1 FROM labeling_annotation o WHERE o.image_id = x.image_id AND o.current AND o.uuid <> a.uuid)""",
            values,
        )
        values["ids"] = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            f"""UPDATE labeling_annotation x SET current = false, withdrawn = true, verdict = ''
                WHERE x.image_id = ANY(%(ids)s) AND x.uuid = {LABEL}""",
            values,
        )
        cursor.execute(
            """UPDATE labeling_annotation a SET current = true FROM labeling_bulkbefore b
               WHERE b.edit_id = %(edit)s AND b.image_id = ANY(%(ids)s) AND a.uuid = ANY(b.standing)""",
            values,
        )
        cursor.execute(  # by the labels themselves: their category may have been renamed since
            """UPDATE labeling_queueitem q SET status = b.status, labeled_at = b.labeled_at, category = coalesce((
                   SELECT a.result->>'category' FROM labeling_annotation a
                   WHERE a.image_id = q.image_id AND a.current AND NOT a.late ORDER BY a.created DESC LIMIT 1), '')
               FROM labeling_bulkbefore b
               WHERE b.edit_id = %(edit)s AND b.image_id = ANY(%(ids)s) AND q.image_id = b.image_id""",
            values,
        )
        slots_recount(images=values["ids"])
    return len(values["ids"])


def bulk_forget() -> int:
    """Drop what is too old to be taken back."""
    old = timezone.now() - timedelta(days=BulkEdit.UNDO_DAYS)
    return BulkEdit.objects.filter(created__lt=old).delete()[0]
