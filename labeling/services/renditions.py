"""What the page shows of an image: a thumbnail and a screen-size rendition, upright, as WebP; made in the worker."""

from __future__ import annotations

import io
from collections.abc import Sequence

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from PIL.Image import Resampling

from labeling.enqueue import BULK, enqueue
from labeling.models import Image

SIZES = {"screen": 1600, "thumbnail": 256}


def renditions_make(*, ids: Sequence[int]) -> int:
    """Make what is missing. An image that cannot be decoded gets its error and leaves the queue. Safe to repeat."""
    ready: dict[int, list[int]] = {}
    for image in Image.objects.filter(id__in=ids, ready=False, error=""):
        try:
            image_hash = _make(image)
        except ValueError as error:
            image_fail(image=image, reason=str(error))
            continue
        Image.objects.filter(id=image.pk).update(ready=True, perceptual_hash=image_hash)
        ready.setdefault(image.project_id, []).append(image.pk)
    for project in ready:
        for task in settings.ON_IMAGES_READY:
            enqueue(task, project, queue="inference", priority=BULK)
    return sum(map(len, ready.values()))


def _make(image: Image) -> int:
    """Renditions into storage; returns the perceptual hash (Zauner 2010, by DCT) as a signed 64-bit number."""
    import imagehash

    from vision.images import open_image

    with default_storage.open(image.file_key) as file:
        picture = open_image(file.read(), draft=SIZES["screen"], max_pixels=settings.MAX_IMAGE_PIXELS)
    for size, limit in SIZES.items():
        picture.thumbnail((limit, limit), resample=Resampling.BILINEAR, reducing_gap=2.0)
        data = io.BytesIO()
        picture.save(data, "WEBP", quality=82, method=2)
        default_storage.save(image.rendition_key(size), ContentFile(data.getvalue()))
    bits = imagehash.phash(picture).hash.flatten()
    value = int("".join("1" if bit else "0" for bit in bits), 2)
    return value - (1 << 64) if value >= 1 << 63 else value


def image_fail(*, image: Image, reason: str) -> None:
    """Keep the row with its reason, out of everybody's way."""
    with transaction.atomic(), connection.cursor() as cursor:
        Image.objects.filter(id=image.pk).update(error=reason[:300])
        cursor.execute("UPDATE labeling_queueitem SET slots = 0 WHERE image_id = %s", [image.pk])


def renditions_catch_up(*, limit: int = 500) -> int:
    """Send again what a lost worker left behind. Called by beat."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id FROM labeling_image WHERE NOT ready AND error = '' AND created < now() - interval '2 minutes'
               ORDER BY id LIMIT %s""",
            [limit],
        )
        ids = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(ids), 32):
        enqueue("labeling.tasks.images.renditions_make", ids[start : start + 32], priority=BULK)
    return len(ids)
