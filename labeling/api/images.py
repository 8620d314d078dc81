"""Images: upload, list, look at, delete."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_for, project_for
from labeling.api.annotations import AnnotationRow, AuthorRow
from labeling.api.imagelist import FILTERS, ORDERING_NAMES, ImagePage, filtered
from labeling.api.pages import paged
from labeling.api.queue import QueuedPrediction
from labeling.api.receiving import ReceivingView
from labeling.api.request import Request
from labeling.models import Assignment, Image, QueueItem, Role
from labeling.services import images as services


class UploadInput(serializers.Serializer[Any]):
    files = serializers.ListField(child=serializers.FileField())
    group = serializers.CharField(required=False, max_length=200)


class UploadFields(serializers.Serializer[Any]):
    """What is read of an upload beside its files, which never pass through a serializer."""

    group = serializers.CharField(required=False, allow_blank=True, max_length=200)


UPLOAD = UploadFields()  # one for all: to copy its fields takes longer than to check them


class Duplicate(serializers.Serializer[Any]):
    name = serializers.CharField()
    id = serializers.IntegerField()


class Rejected(serializers.Serializer[Any]):
    name = serializers.CharField()
    reason = serializers.CharField()


class UploadAnswer(serializers.Serializer[Any]):
    created = serializers.ListField(child=serializers.IntegerField())
    duplicates = Duplicate(many=True)
    rejected = Rejected(many=True)


class PredictedRow(serializers.Serializer[Any]):
    category = serializers.CharField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    distracted = serializers.BooleanField()


class ImageRow(serializers.ModelSerializer[Image]):
    status = serializers.ChoiceField(choices=QueueItem.Status.choices, source="queue.status")
    category = serializers.SerializerMethodField()
    prediction = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = [
            "id", "name", "width", "height", "status", "split", "group", "source", "source_url", "attributes", "created",
            "ready", "error", "category", "prediction",
        ]  # fmt: skip
        read_only_fields = fields

    def get_category(self, image: Image) -> str | None:
        return image.queue.category or None

    @extend_schema_field(PredictedRow(allow_null=True))
    def get_prediction(self, image: Image) -> dict[str, Any] | None:
        said = image.queue.prediction
        if not said:
            return None
        return {
            "category": said["result"]["category"],
            "score": said["score"],
            "distracted": said["result"]["distracted"],
        }


class SkipRow(serializers.ModelSerializer[Assignment]):
    user = AuthorRow()
    reason = serializers.CharField(source="skip_reason")

    class Meta:
        model = Assignment
        fields = ["user", "reason", "created"]
        read_only_fields = fields


class ImageDetailRow(ImageRow):
    annotations = AnnotationRow(many=True)
    skips = SkipRow(many=True)
    prediction = QueuedPrediction(source="queue.prediction", allow_null=True)  # type: ignore[assignment]

    class Meta(ImageRow.Meta):
        fields = [*ImageRow.Meta.fields, "annotations", "skips"]


class Images(ReceivingView):
    for_one_project = True

    @extend_schema(
        responses=paged(ImageRow),
        parameters=[
            *(
                OpenApiParameter(name, bool if name in ("error", "deleted") else str, many=name == "attr")
                for name in FILTERS
            ),
            OpenApiParameter("ordering", enum=ORDERING_NAMES),
        ],
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        """A page of images, by filters; `deleted=1` the deleted ones, `error=1` those that cannot be decoded."""
        project = project_for(request.user, pk)
        images = Image.objects.filter(project=project).select_related("queue")
        params = request.query_params
        page = ImagePage(filtered(images, params.dict(), params.getlist("attr")), request)
        return Response(page.to_json(ImageRow(page.images, many=True).data))

    @extend_schema(request={"multipart/form-data": UploadInput}, responses={201: UploadAnswer})
    def post(self, request: Request, pk: int) -> Response:
        """Upload images, any number of `files`. Each is created, known already, or rejected with its reason."""
        project = project_for(request.user, pk, Role.MANAGER)
        files = self.received(request, "files")
        if not files:
            raise exceptions.ValidationError({"files": ["Send one or more files in the field `files`."]})
        fields = UPLOAD.run_validation({"group": request.data.get("group", "")})
        arrivals = services.images_create(project=project, files=files, **fields)
        return Response(arrivals.to_json(), status=status.HTTP_201_CREATED)


class ImageDetail(APIView):
    @extend_schema(responses=ImageDetailRow)
    def get(self, request: Request, pk: int) -> Response:
        skips = (
            Assignment.objects.filter(state=Assignment.State.SKIPPED).select_related("user").order_by("-id")
        )
        rows = (
            Image.objects.alive()
            .select_related("queue")
            .prefetch_related(
                "annotations__author",
                "annotations__reviews__reviewer",
                Prefetch("assignments", skips, "skips"),
            )
        )
        return Response(ImageDetailRow(object_for(request.user, rows, pk)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        image = object_for(request.user, Image.objects.alive().select_related("project"), pk, Role.MANAGER)
        services.images_delete(project=image.project, ids=[pk])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImageRestore(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        image = object_for(request.user, Image.objects.select_related("project"), pk, Role.MANAGER)
        services.images_restore(project=image.project, ids=[pk])
        return Response(status=status.HTTP_204_NO_CONTENT)


class BulkInput(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=10_000)
    action = serializers.ChoiceField(choices=["delete", "restore", "requeue", "split"])
    split = serializers.ChoiceField(choices=Image.Split.choices, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["action"] == "split" and "split" not in attrs:
            raise serializers.ValidationError({"split": "Say which split."})
        return attrs


class BulkAnswer(serializers.Serializer[Any]):
    changed = serializers.IntegerField()


class Bulk(APIView):
    @extend_schema(request=BulkInput, responses=BulkAnswer)
    def post(self, request: Request, pk: int) -> Response:
        """Delete, restore, put back into the queue, or move to a split, many at once. Ids of other projects are passed over."""
        project = project_for(request.user, pk, Role.MANAGER)
        row = BulkInput(data=request.data)
        row.is_valid(raise_exception=True)
        said, ids = row.validated_data, row.validated_data["ids"]
        if said["action"] == "split":
            return Response({"changed": services.images_split(project=project, ids=ids, split=said["split"])})
        act = {
            "delete": services.images_delete,
            "restore": services.images_restore,
            "requeue": services.images_requeue,
        }
        return Response({"changed": act[said["action"]](project=project, ids=ids)})
