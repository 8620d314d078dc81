"""Predictions: asked for one image, started for many, listed."""

from __future__ import annotations

import time
from base64 import b64encode
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from rest_framework import exceptions, serializers, status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.models import ModelVersion, Prediction
from inference.services.names import result_today
from inference.services.predict import image_predict
from inference.services.prelabel import prelabel_start
from inference.services.versions import production_version, version_to_ask
from labeling.access import object_for, project_for
from labeling.api.jobs import JobRow
from labeling.api.pages import CursorPage, paged
from labeling.api.queue import RESULT
from labeling.api.receiving import ReceivingView
from labeling.api.request import Request
from labeling.api.throttles import CallRate
from labeling.errors import Conflict
from labeling.imagefiles import RejectedImage, inspect
from labeling.models import Project, QueueItem, Role
from labeling.services.mattes import matte_upload
from labeling.strictjson import strict_loads
from vision.registry import GENERATORS

ATTRIBUTES = 10_000  # characters
NO_MODEL = "No version is in production: train one and promote it (Models)."


class PredictInput(serializers.Serializer[Any]):
    image = serializers.FileField()
    attributes = serializers.CharField(
        required=False,
        help_text="What else is known of the image, as a JSON object: rules go by it, and other models do not ask.",
    )


class PredictAnswer(serializers.Serializer[Any]):
    model_version = serializers.IntegerField()
    model = serializers.CharField()
    number = serializers.IntegerField()
    ms = serializers.FloatField(help_text="Of decoding and predicting, in the worker.")
    total_ms = serializers.FloatField(help_text="From the upload's end to the answer.")
    result = serializers.SerializerMethodField()

    @extend_schema_field(RESULT)
    def get_result(self, said: dict[str, Any]) -> Any:
        return said["result"]


PREDICT: Any = {
    "request": {"multipart/form-data": PredictInput},
    "responses": {
        (200, "application/json"): PredictAnswer,
        (200, "image/png"): OpenApiTypes.BINARY,  # of matting and of generators, where `Accept` asks for it
    },
    "parameters": [
        OpenApiParameter(
            "cutout", bool,
            description="Of matting: the foreground with its matte, as an RGBA PNG, its colours free of what was behind them.",
        )
    ],
}  # fmt: skip


