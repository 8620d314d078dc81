from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import project_for
from labeling.api.jobs import JobRow
from labeling.api.request import Request
from labeling.models import Job, Role
from labeling.services import imports as services
from labeling.services.fetch import Refused

# What an import takes images from, one to a request, and what begins it.
WAYS: dict[str, Callable[..., Job]] = {"urls": services.import_urls, "page_url": services.import_page}


class ImportInput(serializers.Serializer[Any]):
    urls = serializers.ListField(
        child=serializers.CharField(max_length=2000), min_length=1, max_length=10_000, required=False
    )
    page_url = serializers.CharField(max_length=2000, required=False)
    group = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    min_width = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    min_height = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    skip_near_duplicates = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(way in attrs for way in WAYS) != 1:
            raise serializers.ValidationError(f"Send one of {', '.join(WAYS)}: an import has one source.")
        return attrs


class Imports(APIView):
    @extend_schema(request=ImportInput, responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Fetch images as a job: from a list of addresses, or from the page at `page_url` as its robots.txt allows.

        Private networks are not fetched from. Images below `min_width` × `min_height` are rejected (200 × 200 unless
        said otherwise where a page is read); `skip_near_duplicates` keeps out what looks nearly like an image that the
        project holds. The job's `result` lists `created`, `duplicates`, `near_duplicates` and `rejected`.
        """
        project = project_for(request.user, pk, Role.MANAGER)
        row = ImportInput(data=request.data)
        row.is_valid(raise_exception=True)
        (way,) = WAYS.keys() & row.validated_data.keys()
        try:
            job = WAYS[way](project=project, by=request.user, **row.validated_data)
        except Refused as error:
            raise exceptions.ValidationError({way: [str(error)]}) from error
        return Response(JobRow(job).data, status=status.HTTP_202_ACCEPTED)
