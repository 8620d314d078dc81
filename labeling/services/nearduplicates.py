"""Images that look nearly the same: told by the distance of their perceptual hashes.

Of two hashes that differ in at most six of 64 bits, one of four bands differs in at most one bit. So an index on the
bands (migration 0004), asked for an image's bands and those one bit away, gives a handful of candidates instead of the
project. Each image keeps one of its near-duplicates, `near_duplicate_of`, which is what lists go by: whoever has one,
or is one, has near-duplicates. Which of several it is does not matter, and a mark whose image was deleted counts for
nothing until it is made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from labeling.enqueue import BULK, enqueue
from labeling.models import Image

DISTANCE = 6  # of 64 bits; with more, the bands would not find all
SHOWN = 12
TASK = "labeling.tasks.images.near_duplicates_renew"
AT_ONCE = 200
NEAR = f"""labeling_bands(o.project_id, o.perceptual_hash) && labeling_near_bands(i.project_id, i.perceptual_hash)
    AND o.perceptual_hash IS NOT NULL AND o.project_id = i.project_id AND o.id <> i.id AND o.deleted_at IS NULL
    AND bit_count((o.perceptual_hash # i.perceptual_hash)::bit(64)) <= {DISTANCE}"""


@dataclass(frozen=True)
class Near:
    id: int
    name: str
    distance: int


def near_duplicates(
    *, project_id: int, perceptual_hash: int | None, of: int = 0, most: int = SHOWN
) -> list[Near]:
    """Those of a hash in a project, the nearest first; without the image `of`."""
    if perceptual_hash is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT o.id, o.name, bit_count((o.perceptual_hash # i.perceptual_hash)::bit(64)) AS distance
                FROM (VALUES (%s::bigint, %s::bigint, %s::bigint)) i(project_id, perceptual_hash, id)
                JOIN labeling_image o ON {NEAR} ORDER BY distance, o.id LIMIT %s""",
            [project_id, perceptual_hash, of, most],
        )
        return [Near(*row) for row in cursor.fetchall()]


def has_near_duplicates(images: QuerySet[Image]) -> Q:
    """Those of a project's images that look nearly the same as another that is there."""
    pairs = images.filter(
        deleted_at=None, near_duplicate_of__isnull=False, near_duplicate_of__deleted_at=None
    )
    return Q(pk__in=pairs.values("pk")) | Q(pk__in=pairs.values("near_duplicate_of"))


def with_near_duplicates(ids: Sequence[int]) -> set[int]:
    """Which of a page's images those are: two look-ups by index, however large the project is."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.id FROM labeling_image i JOIN labeling_image o ON o.id = i.near_duplicate_of_id
               WHERE i.id = ANY(%(ids)s) AND o.deleted_at IS NULL
               UNION SELECT near_duplicate_of_id FROM labeling_image
               WHERE near_duplicate_of_id = ANY(%(ids)s) AND deleted_at IS NULL""",
            {"ids": list(ids)},
        )
        return {row[0] for row in cursor.fetchall()}


def near_duplicates_mark(*, project_id: int, ids: Sequence[int]) -> None:
    """Give each of these images the mark that it should have. Call inside a transaction that ends soon.

    One at a time in a project: of two that are near each other and come in at once, the later one sees the other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('near-duplicates', %s))", [project_id])
        cursor.execute(
            f"""UPDATE labeling_image marked SET near_duplicate_of_id = found.id FROM (
                    SELECT i.id AS image, (SELECT o.id FROM labeling_image o WHERE {NEAR} LIMIT 1) AS id
                    FROM labeling_image i WHERE i.id = ANY(%s) AND i.project_id = %s
                ) found WHERE marked.id = found.image AND marked.near_duplicate_of_id IS DISTINCT FROM found.id""",
            [list(ids), project_id],
        )


def near_duplicates_request(*, project_id: int, ids: Sequence[int]) -> None:
    """Have marks made again: of images that came back, or were marked with one that went."""
    for start in range(0, len(ids), AT_ONCE):
        enqueue(TASK, project_id, list(ids[start : start + AT_ONCE]), priority=BULK)


def near_duplicates_renew(*, project_id: int, ids: Sequence[int]) -> None:
    """Safe to repeat."""
    with transaction.atomic():
        near_duplicates_mark(project_id=project_id, ids=ids)
