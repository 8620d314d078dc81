"""Training runs, and what a run can be made of."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.storage import default_storage
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_for, project_for
from labeling.api.configfields import FieldRow
from labeling.api.jobs import JobRow, unchanged_or
from labeling.api.pages import CursorPage, paged
from labeling.api.request import Request
from labeling.models import Image, Project, QueueItem, Role
from training.models import Metric, Snapshot, TrainingRun
from training.services import runs as services
from vision.registry import GENERATORS, MODELS, Entry, config_fields


class SnapshotRow(serializers.ModelSerializer[Snapshot]):
    splits = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    images = serializers.DictField(child=serializers.IntegerField())
    warnings = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Snapshot
        fields = ["id", "sha256", "name", "count", "splits", "images", "warnings", "created"]
        read_only_fields = fields


class RunPictureRow(serializers.Serializer[Any]):
    epoch = serializers.IntegerField()
    image = serializers.CharField(help_text="An image's id, or of a generator what it names its sample by.")


class RunRow(serializers.ModelSerializer[TrainingRun]):
    """A job's fields, and the run's own."""

    id = serializers.IntegerField(source="job_id")
    job = JobRow()
    state = serializers.CharField(source="job.state")
    snapshot = SnapshotRow()
    params = serializers.DictField()
    metrics = serializers.SerializerMethodField()
    seconds_left = serializers.SerializerMethodField()
    pictures = serializers.SerializerMethodField()

    class Meta:
        model = TrainingRun
        fields = [
            "id", "project", "model", "params", "automatic", "state", "job", "snapshot", "metrics", "seconds_left", "pictures", "model_version",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.DictField(child=serializers.FloatField())))
    def get_metrics(self, run: TrainingRun) -> list[dict[str, float]]:
        """One row an epoch: {epoch, loss, …}."""
        return [
            {
                "epoch": metric.epoch,
                **{name: value for name, value in metric.values.items() if name != "seconds_left"},
            }
            for metric in run.metrics.all()
        ]

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_seconds_left(self, run: TrainingRun) -> float | None:
        last = max(run.metrics.all(), key=lambda metric: metric.epoch, default=None)
        return last.values.get("seconds_left") if last and run.job.state == "running" else None

    @extend_schema_field(RunPictureRow(many=True))
    def get_pictures(self, run: TrainingRun) -> list[dict[str, Any]]:
        """Of some images of the validation side, what the model made of them by each epoch."""
        return [
            {"epoch": metric.epoch, "image": image}
            for metric in run.metrics.all()
            for image in metric.pictures
        ]

    def to_representation(self, run: TrainingRun) -> dict[str, Any]:
        row = super().to_representation(run)
        job = row["job"]
        return {**{name: value for name, value in job.items() if name not in ("id", "params")}, **row}


@extend_schema_field(
    {"oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9a-f]{64}$"}]}
)
class SnapshotNamed(serializers.Field[Any, Any, Any, Any]):
    """A frozen dataset version by its id, or by the sha256 that versions of models and exports name it by."""

    default_error_messages = {"invalid": "Name a dataset version by its id or its sha256."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, str) and re.fullmatch("[0-9a-f]{64}", data):
            return {"sha256": data}
        number = int(data) if isinstance(data, str) and re.fullmatch("[1-9][0-9]{0,18}", data) else data
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**63:
            self.fail("invalid")
        return {"pk": number}

    def to_representation(self, value: Any) -> Any:
        return value


class RunInput(serializers.Serializer[Any]):
    model = serializers.CharField(max_length=40)
    params = serializers.DictField(required=False)
    snapshot = SnapshotNamed(required=False)


def _runs() -> Any:
    return TrainingRun.objects.select_related("job__created_by", "snapshot").prefetch_related("metrics")


class RunPage(CursorPage):
    ordering = "-job_id"


class Runs(APIView):
    @extend_schema(responses=paged(RunRow))
    def get(self, request: Request, pk: int) -> Response:
        pages = RunPage()
        page = pages.paginate_queryset(_runs().filter(project=project_for(request.user, pk)), request, self)
        return pages.get_paginated_response(RunRow(page, many=True).data)

    @extend_schema(request=RunInput, responses={202: RunRow})
    def post(self, request: Request, pk: int) -> Response:
        """Train a model on the labels of this moment, or on a frozen set of before."""
        project = project_for(request.user, pk, Role.MANAGER)
        row = RunInput(data=request.data)
        row.is_valid(raise_exception=True)
        said = row.validated_data
        snapshot = None
        if "snapshot" in said:
            snapshot = Snapshot.objects.filter(project=project, **said["snapshot"]).first()
            if snapshot is None:
                raise NotFound
        run = services.run_start(
            project=project,
            by=request.user,
            model=said["model"],
            params=said.get("params", {}),
            snapshot=snapshot,
        )
        return Response(RunRow(_runs().get(pk=run.pk)).data, status=status.HTTP_202_ACCEPTED)


class RunDetail(APIView):
    @extend_schema(responses=RunRow)
    def get(self, request: Request, pk: int) -> Response:
        return unchanged_or(request, RunRow(object_for(request.user, _runs(), pk)).data)


class RunPicture(APIView):
    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int, epoch: int, image: str) -> HttpResponse:
        """What the model made of a validation image by an epoch; of a generator a sheet of samples."""
        run = object_for(request.user, TrainingRun.objects.all(), pk)
        metric = Metric.objects.filter(run=run, epoch=epoch).first()
        key = metric.pictures.get(image) if metric else None
        if key is None:
            raise NotFound
        headers = {
            "Cache-Control": "private, max-age=86400",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        try:
            with default_storage.open(key) as file:
                return HttpResponse(file.read(), content_type="image/png", headers=headers)
        except FileNotFoundError as error:
            raise NotFound("The picture is missing from the storage.") from error


class ModelOption(serializers.Serializer[Any]):
    model = serializers.CharField()
    title = serializers.CharField()
    fields = FieldRow(many=True)  # type: ignore[assignment]


class OptionsAnswer(serializers.Serializer[Any]):
    models = ModelOption(many=True)
    packaged = ModelOption(many=True, help_text="Models that learn nothing here: `POST …/models/` adds one.")
    generators = ModelOption(
        many=True, help_text="Models that make pictures; they learn from renders and photographs."
    )
    labeled = serializers.DictField(
        child=serializers.IntegerField(), help_text="Labeled images that show each category."
    )
    splits = serializers.DictField(child=serializers.IntegerField())
    ready = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)


class Options(APIView):
    @extend_schema(responses=OptionsAnswer)
    def get(self, request: Request, pk: int) -> Response:
        """What a run can be made of: the models with their parameters, and the labels there are."""
        project = project_for(request.user, pk)
        rows = QueueItem.objects.filter(
            project=project, status__in=["labeled", "done"], image__deleted_at=None
        )
        labeled = dict.fromkeys(project.categories.values_list("name", flat=True), 0)
        for name, names in rows.values_list("category", "categories"):
            for one in names or [name]:
                labeled[one] = labeled.get(one, 0) + 1
        labeled.pop("", None)
        splits = dict.fromkeys(("train", "val", "test", "none"), 0)
        for split in Image.objects.filter(queue__in=rows).values_list("split", flat=True):
            splits[split or "none"] += 1
        present = sum(1 for count in labeled.values() if count)
        reason = ""
        if not present and project.kind == Project.Kind.DETECTION:
            reason = "Draw boxes on some images first."
        elif present < 2 and project.kind == Project.Kind.CLASSIFICATION:
            reason = "Label images of at least two categories first."
        elif sum(splits.values()) < 2 * services.LEAST:
            reason = f"Label at least {2 * services.LEAST} images first: some are held out to measure on."
        ours = [(name, entry) for name, entry in MODELS.items() if entry.kind == project.kind]
        models = [_option(name, entry) for name, entry in ours if entry.trainer]
        # A rule has a form of its own, for it goes by what the project's images are known to be.
        packaged = [
            _option(name, entry) for name, entry in ours if not (entry.trainer or entry.by_attributes)
        ]
        makes = project.kind == Project.Kind.DETECTION
        generators = [_option(name, MODELS[name]) for name in GENERATORS] if makes else []
        return Response({
            "models": models, "packaged": packaged, "generators": generators, "labeled": labeled, "splits": splits, "ready": not reason, "reason": reason,
        })  # fmt: skip


def _option(name: str, entry: Entry) -> dict[str, Any]:
    return {"model": name, "title": entry.title, "fields": config_fields(name)}
