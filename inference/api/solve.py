"""From a trimap to a matte, and from a click to a part of one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.api.snap import SnapInput, refuse_outside
from inference.services.segment import image_segment
from inference.services.solve import solve_start
from labeling.access import object_and_project, object_for
from labeling.api.jobs import JobRow, job_row
from labeling.api.request import Request
from labeling.api.throttles import CallRate
from labeling.models import Image
from vision.checks import as_sha256


class Sha256(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        try:
            return as_sha256(data, "This")
        except ValueError as error:
            raise serializers.ValidationError("The SHA-256 of an uploaded matte is expected.") from error


class SolveInput(serializers.Serializer[Any]):
    trimap = Sha256(help_text="0 background, 255 foreground, between them unknown; as large as the image.")
    window = serializers.ListField(
        child=serializers.IntegerField(), min_length=4, max_length=4, required=False, allow_null=True,
        help_text="x1, y1, x2, y2 in pixels: what is solved; the whole image where nothing is said.",
    )  # fmt: skip


class Solve(APIView):
    throttle_classes = [CallRate]
    throttle_scope = "predict"

    @extend_schema(request=SolveInput, responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Find the alpha of a trimap's unknown pixels by closed-form matting (Levin et al. 2008), as a job; its result is
        {alpha, seconds, unknown}, the matte by its SHA-256."""
        rows = Image.objects.alive().filter(error="").select_related("project")
        image, project = object_and_project(request.user, rows, pk)
        row = SolveInput(data=request.data)
        row.is_valid(raise_exception=True)
        job = solve_start(image=image, by=request.user, **row.validated_data)
        return Response(job_row(job, project, request.user), status=status.HTTP_202_ACCEPTED)


class SegmentAnswer(serializers.Serializer[Any]):
    window = serializers.ListField(child=serializers.IntegerField(), min_length=4, max_length=4)
    alpha = serializers.CharField(help_text="A PNG of the window, 8-bit grey, in base64.")


class Segment(APIView):
    throttle_classes = [CallRate]
    throttle_scope = "predict"

    @extend_schema(request=SnapInput, responses=SegmentAnswer)
    def post(self, request: Request, pk: int) -> Response:
        """The soft outline of what lies under a point or within a rough box, by its colours alone; 422 where nothing
        stands out."""
        image = object_for(request.user, Image.objects.alive().filter(error=""), pk)
        row = SnapInput(data=request.data)
        row.is_valid(raise_exception=True)
        refuse_outside(image, row.validated_data)
        return Response(image_segment(image=image, **row.validated_data))