class PngOrJson(DefaultContentNegotiation):
    """Whoever asks for a PNG is answered by the view itself; errors are JSON all the same."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except exceptions.NotAcceptable:
            if not asks_png(request):
                raise
            return renderers[0], renderers[0].media_type


def asks_png(request: Request) -> bool:
    """Rather than JSON, which whoever takes both alike gets."""
    return request.get_preferred_type(["application/json", "image/png"]) == "image/png"


class _Predict(ReceivingView):
    throttle_classes = [CallRate]
    throttle_scope = "predict"
    content_negotiation_class = PngOrJson

    def answer(self, request: Request, version: ModelVersion) -> HttpResponseBase:
        cutout = request.query_params.get("cutout") in ("1", "true")
        png, generates = cutout or asks_png(request), version.model in GENERATORS
        if cutout and generates:
            raise exceptions.ValidationError({"cutout": ["This version makes pictures, and no mattes."]})
        if png and not generates and version.project.kind != Project.Kind.MATTING:
            raise exceptions.NotAcceptable("This project's models give no picture: ask for application/json.")
        begun = time.perf_counter()
        said = image_predict(
            version=version, data=self.image(request), attributes=self.attributes(request), cutout=cutout
        )
        if png:
            headers = {"X-Model-Version": str(version.pk), "X-Content-Type-Options": "nosniff"}
            return HttpResponse(said["png"], content_type="image/png", headers=headers)
        if generates:
            said["result"] = {"image": b64encode(said.pop("png")).decode()}
        if "png" in said:  # kept for a while, to be fetched by its name or submitted as a label
            said["result"] = {"alpha": matte_upload(user=request.user, data=said.pop("png")).sha256}
        total = round((time.perf_counter() - begun) * 1000, 2)
        row = {
            "model_version": version.pk,
            "model": version.model,
            "number": version.number,
            "total_ms": total,
        }
        return Response({**row, **said})

    def image(self, request: Request) -> bytes:
        files = self.received(request, "image")
        if len(files) != 1:
            raise exceptions.ValidationError(
                {"image": ["Send one image as multipart, in the field `image`."]}
            )
        try:
            if files[0].too_large:
                raise RejectedImage("The file is too large.")
            data = files[0].content()
            inspect(data)
        except RejectedImage as error:
            raise exceptions.ValidationError({"image": [str(error)]}) from error
        return data

    def attributes(self, request: Request) -> dict[str, Any]:
        text = request.data.get("attributes", "")
        try:
            known = strict_loads(text[: ATTRIBUTES + 1]) if text else {}
        except ValueError as error:
            raise exceptions.ValidationError({"attributes": [str(error)]}) from error
        if len(text) > ATTRIBUTES or not isinstance(known, dict):
            raise exceptions.ValidationError(
                {"attributes": [f"A JSON object of at most {ATTRIBUTES:,} characters."]}
            )
        return known


class ProjectPredict(_Predict):
    @extend_schema(**PREDICT)
    def post(self, request: Request, pk: int) -> HttpResponseBase:
        """What the production version says of an image, which is not kept. Of matting, `Accept: image/png` gives the matte itself;
        as JSON it is named by its SHA-256, under which it is kept for a week."""
        version = version_to_ask(user=request.user, project_id=pk)
        if version is None:
            project_for(request.user, pk)
            raise Conflict(NO_MODEL)
        return self.answer(request, version)


class ModelPredict(_Predict):
    @extend_schema(**PREDICT)
    def post(self, request: Request, pk: int) -> HttpResponseBase:
        """What this version says of an image. One that translates gives the translated image: as PNG with `Accept: image/png`, else
        as `{image}`, the same PNG in Base64."""
        version = version_to_ask(user=request.user, version_id=pk)
        if version is None:
            raise exceptions.NotFound
        return self.answer(request, version)


class PredictionRow(serializers.ModelSerializer[Prediction]):
    result = serializers.SerializerMethodField()

    class Meta:
        model = Prediction
        fields = ["id", "image", "model_version", "result", "score", "uncertainty", "ms", "error", "created"]
        read_only_fields = fields

    @extend_schema_field(
        PolymorphicProxySerializer("PredictedResult", RESULT.serializers, None, allow_null=True)
    )
    def get_result(self, prediction: Prediction) -> dict[str, Any] | None:
        return result_today(self.context["versions"][prediction.model_version_id], prediction.result)


class FilterInput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=QueueItem.Status.choices, required=False)
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=10_000, required=False
    )


class PrelabelInput(serializers.Serializer[Any]):
    model_version = serializers.IntegerField(required=False, min_value=1)
    filter = FilterInput(required=False)


class Predictions(APIView):
    @extend_schema(
        responses=paged(PredictionRow),
        parameters=[OpenApiParameter("model_version", int), OpenApiParameter("image", int)],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Predictions of the project's versions, newest first."""
        project = project_for(request.user, pk)
        rows = Prediction.objects.filter(model_version__project=project, image__deleted_at=None)
        for name in ("model_version", "image"):
            if (value := request.query_params.get(name)) is not None:
                if not (value.isascii() and value.isdigit() and len(value) < 18):
                    raise exceptions.ValidationError({name: ["An id."]})
                rows = rows.filter(**{f"{name}_id": int(value)})
        pages = CursorPage()
        page = pages.paginate_queryset(rows, request, self) or []
        versions = ModelVersion.objects.select_related("project").in_bulk(
            {row.model_version_id for row in page}
        )
        return pages.get_paginated_response(
            PredictionRow(page, many=True, context={"versions": versions}).data
        )

    @extend_schema(request=PrelabelInput, responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Pre-label images, by the production version or a named one, as a job."""
        project = project_for(request.user, pk, Role.MANAGER)
        row = PrelabelInput(data=request.data)
        row.is_valid(raise_exception=True)
        said = row.validated_data
        version = production_version(project.pk)
        if "model_version" in said:
            version = object_for(
                request.user, ModelVersion.objects.filter(project=project), said["model_version"]
            )
        if version is None:
            raise Conflict(NO_MODEL)
        if version.model in GENERATORS:
            raise exceptions.ValidationError(
                {"model_version": ["This version makes pictures, and says nothing of images."]}
            )
        chosen = said.get("filter", {})
        job = prelabel_start(
            version=version, by=request.user, status=chosen.get("status"), ids=chosen.get("ids")
        )
        return Response(JobRow(job).data, status=status.HTTP_202_ACCEPTED)
