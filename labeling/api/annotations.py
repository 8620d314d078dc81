"""Annotations: submit, correct, undo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_and_project, project_for
from labeling.api.pages import CursorPage, paged
from labeling.api.queue import BoxRow, NextItem
from labeling.api.request import Request
from labeling.models import Annotation, Project, QueueItem, Review, Role, User
from labeling.services import annotations as services
from labeling.services.queue import labeled_item, labels_of, queue_item
from vision.checks import as_probability


class AuthorRow(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username"]


class ReviewRow(serializers.ModelSerializer[Review]):
    reviewer = AuthorRow(allow_null=True)

    class Meta:
        model = Review
        fields = ["verdict", "comment", "reviewer", "created"]
        read_only_fields = fields


class RegionRow(serializers.Serializer[Any]):
    id = serializers.CharField(required=False, help_text="The box's.")
    origin = serializers.ChoiceField(
        choices=["drawn", "accepted", "corrected", "imported", "rendered", "rule"]
    )
    model_version = serializers.IntegerField(required=False)
    score = serializers.FloatField(required=False, help_text="Of the predicted box that it was.")


class LabelResult(serializers.Serializer[Any]):
    """What a person says of an image: `category` in a project of classification, `boxes` in one of detection, and in one of
    matting `alpha`, with `trimap` where there is one: the SHA-256 of mattes that were uploaded."""

    category = serializers.CharField(max_length=100, required=False)
    boxes = BoxRow(many=True, required=False)
    alpha = serializers.CharField(max_length=64, required=False)
    trimap = serializers.CharField(max_length=64, required=False)

    def to_representation(self, result: Any) -> Any:
        return result


class AnnotationRow(serializers.ModelSerializer[Annotation]):
    author = AuthorRow(allow_null=True)
    regions = RegionRow(many=True)
    result = LabelResult()
    review = serializers.SerializerMethodField()

    class Meta:
        model = Annotation
        fields = [
            "uuid", "image", "author", "origin", "result", "regions", "lead_time_ms", "replaces", "current", "withdrawn",
            "late", "created", "review",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ReviewRow(allow_null=True))
    def get_review(self, annotation: Annotation) -> Any:
        last = max(annotation.reviews.all(), key=lambda review: review.id, default=None)
        return ReviewRow(last).data if last else None


class Probability(serializers.FloatField):
    """A number, where the framework's field takes text, truth values and NaN, too."""

    def to_internal_value(self, data: Any) -> float:
        try:
            return as_probability(data, "This")
        except ValueError as error:
            raise serializers.ValidationError("A number from 0 to 1 is expected.") from error


class SubmitInput(serializers.Serializer[Any]):
    assignment = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**63 - 1)
    result = serializers.DictField()
    lead_time_ms = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=86_400_000
    )
    shown_from = Probability(
        required=False, allow_null=True, min_value=0, max_value=1,
        help_text="What pre-labeled boxes had to score to be in sight, where the person could choose; without it all of them count "
        "as shown. Of no consequence in classification.",
    )  # fmt: skip
    replaces = serializers.UUIDField(required=False, allow_null=True)


SUBMIT = SubmitInput()  # one for all: to copy its fields takes longer than to check them


class SubmitBody(SubmitInput):
    """The same, as the schema shows it."""

    result = LabelResult()  # type: ignore[assignment]


class SubmitAnswer(serializers.Serializer[Any]):
    uuid = serializers.UUIDField()
    late = serializers.BooleanField(
        help_text="The lease had run out and somebody else had labeled: it goes to review."
    )
    status = serializers.ChoiceField(choices=QueueItem.Status.choices, help_text="Of the image, now.")


class StandingLabel(serializers.Serializer[Any]):
    uuid = serializers.UUIDField(allow_null=True, help_text="What to replace, if you may.")
    result = LabelResult()
    mine = serializers.BooleanField()


class SubmitConflict(serializers.Serializer[Any]):
    """The problem document of a submit that contradicts what is there."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    current = StandingLabel(
        required=False,
        allow_null=True,
        help_text="What stands on the image, unless it is another labeler's and yours is asked for beside it.",
    )


class Submit(APIView):
    @extend_schema(
        request=SubmitBody,
        responses={
            200: SubmitAnswer,
            201: SubmitAnswer,
            (409, "application/problem+json"): SubmitConflict,
        },
    )
    def put(self, request: Request, pk: int, uuid: UUID) -> Response:
        """Submit a labeling under a uuid of the client's making: 201, and 200 when the same comes again."""
        said = SUBMIT.run_validation(request.data)
        submitted = services.annotation_submit(
            user=request.user, image_id=pk, uuid=uuid, result=said["result"], lead_time_ms=said.get("lead_time_ms"),
            shown_from=said.get("shown_from"), assignment_id=said.get("assignment"), replaces=said.get("replaces"),
        )  # fmt: skip
        code = status.HTTP_201_CREATED if submitted.created else status.HTTP_200_OK
        return Response({"uuid": str(uuid), "late": submitted.late, "status": submitted.status}, status=code)


class NewestFirst(CursorPage):
    page_size = 40
    ordering = "-created"


class MyLabels(APIView):
    @extend_schema(responses=paged(NextItem), parameters=[OpenApiParameter("cursor", str)])
    def get(self, request: Request, pk: int) -> Response:
        """The images that I have labeled and my labels on them, the newest first, as items of `next`: to go back to."""
        project = project_for(request.user, pk)
        pages = NewestFirst()
        page = pages.paginate_queryset(labels_of(user=request.user, project=project), request, self)
        return pages.get_paginated_response([labeled_item(label) for label in page])


def visible(annotation: Annotation, item: QueueItem, user: User, project: Project) -> bool:
    """Whether a member may see a label: another person's would sway a labeler who may have to label the image too."""
    rank: str = project.role  # type: ignore[attr-defined]
    return rank != Role.LABELER or annotation.author_id == user.pk or item.settled


def keep_pace(annotation: Annotation, user: User, project: Project) -> None:
    """How long somebody took is nobody's business among labelers."""
    if project.role == Role.LABELER and annotation.author_id != user.pk:  # type: ignore[attr-defined]
        annotation.lead_time_ms = None


class AnnotationDetail(APIView):
    @extend_schema(responses=AnnotationRow)
    def get(self, request: Request, uuid: UUID) -> Response:
        rows = Annotation.objects.filter(image__deleted_at=None).select_related("author", "image__queue")
        annotation, project = object_and_project(
            request.user, rows.prefetch_related("reviews__reviewer"), uuid
        )
        if not visible(annotation, annotation.image.queue, request.user, project):
            raise exceptions.NotFound
        keep_pace(annotation, request.user, project)
        return Response(AnnotationRow(annotation).data)

    @extend_schema(responses=NextItem)
    def delete(self, request: Request, uuid: UUID) -> Response:
        """Undo my submit. The answer is an item of `next`: the image is leased to me again."""
        image = services.annotation_withdraw(user=request.user, uuid=uuid)
        return Response(queue_item(image_id=image, user=request.user))
