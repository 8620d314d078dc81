"""Files of images: to members alone, sandboxed, and without what the camera wrote beside the picture."""

from __future__ import annotations

import logging
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import HttpResponse, HttpResponseNotModified
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.views import APIView

from labeling.access import object_for
from labeling.api.jobs import knows
from labeling.api.request import Request
from labeling.imagefiles import CONTENT_TYPES, RejectedImage, strip_metadata
from labeling.models import Image, Job, User
from labeling.services.importfiles import preview_key

logger = logging.getLogger(__name__)
BINARY = {(200, "image/*"): OpenApiTypes.BINARY}


def visible_image(user: User, pk: int) -> Image:
    """The row behind a file, and the right to see it, in one query: the grid asks for hundreds at a time."""
    found = Image.objects.raw(
        """SELECT i.id, i.sha256, i.name, i.format, i.orientation, i.ready, i.width, i.height FROM labeling_image i
           JOIN labeling_project p ON p.id = i.project_id AND p.deleted_at IS NULL
           WHERE i.id = %s AND i.deleted_at IS NULL AND (%s OR EXISTS (
               SELECT 1 FROM labeling_membership m WHERE m.project_id = p.id AND m.user_id = %s))""",
        [pk, user.is_staff, user.pk],
    )
    for image in found:
        return image
    raise exceptions.NotFound


def send(request: Request, image: Image, size: str) -> HttpResponse:
    """`size`: original, large, screen or thumbnail; the original while a rendition is not there yet."""
    if size == "large" and not image.is_large:
        size = "original"
    if size != "original" and image.ready:
        try:
            return _send(request, image, size, final=True)
        except FileNotFoundError:  # lost, with a disk or a bucket put back from an older copy
            logger.warning("a rendition of image %s is missing", image.pk)
    try:
        return _send(request, image, "original", final=size == "original")
    except FileNotFoundError as error:
        raise exceptions.NotFound("The file is missing from the storage.") from error
    except RejectedImage as error:
        raise exceptions.NotFound(str(error)) from error


def _send(request: Request, image: Image, size: str, *, final: bool) -> HttpResponse:
    etag = f'"{image.sha256}-{size}"'
    headers = {
        "ETag": etag,
        # The content of an address never changes; a rendition that is still missing may come.
        "Cache-Control": "private, max-age=31536000, immutable" if final else "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(image.name)}",
    }
    if knows(request, etag):
        return HttpResponseNotModified(headers=headers)
    if size == "original":
        with default_storage.open(image.file_key) as file:
            data = strip_metadata(file.read(), image.format, image.orientation)
        return HttpResponse(data, content_type=CONTENT_TYPES[image.format], headers=headers)
    with default_storage.open(image.rendition_key(size)) as file:
        return HttpResponse(file.read(), content_type="image/webp", headers=headers)


class ImageFile(APIView):
    @extend_schema(
        responses=BINARY, parameters=[OpenApiParameter("size", enum=["original", "large", "screen"])]
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """The original without its metadata, or a rendition of at most 1600 pixels; `large`: the original, and of one of
        more than 40 megapixels a rendition of at most 6000 pixels."""
        size = request.query_params.get("size", "original")
        if size not in ("original", "large", "screen"):
            raise exceptions.ValidationError({"size": ["original, large or screen."]})
        return send(request, visible_image(request.user, pk), size)


class ImageThumbnail(APIView):
    @extend_schema(responses=BINARY)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """At most 256 pixels on a side, as WebP."""
        return send(request, visible_image(request.user, pk), "thumbnail")


class JobPreview(APIView):
    @extend_schema(responses=BINARY)
    def get(self, request: Request, pk: int, n: int) -> HttpResponse:
        """Picture `n` of what an import would take, by the numbers of the samples in its job's result."""
        job = object_for(request.user, Job.objects.all(), pk)
        headers = {
            "Cache-Control": "private, max-age=86400",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        try:
            with default_storage.open(preview_key(job.pk, n)) as file:
                return HttpResponse(file.read(), content_type="image/jpeg", headers=headers)
        except FileNotFoundError as error:
            raise exceptions.NotFound("There is no such picture, or it is kept no longer.") from error


__all__ = ["ImageFile", "ImageThumbnail", "JobPreview"]
