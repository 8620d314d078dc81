"""Made pictures as files: where originals are, with a thumbnail and, of renders, their masks."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image as Pictures

from labeling.models.image import file_key
from labeling.storage import content_lock
from synthesis.models import index_key, thumbnail_key

if TYPE_CHECKING:
    from vision.scenes.boxes import Index

THUMBNAIL = 320  # pixels of the longer side


def picture_store(data: bytes) -> dict[str, Any]:
    """A PNG, and its thumbnail; what a row says of it. Idempotent. Call inside of no other content's lock."""
    sha256 = hashlib.sha256(data).hexdigest()
    with Pictures.open(io.BytesIO(data), formats=["PNG"]) as picture:
        width, height = picture.size
        small = picture.convert("RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=80)
    with transaction.atomic():
        content_lock(sha256)  # a batch that is deleted does not take it away in between
        for key, content in ((file_key(sha256), data), (thumbnail_key(sha256), out.getvalue())):
            if not default_storage.exists(key):
                default_storage.save(key, ContentFile(content))
    return {"sha256": sha256, "bytes": len(data), "width": width, "height": height}


def index_store(index: Index) -> str:
    """The SHA-256 of its file."""
    out = io.BytesIO()
    Pictures.fromarray(index).save(out, "PNG")
    sha256 = hashlib.sha256(out.getvalue()).hexdigest()
    if not default_storage.exists(index_key(sha256)):
        default_storage.save(index_key(sha256), ContentFile(out.getvalue()))
    return sha256
