"""Images: upload, list, look at, delete."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.datastructures import MultiValueDict
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_and_project, object_for, project_for, require_rank
from labeling.api.annotations import AnnotationRow, AuthorRow, keep_pace, visible
from labeling.api.fields import OneOrMore
from labeling.api.imagelist import FILTER_PARAMETERS, ORDERING_NAMES, ImagePage, filtered
from labeling.api.pages import paged
from labeling.api.queue import QueuedPrediction
from labeling.api.receiving import ReceivingView
from labeling.api.request import Request
from labeling.models import Annotation, Assignment, Image, Project, QueueItem, Role, User
from labeling.services import bulk
from labeling.services import images as services
from labeling.services.gold import gold_set
from labeling.services.nearduplicates import near_duplicates, with_near_duplicates


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
    boxes = serializers.IntegerField(help_text="How many the model found, where it finds boxes.")


class ImageRow(serializers.ModelSerializer[Image]):
    deleted = serializers.DateTimeField(source="deleted_at", allow_null=True)
    video_time = serializers.FloatField(allow_null=True, help_text="Seconds from the video's beginning.")
    status = serializers.SerializerMethodField()
    gold = serializers.SerializerMethodField()
    category = serializers.SerializerMethodField()
    categories = serializers.SerializerMethodField(help_text="Those of its boxes, each once.")
    prediction = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = [
            "id", "name", "width", "height", "status", "split", "group", "source", "source_url", "video_time",
            "attributes", "created", "ready", "error", "category", "categories", "gold", "prediction", "deleted",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=QueueItem.Status.choices))
    def get_status(self, image: Image) -> str:
        """A labeler takes a gold image for one that is open."""
        hidden = image.queue.gold and hasattr(image, "own")
        return QueueItem.Status.UNLABELED if hidden else image.queue.status

    def get_gold(self, image: Image) -> bool:
        return image.queue.gold and not hasattr(image, "own")

    def get_category(self, image: Image) -> str | None:
        """To a labeler of an image that is still open, what they said themselves and nothing else."""
        own: list[Annotation] | None = getattr(image, "own", None)
        if own is not None and not image.queue.settled:
            return own[0].result.get("category") if own else None
        return image.queue.category or None

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_categories(self, image: Image) -> list[str]:
        own: list[Annotation] | None = getattr(image, "own", None)
        if own is not None and not image.queue.settled:
            return list(
                dict.fromkeys(box["category"] for one in own[:1] for box in one.result.get("boxes", []))
            )
        return image.queue.categories

    @extend_schema_field(PredictedRow(allow_null=True))
    def get_prediction(self, image: Image) -> dict[str, Any] | None:
        said = image.queue.prediction
        if not said:
            return None
        result = said["result"]
        return {
            "category": result.get("category"), "score": said["score"], "distracted": result.get("distracted", False),
            "boxes": len(result.get("boxes", ())),
        }  # fmt: skip


class ListedRow(ImageRow):
    # The list gives the ids of a page's as the context's `near`.
    has_near_duplicates = serializers.SerializerMethodField()

    class Meta(ImageRow.Meta):
        fields = [*ImageRow.Meta.fields, "has_near_duplicates"]
        read_only_fields = fields

    def get_has_near_duplicates(self, image: Image) -> bool:
        return image.pk in self.context["near"]


class SkipRow(serializers.ModelSerializer[Assignment]):
    user = AuthorRow()
    reason = serializers.CharField(source="skip_reason")

    class Meta:
        model = Assignment
        fields = ["user", "reason", "created"]
        read_only_fields = fields


class NearRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    distance = serializers.IntegerField(help_text="Bits of the perceptual hash that differ, of 64.")


class ImageDetailRow(ImageRow):
    annotations = AnnotationRow(many=True)
    skips = SkipRow(many=True)
    prediction = QueuedPrediction(source="queue.prediction", allow_null=True)  # type: ignore[assignment]
    near_duplicates = serializers.SerializerMethodField()

    class Meta(ImageRow.Meta):
        fields = [*ImageRow.Meta.fields, "annotations", "skips", "near_duplicates"]

    @extend_schema_field(NearRow(many=True))
    def get_near_duplicates(self, image: Image) -> Any:
        """The nearest first."""
        near = near_duplicates(
            project_id=image.project_id, perceptual_hash=image.perceptual_hash, of=image.pk
        )
        return NearRow(near, many=True).data


def own_labels(user: User) -> Prefetch:
    return Prefetch("annotations", Annotation.objects.standing().filter(author=user), "own")


class Images(ReceivingView):
    for_one_project = True

    @extend_schema(
        responses=paged(ListedRow),
        parameters=[*FILTER_PARAMETERS, OpenApiParameter("ordering", enum=ORDERING_NAMES)],
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        """A page of images, by filters; `deleted=1` the deleted ones, `error=1` those that cannot be decoded,
        `near_duplicates=1` those that look nearly the same as another."""
        project = project_for(request.user, pk)
        images = Image.objects.filter(project=project).select_related("queue")
        params, labeler = request.query_params, project.role == Role.LABELER  # type: ignore[attr-defined]
        if labeler:
            images = images.prefetch_related(own_labels(request.user))
        page = ImagePage(filtered(images, params, kind=project.kind, labeler=labeler), request)
        near = with_near_duplicates([image.pk for image in page.images])
        return Response(page.to_json(ListedRow(page.images, many=True, context={"near": near}).data))

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
        image: Any
        image, project = object_and_project(request.user, rows, pk)
        shown = [one for one in image.annotations.all() if visible(one, image.queue, request.user, project)]
        image._prefetched_objects_cache["annotations"] = shown
        if project.role == Role.LABELER:  # type: ignore[attr-defined]
            replaced = {one.replaces_id for one in shown}
            for one in shown:  # which nobody can tell from a label that counts
                one.current |= one.gold and not one.withdrawn and one.pk not in replaced
                keep_pace(one, request.user, project)
            image.own = [one for one in shown if one.current and one.author_id == request.user.pk]
            if not image.queue.settled:  # what another person says for not labeling it may be a label
                image.skips = [skip for skip in image.skips if skip.user_id == request.user.pk]
        return Response(ImageDetailRow(image).data)

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


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
class FilterField(OneOrMore):
    child = serializers.CharField(max_length=400)

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty=False, **options)


class BulkInput(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1), min_length=1, max_length=10_000, required=False
    )
    filter = serializers.DictField(
        child=FilterField(), required=False, help_text="Instead of ids: all that the list shows by these filters.",
    )  # fmt: skip
    action = serializers.ChoiceField(
        choices=["relabel", "split", "gold", "ungold", "delete", "restore", "requeue", "undo"]
    )
    category = serializers.CharField(required=False, max_length=100, help_text="Of a relabel.")
    split = serializers.ChoiceField(choices=Image.Split.choices, required=False, allow_blank=True)
    undo = serializers.UUIDField(required=False, help_text="The change to take back, as its answer named it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        action = attrs["action"]
        for field, said in (("category", "relabel"), ("split", "split"), ("undo", "undo")):
            if action == said and field not in attrs:
                raise serializers.ValidationError({field: "This field is required."})
        if action != "undo" and ("ids" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError(
                {"ids": "Name the images by `ids`, or all that fit by `filter`."}
            )
        return attrs


class BulkAnswer(serializers.Serializer[Any]):
    changed = serializers.IntegerField()
    undo = serializers.UUIDField(allow_null=True, help_text="Takes this change back, for seven days.")


class Bulk(APIView):
    @extend_schema(request=BulkInput, responses=BulkAnswer)
    def post(self, request: Request, pk: int) -> Response:
        """Relabel, move to a split, mark as gold images or no more, delete, restore, or put back into the queue, many at
        once; or take such a change back.

        Reviewers relabel, managers do all. Ids of other projects are passed over.
        """
        project = project_for(request.user, pk, Role.REVIEWER)
        row = BulkInput(data=request.data)
        row.is_valid(raise_exception=True)
        said, role = row.validated_data, project.role  # type: ignore[attr-defined]
        action = said["action"]
        if action == "undo":
            changed = bulk.bulk_undo(project=project, role=role, uuid=said["undo"])
            return Response({"changed": changed, "undo": None})
        if action != "relabel":
            require_rank(role, Role.MANAGER)
        ids = said.get("ids")
        if ids is None:
            images = Image.objects.filter(project=project)
            found = filtered(images, MultiValueDict(said["filter"]), kind=project.kind)
            ids = found.values_list("id", flat=True)
        changed, undo = _act(action, project, request.user, list(ids), said)
        return Response({"changed": changed, "undo": undo})


def _act(
    action: str, project: Project, by: User, ids: list[int], said: dict[str, Any]
) -> tuple[int, UUID | None]:
    match action:
        case "relabel":
            return bulk.bulk_relabel(project=project, by=by, ids=ids, category=said["category"])
        case "split":
            return bulk.bulk_split(project=project, by=by, ids=ids, split=said["split"])
        case "delete":
            return bulk.bulk_delete(project=project, by=by, ids=ids)
        case "gold" | "ungold":
            return gold_set(project=project, ids=ids, gold=action == "gold"), None
        case "restore":
            return services.images_restore(project=project, ids=ids), None
        case _:
            return services.images_requeue(project=project, ids=ids), None
