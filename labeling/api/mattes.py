"""Mattes: uploaded before the label that names them, and fetched by their name or their label's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import HttpResponse, HttpResponseNotModified
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_and_project
from labeling.api.annotations import visible
from labeling.api.jobs import knows
from labeling.api.receiving import CHUNK, ReceivingView, UploadParser
from labeling.api.request import Request
from labeling.api.throttles import CallRate
from labeling.errors import StorageFull
from labeling.models import Annotation
from labeling.models.matte import matte_key
from labeling.services.mattes import matte_upload, matte_visible
from labeling.uploads import Receiver

PNG = {(200, "image/png"): OpenApiTypes.BINARY}


class PngParser(BaseParser):
    """A body that is the file itself."""

    media_type = "image/png"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        assert parser_context
        receiver: Receiver = parser_context["view"].receiver
        incoming = receiver.open("matte.png")
        while data := stream.read(CHUNK):
            receiver.write(incoming, data)
        receiver.complete(incoming)
        return {}


class MatteInput(serializers.Serializer[Any]):
    file = serializers.FileField()


class MatteAnswer(serializers.Serializer[Any]):
    sha256 = serializers.CharField(help_text="By which a label's `alpha` or `trimap` names it.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    bytes = serializers.IntegerField()


class Mattes(ReceivingView):
    throttle_classes = [CallRate]
    throttle_scope = "predict"
    parser_classes = [UploadParser, PngParser]

    @extend_schema(
        request={"multipart/form-data": MatteInput, "image/png": OpenApiTypes.BINARY},
        responses={201: MatteAnswer},
    )
    def post(self, request: Request) -> Response:
        """Upload a matte or a trimap, as an 8-bit grey PNG as large as its image. The same one again is the same one; one
        that no label came to name is gone after a week."""
        _ = request.data  # reads the body
        if self.receiver.failure:
            raise StorageFull from self.receiver.failure
        if len(self.receiver.files) != 1:
            raise exceptions.ValidationError(
                {"file": ["Send one PNG: as multipart, in the field `file`, or as the body, as image/png."]}
            )
        file = self.receiver.files[0]
        if file.too_large:
            raise exceptions.ValidationError({"file": ["The file is too large."]})
        matte = matte_upload(user=request.user, data=file.content())
        return Response(MatteAnswer(matte).data, status=status.HTTP_201_CREATED)


def _sent(request: Request, sha256: str) -> HttpResponse:
    etag = f'"{sha256}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, max-age=31536000, immutable",  # its name is its content
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if knows(request, etag):
        return HttpResponseNotModified(headers=headers)
    try:
        with default_storage.open(matte_key(sha256)) as file:
            return HttpResponse(file.read(), content_type="image/png", headers=headers)
    except FileNotFoundError as error:
        raise exceptions.NotFound("The file is missing from the storage.") from error


class MatteFile(APIView):
    @extend_schema(responses=PNG)
    def get(self, request: Request, sha256: str) -> HttpResponse:
        """A matte that I uploaded, or that a project of mine has."""
        return _sent(request, matte_visible(user=request.user, sha256=sha256).sha256)


class _AnnotationMatte(APIView):
    field: str

    def get(self, request: Request, uuid: UUID) -> HttpResponse:
        rows = Annotation.objects.filter(image__deleted_at=None).select_related("image__queue")
        annotation, project = object_and_project(request.user, rows, uuid)
        sha256 = annotation.result.get(self.field)
        if not sha256 or not visible(annotation, annotation.image.queue, request.user, project):
            raise exceptions.NotFound
        return _sent(request, sha256)


class AnnotationAlpha(_AnnotationMatte):
    field = "alpha"

    @extend_schema(responses=PNG)
    def get(self, request: Request, uuid: UUID) -> HttpResponse:
        """The matte of a label, as 8-bit grey."""
        return super().get(request, uuid)


class AnnotationTrimap(_AnnotationMatte):
    field = "trimap"

    @extend_schema(responses=PNG)
    def get(self, request: Request, uuid: UUID) -> HttpResponse:
        """The trimap of a label, where it has one: 0 background, 128 unknown, 255 foreground."""
        return super().get(request, uuid)
