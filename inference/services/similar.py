"""Images that look alike to a model version."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from inference.models import ModelVersion, Prediction
from labeling.models import Image
from vision.embedding import similarity
from vision.registry import entry

UNSEEN = "The version in production has not seen this image yet: pre-label all images."
NOTHING_KEPT = (
    "The version in production has seen this image, and found nothing in it to compare by: no face, say."
)


@dataclass(frozen=True)
class Alike:
    """Images by their likeness, nearest first: (id, cosine). `seen` counts those that were compared, and `reason` says
    why none could be; where `unseen`, pre-labeling helps."""

    found: list[tuple[int, float]]
    seen: int = 0
    reason: str = ""
    unseen: bool = False


def images_similar(*, image: Image, version: ModelVersion | None, among: QuerySet[Image], most: int) -> Alike:
    """The `most` images of `among` nearest to one of them, which is left out, by what `version` saw of them.

    One pass over the embeddings, 128 bytes an image: for the sizes of projects that people label, that takes less than
    it would to keep an index of neighbours true.
    """
    if version is None:
        return Alike([], reason="No version is in production yet: promote one, and it looks at the images.")
    if entry(version.model).by_attributes:
        return Alike([], reason="The version in production is a rule, which looks at no picture.")
    if image.error:
        return Alike([], reason="This image is damaged: no model can look at it.")
    mine = Prediction.objects.filter(model_version=version, image=image).only("embedding").first()
    if mine is None:
        return Alike([], reason=UNSEEN, unseen=True)
    if mine.embedding is None:
        return Alike([], reason=NOTHING_KEPT)
    ids, cosines = _compare(bytes(mine.embedding), image, version, among)
    nearest = np.argpartition(-cosines, most)[:most] if len(ids) > most else np.arange(len(ids))
    order = nearest[np.lexsort((ids[nearest], -cosines[nearest]))]
    return Alike([(int(ids[n]), float(cosines[n])) for n in order], seen=len(ids))


def _compare(
    mine: bytes, image: Image, version: ModelVersion, among: QuerySet[Image]
) -> tuple[np.ndarray, np.ndarray]:
    """Ids and cosines. They come as two strings of bytes: a hundred thousand rows would take five times as long."""
    chosen, params = among.order_by().values("id").query.sql_with_params()
    connection.ensure_connection()
    with connection.connection.cursor(binary=True) as cursor:
        cursor.execute(
            f"""SELECT coalesce(string_agg(int8send(p.image_id), ''::bytea), ''), coalesce(string_agg(p.embedding, ''::bytea), '')
                FROM inference_prediction p
                WHERE p.model_version_id = %s AND p.embedding IS NOT NULL AND p.image_id <> %s AND p.image_id IN ({chosen})""",
            [version.pk, image.pk, *params],
        )
        ids, embeddings = cursor.fetchone()
    return np.frombuffer(ids, ">i8"), similarity(mine, embeddings)
