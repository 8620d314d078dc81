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
from labeling.services import imports as services


class ImportInput(serializers.Serializer[Any]):
    urls = serializers.ListField(
        child=serializers.CharField(max_length=2000), min_length=1, max_length=10_000
    )
    group = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class Imports(APIView):
    @extend_schema(request=ImportInput, responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Fetch images from a list of addresses, as a job. Private networks are not fetched from."""
        project = project_for(request.user, pk, Role.MANAGER)
        row = ImportInput(data=request.data)
        row.is_valid(raise_exception=True)
        job = services.import_urls(project=project, by=request.user, **row.validated_data)
        return Response(JobRow(job).data, status=status.HTTP_202_ACCEPTED)
