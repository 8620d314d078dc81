"""Batches of made pictures: asked for, looked at, translated, brought into their project."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.files.storage import default_storage
from django.db.models import Count, OuterRef, Q
from django.http import HttpResponse, HttpResponseNotModified
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.models import ModelVersion
from labeling.access import object_and_project, object_for, project_for
from labeling.api.jobs import JobRow, knows, unchanged_or
from labeling.api.pages import CursorPage, paged
from labeling.api.request import Request
from labeling.models import Role
from synthesis.models import SyntheticBatch, SyntheticImage, thumbnail_key
from synthesis.services.accepting import accept_start
from synthesis.services.batches import batch_delete, categories_today, seconds_left
from synthesis.services.making import described, generate_start, translate_start
from synthesis.services.rendering import render_start


class BatchVersion(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    model = serializers.CharField()
    number = serializers.IntegerField()


class BatchRow(serializers.ModelSerializer[SyntheticBatch]):
    """A job's fields, and the batch's own."""

    id = serializers.IntegerField(source="job_id")
    job = JobRow()
    state = serializers.CharField(source="job.state")
    params = serializers.DictField()
    model_version = serializers.SerializerMethodField()
    cover = serializers.ListField(child=serializers.IntegerField(), help_text="The first pictures.")
    seconds_left = serializers.SerializerMethodField()
    accepted = serializers.IntegerField(help_text="Pictures that are in the project.")
    pictures = serializers.IntegerField(help_text="Pictures that there are.")

    class Meta:
        model = SyntheticBatch
        fields = [
            "id", "project", "generator", "count", "seed", "params", "scenes_version", "model_version", "source", "state", "job", "cover",
            "seconds_left", "accepted", "pictures",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(BatchVersion(allow_null=True))
    def get_model_version(self, batch: SyntheticBatch) -> dict[str, Any] | None:
        return described(batch.model_version)

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_seconds_left(self, batch: SyntheticBatch) -> float | None:
        return seconds_left(batch, batch.job)

    def to_representation(self, batch: SyntheticBatch) -> dict[str, Any]:
        row = super().to_representation(batch)
        job = row["job"]
        return {**{name: value for name, value in job.items() if name not in ("id", "params")}, **row}


class MadeBox(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    kind = serializers.CharField()
    category = serializers.CharField(
        allow_null=True, help_text="Its name of today; null where it is no more."
    )
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    visible = serializers.FloatField(help_text="The share of it that is seen.")
    shift = serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="How far translation moved it, in pixels."
    )
    kept = serializers.FloatField(required=False, help_text="How well its outline is found again there.")
    flag = serializers.CharField(required=False, help_text="moved or vanished, where it is")


class MadePicture(serializers.ModelSerializer[SyntheticImage]):
    boxes = serializers.SerializerMethodField()
    image = serializers.SerializerMethodField(help_text="In the project, once it was brought there.")

    class Meta:
        model = SyntheticImage
        fields = [
            "id",
            "number",
            "seed",
            "width",
            "height",
            "boxes",
            "hidden",
            "seconds",
            "error",
            "source",
            "image",
            "flagged",
        ]
        read_only_fields = fields

    @extend_schema_field(MadeBox(many=True))
    def get_boxes(self, row: SyntheticImage) -> list[dict[str, Any]]:
        today: dict[str, str | None] = self.context["categories"]
        return [{**box, "category": today.get(box["category"])} for box in row.boxes]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_image(self, row: SyntheticImage) -> int | None:
        return row.image_id if row.image and row.image.deleted_at is None else None


class BatchDetailRow(BatchRow):
    images = serializers.SerializerMethodField()

    class Meta(BatchRow.Meta):
        fields = [*BatchRow.Meta.fields, "images"]
        read_only_fields = fields

    @extend_schema_field(MadePicture(many=True))
    def get_images(self, batch: SyntheticBatch) -> Any:
        rows = list(batch.images.select_related("image").order_by("number"))
        names = {box["category"] for row in rows for box in row.boxes}
        today = categories_today(batch.project_id, sorted(names)) if names else {}
        return MadePicture(rows, many=True, context={"categories": today}).data


class BatchInput(serializers.Serializer[Any]):
    project = serializers.IntegerField(min_value=1)
    generator = serializers.ChoiceField(choices=["blender", "stylegan2"])
    count = serializers.IntegerField()
    seed = serializers.IntegerField(required=False, default=0)
    params = serializers.DictField(
        required=False,
        help_text="Of blender: {scene: ranges, mapping: {kind: category}, weights: {kind: how often}, models: [ids]}. Of stylegan2: {model_version}.",
    )


def _batches() -> Any:
    good = SyntheticImage.objects.filter(batch=OuterRef("pk"), error="").order_by("number")
    accepted = Q(images__image__isnull=False, images__image__deleted_at=None)
    return SyntheticBatch.objects.select_related("job__created_by", "model_version", "project").annotate(
        cover=ArraySubquery(good.values("pk")[:4]), pictures=Count("images", filter=Q(images__error="")),
        accepted=Count("images", filter=accepted),
    )  # fmt: skip


class BatchPage(CursorPage):
    ordering = "-job_id"


class ProjectBatches(APIView):
    @extend_schema(responses=paged(BatchRow))
    def get(self, request: Request, pk: int) -> Response:
        """A project's batches, newest first."""
        project = project_for(request.user, pk, Role.MANAGER)
        pages = BatchPage()
        page = pages.paginate_queryset(_batches().filter(project=project), request, self)
        return pages.get_paginated_response(BatchRow(page, many=True).data)


