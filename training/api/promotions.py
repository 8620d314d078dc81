"""Comparing versions, and the gate."""

from __future__ import annotations

import time
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.api.models import ModelRow
from inference.models import ModelVersion
from labeling.access import object_and_project, object_for, project_for
from labeling.api.jobs import JobRow
from labeling.api.request import Request
from labeling.errors import Conflict
from labeling.models import Job, Project, QueueItem, Role, User
from training.services import gate
from vision.registry import GENERATORS

PATIENCE = 25  # seconds; longer scoring is followed as a job


class Interval(serializers.Serializer[Any]):
    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class GateRow(serializers.Serializer[Any]):
    passed = serializers.BooleanField()
    reason = serializers.CharField()
    count = serializers.IntegerField()
    candidate = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    production = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    difference = Interval(allow_null=True)


class PromoteInput(serializers.Serializer[Any]):
    force = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["force"] and not attrs["reason"].strip():
            raise serializers.ValidationError({"reason": "Say why the gate is passed by."})
        if attrs["reason"] == gate.ROLL_BACK:  # the log would take it for one
            attrs["reason"] = f"{gate.ROLL_BACK}, by hand"
        return attrs


class PromoteAnswer(ModelRow):
    gate = GateRow()

    class Meta(ModelRow.Meta):
        fields = [*ModelRow.Meta.fields, "gate"]
        read_only_fields = fields


def _promote(version: ModelVersion, by: User, *, force: bool, reason: str) -> Response:
    """200 with the version and the gate's figures, 409 with them when it is refused, 202 with the job past PATIENCE."""
    job = gate.promotion_start(version=version, by=by, force=force, reason=reason)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and job.state not in Job.FINISHED:
        time.sleep(0.05)
        job.refresh_from_db()
    if job.state not in Job.FINISHED:
        return Response(JobRow(job).data, status=status.HTTP_202_ACCEPTED)
    if job.state != Job.State.SUCCEEDED or not job.result:
        reason = job.errors[-1]["reason"] if job.errors else "it was cancelled"
        raise Conflict(f"The version could not be scored: {reason}")
    if not job.result["promoted"]:
        raise Conflict(f"The gate refuses it. {job.result['gate']['reason']}", gate=job.result["gate"])
    version.refresh_from_db()
    return Response({**ModelRow(version).data, "gate": job.result["gate"]})


class Promote(APIView):
    @extend_schema(request=PromoteInput, responses={200: PromoteAnswer, 202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Put a version into production, if it is not worse than the present one on today's held-out images."""
        version = object_for(request.user, ModelVersion.objects.select_related("project"), pk, Role.MANAGER)
        row = PromoteInput(data=request.data)
        row.is_valid(raise_exception=True)
        return _promote(version, request.user, **row.validated_data)


class Rollback(APIView):
    @extend_schema(request=None, responses={200: PromoteAnswer, 202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Put back what was in production before."""
        project = project_for(request.user, pk, Role.MANAGER)
        before = gate.version_before(project_id=project.pk)
        if before is None:
            raise Conflict("Nothing was in production before.")
        return _promote(before, request.user, force=True, reason=gate.ROLL_BACK)


def _shown(rows: list[dict[str, Any]], project: Project) -> list[dict[str, Any]]:
    """As many as a page bears; to a labeler without gold images, about which they are yet to be asked."""
    if project.role == Role.LABELER:  # type: ignore[attr-defined]
        gold = set(QueueItem.objects.filter(project=project, gold=True).values_list("image", flat=True))
        rows = [row for row in rows if row["image"] not in gold]
    return rows[:200]


class MarkedBox(serializers.Serializer[Any]):
    what = serializers.ChoiceField(choices=["hits", "misses", "confused", "false_alarms"])
    category = serializers.CharField(help_text="That it is, else that the version says.")
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    score = serializers.FloatField(required=False, allow_null=True)


class EvaluatedImage(serializers.Serializer[Any]):
    """Of images with boxes, `truth` and `category` say in words what they show and what was found."""

    image = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    truth = serializers.CharField()
    category = serializers.CharField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    truth_score = serializers.FloatField(help_text="Of its category; of boxes, the share that is right.")
    correct = serializers.BooleanField()
    boxes = MarkedBox(many=True)
    alpha = serializers.CharField(required=False, help_text="The predicted matte.")
    true_alpha = serializers.CharField(required=False)
    metrics = serializers.DictField(child=serializers.FloatField(), required=False, help_text="Of a matte.")


class EvaluationAnswer(serializers.Serializer[Any]):
    images = EvaluatedImage(many=True)


class Evaluation(APIView):
    @extend_schema(responses=EvaluationAnswer)
    def get(self, request: Request, pk: int) -> Response:
        """The held-out images, the worst answers first (200 at the most)."""
        version, project = object_and_project(request.user, ModelVersion.objects.all(), pk)
        return Response({"images": _shown(gate.evaluation(version=version), project)})


class Disagreement(serializers.Serializer[Any]):
    image = serializers.IntegerField()
    truth = serializers.CharField()
    a = serializers.CharField(allow_null=True)
    b = serializers.CharField(allow_null=True)


class CompareAnswer(serializers.Serializer[Any]):
    a = serializers.IntegerField()
    b = serializers.IntegerField()
    count = serializers.IntegerField()
    a_metrics = serializers.DictField()
    b_metrics = serializers.DictField()
    difference = serializers.DictField(child=Interval())
    images = Disagreement(many=True)


class Compare(APIView):
    @extend_schema(
        responses=CompareAnswer,
        parameters=[OpenApiParameter("a", int, required=True), OpenApiParameter("b", int, required=True)],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Two versions side by side, on the held-out images that both have answered."""
        project = project_for(request.user, pk)
        versions = []
        for name in ("a", "b"):
            value = request.query_params.get(name, "")
            if not (value.isascii() and value.isdigit() and len(value) < 18):
                raise exceptions.ValidationError({name: ["The id of a version."]})
            rows = ModelVersion.objects.filter(project=project).select_related("project")
            versions.append(object_for(request.user, rows, int(value)))
        if any(version.model in GENERATORS for version in versions):
            raise exceptions.ValidationError(
                {"a": ["Versions that make pictures say nothing of images: compare their pictures."]}
            )
        answer = gate.compare(a=versions[0], b=versions[1])
        return Response({**answer, "images": _shown(answer["images"], project)})
