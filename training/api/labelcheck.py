"""Suspected label errors: look for them, and see which are left."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import project_for
from labeling.api.jobs import JobRow
from labeling.api.request import Request
from labeling.models import Role
from training.services import labelcheck as services


class SuspectRow(serializers.Serializer[Any]):
    image = serializers.IntegerField()
    annotation = serializers.UUIDField(
        help_text="The label that stands: review it, and the suspect is decided."
    )
    given = serializers.CharField()
    suggested = serializers.CharField()
    quality = serializers.FloatField(help_text="Probability of the label that it has: 0 is surely wrong.")


class LabelCheckRow(serializers.Serializer[Any]):
    job = JobRow(allow_null=True, help_text="The newest check.")
    suspects = SuspectRow(many=True)


class LabelChecks(APIView):
    @extend_schema(responses=LabelCheckRow)
    def get(self, request: Request, pk: int) -> Response:
        """The newest check for wrong labels, and those of its suspects that nobody has decided yet, the worst first."""
        project = project_for(request.user, pk, Role.REVIEWER)
        job, suspects = services.suspects_open(project=project)
        return Response(LabelCheckRow({"job": job, "suspects": suspects}).data)

    @extend_schema(request=None, responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Look for labels that their images speak against, as a job."""
        project = project_for(request.user, pk, Role.REVIEWER)
        job = services.labelcheck_start(project=project, by=request.user)
        return Response(JobRow(job).data, status=status.HTTP_202_ACCEPTED)
