"""`next` and what is done with a lease."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import project_for
from labeling.api.request import Request
from labeling.models import Image, QueueItem
from labeling.services import queue as services


class LeaseRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    expires = serializers.DateTimeField()


class FaceRow(serializers.Serializer[Any]):
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    category = serializers.CharField(allow_null=True)
    scores = serializers.DictField(child=serializers.FloatField())
    distracted = serializers.BooleanField()


class EntityRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    score = serializers.FloatField()


class ClassesRow(serializers.Serializer[Any]):
    """What a classification model says of an image. The largest face gives its category."""

    category = serializers.CharField(allow_null=True)
    scores = serializers.DictField(child=serializers.FloatField())
    faces = FaceRow(many=True)
    entities = EntityRow(many=True)
    distracted = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)


class FoundBoxRow(serializers.Serializer[Any]):
    id = serializers.CharField()
    category = serializers.CharField()
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    score = serializers.FloatField()
    margin = serializers.FloatField(
        required=False, help_text="How far the next best category's score lies below."
    )


class BoxesRow(serializers.Serializer[Any]):
    """What a detection model says of an image, the surest box first."""

    boxes = FoundBoxRow(many=True)


class MatteRow(serializers.Serializer[Any]):
    """What a matting model says of an image: a grey PNG, by its SHA-256."""

    alpha = serializers.CharField()
    trimap = serializers.CharField(required=False)


RESULT = PolymorphicProxySerializer(
    "PredictedResult", [ClassesRow, BoxesRow, MatteRow], resource_type_field_name=None
)  # by the project's kind


class QueuedPrediction(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    model_version = serializers.IntegerField()
    number = serializers.IntegerField()
    model = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    uncertainty = serializers.FloatField()
    result = serializers.SerializerMethodField()

    @extend_schema_field(RESULT)
    def get_result(self, said: dict[str, Any]) -> Any:
        return said["result"]


class QueuedImage(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    status = serializers.ChoiceField(choices=QueueItem.Status.choices)
    split = serializers.ChoiceField(choices=Image.Split.choices, allow_blank=True)
    group = serializers.CharField(allow_blank=True)
    source = serializers.ChoiceField(choices=Image.Source.choices)  # type: ignore[assignment]
    source_url = serializers.CharField(allow_blank=True)
    created = serializers.DateTimeField()
    ready = serializers.BooleanField()
    category = serializers.CharField(allow_null=True)


class OwnLabel(serializers.Serializer[Any]):
    uuid = serializers.UUIDField()
    result = serializers.DictField()


class BoxRow(serializers.Serializer[Any]):
    id = serializers.RegexField(
        r"^[A-Za-z0-9_-]{1,64}$", required=False, help_text="Yours to choose, once an image."
    )
    category = serializers.CharField(max_length=100)
    bbox = serializers.ListField(
        child=serializers.FloatField(), min_length=4, max_length=4, help_text="x1, y1, x2, y2 in pixels."
    )


class SentBack(serializers.Serializer[Any]):
    """Why a label of mine came back."""

    comment = serializers.CharField(allow_blank=True)
    reviewer = serializers.CharField()
    boxes = BoxRow(many=True, required=False, help_text="What I had drawn, to go on from.")
    alpha = serializers.CharField(required=False, help_text="The matte that I had made, to go on from.")
    trimap = serializers.CharField(required=False)


class NextItem(serializers.Serializer[Any]):
    image = QueuedImage()
    assignment = LeaseRow(allow_null=True)
    prediction = QueuedPrediction(allow_null=True)
    annotation = OwnLabel(allow_null=True)
    commented = serializers.BooleanField(help_text="Somebody said something about the image.")
    sent_back = SentBack(allow_null=True)


class NextAnswer(serializers.Serializer[Any]):
    items = NextItem(many=True)


class Next(APIView):
    @extend_schema(
        request=None,
        responses=NextAnswer,
        parameters=[OpenApiParameter("count", int, description="1 to 50, 1 by default.")],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Lease the next images to me: first those that I hold already, then new ones. Leases last 10 minutes."""
        count = request.query_params.get("count", "1")
        if not (count.isascii() and count.isdigit() and len(count) < 4 and int(count) > 0):
            raise exceptions.ValidationError({"count": ["A whole number from 1 to 50."]})
        return Response({"items": services.queue_next(project_id=pk, user=request.user, count=int(count))})


class RenewInput(serializers.Serializer[Any]):
    assignments = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=200)


class RenewAnswer(serializers.Serializer[Any]):
    renewed = serializers.ListField(child=serializers.IntegerField())


class Renew(APIView):
    @extend_schema(request=RenewInput, responses=RenewAnswer)
    def post(self, request: Request, pk: int) -> Response:
        """Keep my leases while the page is open. Those that are not named in the answer are gone."""
        project = project_for(request.user, pk)
        row = RenewInput(data=request.data)
        row.is_valid(raise_exception=True)
        renewed = services.leases_renew(project=project, user=request.user, **row.validated_data)
        return Response({"renewed": renewed})


class SkipInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class Skip(APIView):
    @extend_schema(request=SkipInput, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        row = SkipInput(data=request.data)
        row.is_valid(raise_exception=True)
        _mine(services.assignment_skip(assignment_id=pk, user=request.user, **row.validated_data))
        return Response(status=status.HTTP_204_NO_CONTENT)


class UndoSkip(APIView):
    @extend_schema(request=None, responses=NextItem)
    def post(self, request: Request, pk: int) -> Response:
        item = services.assignment_undo_skip(assignment_id=pk, user=request.user)
        return Response(_mine(item))


class Release(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """Hand a lease back unused."""
        _mine(services.assignment_release(assignment_id=pk, user=request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _mine(found: Any) -> Any:
    if not found:
        raise exceptions.NotFound("This is no lease of yours, or it has ended.")
    return found
