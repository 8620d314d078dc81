"""Review: what waits for a verdict, verdicts, and taking them back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import project_for
from labeling.api.annotations import AnnotationRow
from labeling.api.images import ImageRow
from labeling.api.queue import QueuedPrediction
from labeling.api.request import Request
from labeling.models import Annotation, Comment, QueueItem, Review, Role
from labeling.services import reviews as services

PAGE = 10
# Those that nobody has to look at are looked at by chance.
ORDERS = {QueueItem.Status.IN_REVIEW.value: "image_id", QueueItem.Status.LABELED.value: "random"}


class ReviewItem(serializers.Serializer[Any]):
    image = ImageRow()
    prediction = QueuedPrediction(source="image.queue.prediction", allow_null=True)
    annotations = AnnotationRow(
        source="standing", many=True, help_text="The current versions, with their authors."
    )
    commented = serializers.BooleanField(help_text="Somebody said something about the image.")


class ReviewQueueAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="Of all that wait.")
    items = ReviewItem(many=True)


class ReviewQueue(APIView):
    @extend_schema(
        responses=ReviewQueueAnswer,
        parameters=[
            OpenApiParameter(
                "status", enum=list(ORDERS), description="in_review by default; labeled: a sample."
            ),
            OpenApiParameter("after", int, description="Those behind this image."),
            OpenApiParameter("image", int, description="This one alone, if it is among them."),
        ],
    )
    def get(self, request: Request, pk: int) -> Response:
        """The next images that wait for a verdict, with all that people said of them. For reviewers."""
        project = project_for(request.user, pk, Role.REVIEWER)
        wanted = request.query_params.get("status", QueueItem.Status.IN_REVIEW.value)
        if wanted not in ORDERS:
            raise exceptions.ValidationError({"status": [f"One of {', '.join(ORDERS)}."]})
        rows = QueueItem.objects.filter(
            project=project, status=wanted, image__deleted_at=None, image__error=""
        )
        standing = Annotation.objects.current().select_related("author").prefetch_related("reviews__reviewer")
        chosen = rows
        if (image := request.query_params.get("image")) is not None:
            chosen = rows.filter(image_id=_id(image, "image"))
        page = (
            _behind(chosen, ORDERS[wanted], request.query_params.get("after"))
            .annotate(commented=Exists(Comment.objects.filter(image=OuterRef("image"))))
            .select_related("image__queue")
            .prefetch_related(Prefetch("image__annotations", standing.order_by("created"), "standing"))[:PAGE]
        )
        items = [
            {"image": row.image, "standing": row.image.standing, "commented": row.commented}  # type: ignore[attr-defined]
            for row in page
        ]
        return Response({"count": rows.count(), "items": ReviewItem(items, many=True).data})


def _behind(rows: QuerySet[QueueItem], order: str, after: str | None) -> QuerySet[QueueItem]:
    rows = rows.order_by(order, "image_id")
    if after is None:
        return rows
    image = _id(after, "after")
    # It may have had its verdict in the meantime: then it stands where it stood all the same.
    last = QueueItem.objects.filter(image_id=image).values_list(order, flat=True).first()
    if last is None:
        return rows
    return rows.filter(Q(**{f"{order}__gt": last}) | Q(**{order: last}, image_id__gt=image))


def _id(said: str, field: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) < 18):
        raise exceptions.ValidationError({field: ["An id of an image."]})
    return int(said)


class ReviewInput(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=Review.Verdict.choices)
    comment = serializers.CharField(max_length=5000, allow_blank=True, default="")
    result = serializers.DictField(
        required=False, help_text="With accept: the labeling as the reviewer has mended it."
    )


class ReviewAnswer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=QueueItem.Status.choices, help_text="Of the image, now.")


class ReviewCall(APIView):
    @extend_schema(request=ReviewInput, responses={201: ReviewAnswer})
    def post(self, request: Request, uuid: UUID) -> Response:
        """Accept a labeling, mended or as it is, or send the image back. Reviewers and managers only."""
        row = ReviewInput(data=request.data)
        row.is_valid(raise_exception=True)
        said = services.annotation_review(user=request.user, uuid=uuid, **row.validated_data)
        return Response({"status": said}, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ReviewAnswer)
    def delete(self, request: Request, uuid: UUID) -> Response:
        """Take my verdict back: the image is as it was before, unless somebody has gone on with it."""
        return Response({"status": services.review_undo(user=request.user, uuid=uuid)})
