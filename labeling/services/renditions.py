"""What the page shows of an image: a thumbnail and a screen-size rendition, upright, as WebP; made in the worker."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone
from PIL.Image import Image as Picture
from PIL.Image import Resampling

from labeling.enqueue import BULK, enqueue
from labeling.models import Image
from labeling.services.nearduplicates import near_duplicates_mark

logger = logging.getLogger(__name__)
TASK = "labeling.tasks.images.renditions_make"
AT_ONCE = 32  # about a second of work
SIZES = {"screen": 1600, "thumbnail": 256}  # the longest side in pixels
LARGE = 6000  # that of what is shown of a large image when it is enlarged
DEATHS = 3  # of workers, before an image is given up
DAY = 24 * 3600
JUST = 0.05  # seconds
_asked: dict[int, float] = {}  # project: when this process asked last


def renditions_request(*, project_id: int) -> None:
    """Have the worker make what the project lacks, once the open transaction commits.

    A hundred uploads in a row send one message: the task takes its mark away before it looks for work, so that what
    is committed later sends another. Who has just asked need not ask again, for the task looks once more after that.
    """
    transaction.on_commit(partial(_request, project_id))


def _request(project_id: int) -> None:
    now = time.monotonic()
    if now - _asked.get(project_id, -JUST) < JUST:
        return
    _asked[project_id] = now
    if cache.add(_mark(project_id), 1, 60):
        enqueue(TASK, project_id)


def _mark(project_id: int) -> str:
    return f"renditions-requested-{project_id}"


def renditions_make(*, project_id: int) -> int:
    """Make some of what the project lacks; another task is sent first when there is more, for another worker to join.

    An image that cannot be decoded gets its error and leaves the queue. The rows are locked as they are worked on,
    which keeps two workers apart and holds up neither leases nor labels. Safe to repeat.
    """
    cache.delete(_mark(project_id))
    begun = time.monotonic()
    found, made = _finish_some(project_id)
    if found < AT_ONCE:
        time.sleep(max(0, begun + 1.2 * JUST - time.monotonic()))
        made += _finish_some(project_id)[1]
    return made


def _finish_some(project_id: int) -> tuple[int, int]:
    """How many lacked something, and how many are ready now."""
    with transaction.atomic():
        images = list(
            Image.objects.filter(project=project_id, ready=False, error="")
            .order_by("id")
            .select_for_update(skip_locked=True, no_key=True)[:AT_ONCE]
        )
        if len(images) == AT_ONCE:
            current_app.send_task(TASK, args=(project_id,), queue="default")
        made = [image.pk for image in images if _finish(image)]
        if made:
            near_duplicates_mark(project_id=project_id, ids=made)
            for task in settings.ON_IMAGES_READY:
                enqueue(task, project_id, queue="inference", priority=BULK)
    return len(images), len(made)


def _finish(image: Image) -> bool:
    """Whether it is ready now. What is wrong with the image itself becomes its error; what is wrong around it is raised."""
    mark = f"rendition-begun-{image.pk}"
    cache.add(mark, 0, DAY)
    try:
        if cache.incr(mark) > DEATHS:
            raise ValueError("Decoding it ended the worker, again and again.")
        with default_storage.open(image.file_key) as file:
            content = file.read()
        made = _make(content, large=image.is_large)
        for size, data in made.files.items():
            default_storage.save(image.rendition_key(size), ContentFile(data))
    except FileNotFoundError:
        image_fail(image=image, reason="The file is missing from the storage.")
        return False
    except ValueError as error:
        image_fail(image=image, reason=str(error))
        return False
    finally:
        cache.delete(mark)  # still there next time: this process was killed in between, by its memory perhaps
    Image.objects.filter(id=image.pk).update(ready=True, perceptual_hash=made.perceptual_hash)
    return True


@dataclass(frozen=True)
class _Made:
    files: dict[str, bytes]
    perceptual_hash: int  # Zauner 2010, by DCT, as a signed 64-bit number


def _make(content: bytes, *, large: bool) -> _Made:
    """Raises ValueError for whatever a decoder makes of a hostile file."""
    from vision.images import UnreadableImage, open_image

    try:
        picture = open_image(content, draft=SIZES["screen"], max_pixels=settings.MAX_IMAGE_PIXELS)
        made = _Made(_files(picture, SIZES), _hash_of(picture))
        if large:  # decoded once more, for the hash is to be the same with it and without
            picture = open_image(content, draft=LARGE, max_pixels=settings.MAX_IMAGE_PIXELS)
            made.files.update(_files(picture, {"large": LARGE}))
        return made
    except UnreadableImage:
        raise
    except Exception as error:
        logger.warning("an image cannot be decoded: %s", type(error).__name__)
        raise ValueError("the file is damaged") from error


def _files(picture: Picture, sizes: Mapping[str, int]) -> dict[str, bytes]:
    """Shrinks `picture` on the way, in steps. A profile of the RGB it is in goes along: wide colours stay right."""
    profile = picture.info.get("icc_profile") or b""
    files = {}
    for size in _sizes(picture, sizes):
        data = io.BytesIO()
        kept = profile if profile[16:20] == b"RGB " else None
        picture.save(data, "WEBP", quality=82, method=2, icc_profile=kept)
        files[size] = data.getvalue()
    return files


def _sizes(picture: Picture, sizes: Mapping[str, int]) -> Iterator[str]:
    """Each size, `picture` having it."""
    for size, limit in sizes.items():
        picture.thumbnail((limit, limit), resample=Resampling.BILINEAR, reducing_gap=2.0)
        yield size


def perceptual_hash(*, content: bytes, sha256: str) -> int | None:
    """What the image's row will have of it, before there is a row. None where the file cannot be decoded, or ended
    the worker that tried: that is found out again, and said, when its renditions are made."""
    from vision.images import open_image

    mark = f"hash-begun-{sha256}"
    if not cache.add(mark, 1, DAY):
        return None
    try:
        picture = open_image(content, draft=SIZES["screen"], max_pixels=settings.MAX_IMAGE_PIXELS)
        list(_sizes(picture, SIZES))
        return _hash_of(picture)
    except Exception as error:  # decoders raise anything at all on hostile bytes
        logger.warning("an image cannot be decoded: %s", type(error).__name__)
        return None
    finally:
        cache.delete(mark)


def _hash_of(picture: Picture) -> int:
    import imagehash

    bits = imagehash.phash(picture).hash.flatten()
    value = int("".join("1" if bit else "0" for bit in bits), 2)
    return value - (1 << 64) if value >= 1 << 63 else value


def image_fail(*, image: Image, reason: str) -> None:
    """Keep the row with its reason, out of everybody's way."""
    with transaction.atomic(), connection.cursor() as cursor:
        Image.objects.filter(id=image.pk).update(error=reason[:300])
        cursor.execute("UPDATE labeling_queueitem SET slots = 0 WHERE image_id = %s", [image.pk])


def renditions_catch_up() -> int:
    """Ask again for what a lost worker left behind; how many projects lack something. Called by beat."""
    late = Image.objects.filter(ready=False, error="", created__lt=timezone.now() - timedelta(minutes=2))
    projects = set(late.values_list("project_id", flat=True).distinct())
    for project_id in projects:
        enqueue(TASK, project_id)
    return len(projects)
