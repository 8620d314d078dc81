"""How many labels an image still wants: its project's overlap less what takes a slot, an answer, a lease or a skip.

Submits count for themselves (`standing.Found`), in the statement that writes them; all else that ends or opens a
slot asks for a recount here.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from labeling.kinds import KINDS
from labeling.models import Annotation

ANSWERS = (
    "(SELECT count(*) FROM labeling_annotation a WHERE a.image_id = q.image_id AND a.current AND NOT a.late)"
)
HELD = "(SELECT count(*) FROM labeling_assignment l WHERE l.image_id = q.image_id AND NOT l.gold AND l.state IN ({}))"
LEASED = HELD.format("'leased'")
TAKEN = f"({ANSWERS} + {HELD})".format("'leased', 'skipped'")
ROWS = """labeling_image i, labeling_project p WHERE i.id = q.image_id AND p.id = q.project_id
          AND q.image_id = ANY(%(images)s)"""
OPEN = f"""UPDATE labeling_queueitem q SET slots = CASE WHEN q.status = 'unlabeled' AND i.error = '' AND i.deleted_at IS NULL
               THEN greatest(0, p.overlap - {TAKEN}) ELSE 0 END FROM {ROWS}"""
# What nobody else will label: those who did have agreed or not; where there are none, all have skipped it.
SETTLE = f"""UPDATE labeling_queueitem q SET status = CASE WHEN {ANSWERS} = 0 THEN 'skipped' WHEN p.review THEN 'in_review' ELSE 'labeled' END
             FROM {ROWS} AND q.status = 'unlabeled' AND i.error = '' AND i.deleted_at IS NULL
                 AND (q.slots = 0 AND {LEASED} = 0 OR {ANSWERS} >= p.overlap)
             RETURNING q.image_id, p.kind, {ANSWERS} > 1 AND q.status = 'labeled'"""
# What fewer people settled than are wanted now.
REOPEN = f"""UPDATE labeling_queueitem q SET status = 'unlabeled'
             FROM {ROWS} AND q.status = 'labeled' AND {TAKEN} < p.overlap"""


def slots_recount(*, images: Sequence[int], reopen: bool = False) -> None:
    """Count afresh what these images want, in the caller's transaction, and settle those that want nothing.

    With `reopen` (the overlap has changed) labeled images that want more go back to the queue.
    """
    rows = {"images": list(images)}
    with connection.cursor() as cursor:
        # Locked by a statement of its own: the next ones then see what those who held the rows have written.
        cursor.execute(
            "SELECT 1 FROM labeling_queueitem WHERE image_id = ANY(%(images)s) ORDER BY image_id FOR UPDATE",
            rows,
        )
        if reopen:
            cursor.execute(REOPEN, rows)
        cursor.execute(OPEN, rows)
        cursor.execute(SETTLE, rows)
        several = [(image, kind) for image, kind, several in cursor.fetchall() if several]
        cursor.execute(
            "UPDATE labeling_queueitem SET status = 'in_review' WHERE image_id = ANY(%s)",
            [[image for image, kind in several if not _agree(image, kind)]],
        )


def _agree(image: int, kind: str) -> bool:
    said = list(Annotation.objects.filter(image=image, current=True).values_list("result", flat=True))
    return all(KINDS[kind].same(said[0], other) for other in said[1:])
