"""Images that look alike to a model version."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db import connection

from inference.models import ModelVersion, Prediction
from labeling.models import Image
from vision.embedding import similarity


@dataclass(frozen=True)
class Alike:
    """Images by their likeness, nearest first: (id, cosine). `seen` counts those that could be compared.

    `reason` says why there are none.
    """

    found: list[tuple[int, float]]
    seen: int = 0
    reason: str = ""


def images_similar(*, image: Image, version: ModelVersion | None) -> Alike:
    """All living images that `version` has seen, compared with one of them, which is left out.

    One pass over the version's embeddings, 128 bytes an image: for the sizes of projects that people label, that takes
    less than it would to keep an index of neighbours true.
    """
    if version is None:
        return Alike([], reason="No version is in production yet: promote one, and it looks at the images.")
    mine = (
        Prediction.objects.filter(model_version=version, image=image)
        .values_list("embedding", flat=True)
        .first()
    )
    if mine is None:
        return Alike(
            [], reason="The version in production has not seen this image yet: pre-label all images."
        )
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT array_agg(p.image_id), string_agg(p.embedding, ''::bytea) FROM inference_prediction p
               JOIN labeling_image i ON i.id = p.image_id
               WHERE p.model_version_id = %s AND p.embedding IS NOT NULL AND i.deleted_at IS NULL AND i.id <> %s""",
            [version.pk, image.pk],
        )
        ids, joined = cursor.fetchone()
    if not ids:
        return Alike([], reason="The version in production has seen no other image yet.")
    cosines = similarity(bytes(mine), bytes(joined))
    order = np.lexsort((np.array(ids), -cosines))
    return Alike([(ids[n], float(cosines[n])) for n in order], seen=len(ids))