class Batches(APIView):
    @extend_schema(request=BatchInput, responses={202: BatchRow})
    def post(self, request: Request) -> Response:
        """Render scenes with exact boxes, or have a StyleGAN2 make pictures, as a job."""
        row = BatchInput(data=request.data)
        row.is_valid(raise_exception=True)
        said = row.validated_data
        project = project_for(request.user, said["project"], Role.MANAGER)
        params = said.get("params", {})
        if said["generator"] == "blender":
            batch = render_start(
                project=project, by=request.user, count=said["count"], seed=said["seed"], params=params
            )
        else:
            version = version_named(project.pk, params.get("model_version"))
            batch = generate_start(
                project=project, by=request.user, version=version, count=said["count"], seed=said["seed"]
            )
        return _accepted(batch)


def version_named(project_id: int, pk: Any) -> ModelVersion:
    if isinstance(pk, bool) or not isinstance(pk, int) or not 0 < pk < 2**63:
        raise exceptions.ValidationError({"model_version": ["The id of a version is expected."]})
    version = ModelVersion.objects.filter(project=project_id, pk=pk).select_related("project").first()
    if version is None:
        raise exceptions.ValidationError({"model_version": ["The project has no such version."]})
    return version


def _accepted(batch: SyntheticBatch) -> Response:
    return Response(BatchRow(_batches().get(pk=batch.pk)).data, status=status.HTTP_202_ACCEPTED)


class BatchDetail(APIView):
    @extend_schema(responses=BatchDetailRow)
    def get(self, request: Request, pk: int) -> Response:
        """With its pictures and their boxes. Send the ETag back in If-None-Match: 304 while nothing has changed."""
        return unchanged_or(
            request, BatchDetailRow(object_for(request.user, _batches(), pk, Role.MANAGER)).data
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """With its pictures; what was brought into the project stays there."""
        batch_delete(batch=object_for(request.user, _batches(), pk, Role.MANAGER))
        return Response(status=status.HTTP_204_NO_CONTENT)


class TranslateInput(serializers.Serializer[Any]):
    model_version = serializers.IntegerField(min_value=1)


class Translate(APIView):
    @extend_schema(request=TranslateInput, responses={202: BatchRow})
    def post(self, request: Request, pk: int) -> Response:
        """Every picture of a batch of renders, as a pix2pix or a cyclegan translates it: a batch of its own, with the same boxes."""
        row = TranslateInput(data=request.data)
        row.is_valid(raise_exception=True)
        batch = object_for(request.user, _batches(), pk, Role.MANAGER)
        version = version_named(batch.project_id, row.validated_data["model_version"])
        return _accepted(translate_start(batch=batch, by=request.user, version=version))


class AcceptInput(serializers.Serializer[Any]):
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, min_length=1, max_length=10_000,
        help_text="Ids of pictures of the batch; all that are sound where nothing is said.",
    )  # fmt: skip
    flagged = serializers.BooleanField(
        required=False, default=False, help_text="Also those in which a thing has moved or vanished."
    )


class Accept(APIView):
    @extend_schema(request=AcceptInput, responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Bring pictures into the project, to be learned from and never to be measured on, with their boxes as labels of a render."""
        row = AcceptInput(data=request.data)
        row.is_valid(raise_exception=True)
        batch = object_for(request.user, _batches(), pk, Role.MANAGER)
        job = accept_start(
            batch=batch,
            by=request.user,
            images=row.validated_data.get("images"),
            flagged=row.validated_data["flagged"],
        )
        return Response(JobRow(job).data, status=status.HTTP_202_ACCEPTED)


class MadeFile(APIView):
    thumbnail = False

    def get(self, request: Request, pk: int) -> HttpResponse:
        row = SyntheticImage.objects.filter(pk=pk, error="").select_related("batch").first()
        if row is None:
            raise exceptions.NotFound
        object_and_project(request.user, SyntheticBatch.objects.all(), row.batch_id, Role.MANAGER)
        key, etag = (
            (thumbnail_key(row.sha256), f'"{row.sha256}-small"')
            if self.thumbnail
            else (row.file_key, f'"{row.sha256}"')
        )
        headers = {
            "ETag": etag, "Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }  # fmt: skip
        if knows(request, etag):
            return HttpResponseNotModified(headers=headers)
        try:
            with default_storage.open(key) as file:
                return HttpResponse(
                    file.read(), content_type="image/webp" if self.thumbnail else "image/png", headers=headers
                )
        except FileNotFoundError as error:
            raise exceptions.NotFound("The file is missing from the storage.") from error


class MadePictureFile(MadeFile):
    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        """A made picture."""
        return super().get(request, pk)


class MadePictureThumbnail(MadeFile):
    thumbnail = True

    @extend_schema(responses={(200, "image/webp"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        """At most 320 pixels on a side, as WebP."""
        return super().get(request, pk)
