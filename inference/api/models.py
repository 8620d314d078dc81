"""The registry: versions, their notes and their end."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.models import ModelVersion
from inference.services import versions as services
from labeling.access import object_for, project_for
from labeling.api.pages import CursorPage, paged
from labeling.api.request import Request
from labeling.models import Role


class ModelRow(serializers.ModelSerializer[ModelVersion]):
    metrics = serializers.DictField(read_only=True)
    config = serializers.DictField(read_only=True)
    run = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields = [
            "id", "project", "model", "number", "stage", "metrics", "snapshot", "config", "created", "notes", "weights_sha256",
            "promoted_at", "run",
        ]  # fmt: skip
        read_only_fields = [name for name in fields if name != "notes"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_run(self, version: ModelVersion) -> int | None:
        run = getattr(version, "run", None)
        return run.pk if run else None


class MakeInput(serializers.Serializer[Any]):
    model = serializers.CharField(max_length=40)
    config = serializers.DictField(required=False)


class Models(APIView):
    @extend_schema(responses=paged(ModelRow))
    def get(self, request: Request, pk: int) -> Response:
        """The project's versions, newest first."""
        versions = ModelVersion.objects.filter(project=project_for(request.user, pk)).select_related("run")
        pages = CursorPage()
        return pages.get_paginated_response(
            ModelRow(pages.paginate_queryset(versions, request, self), many=True).data
        )

    @extend_schema(request=MakeInput, responses={200: ModelRow, 201: ModelRow})
    def post(self, request: Request, pk: int) -> Response:
        """Make a version of a model that needs no training, such as a rule. The same one again is there already: 200."""
        project = project_for(request.user, pk, Role.MANAGER)
        row = MakeInput(data=request.data)
        row.is_valid(raise_exception=True)
        said = row.validated_data
        version, new = services.version_make(
            project=project, model=said["model"], config=said.get("config", {}), by=request.user
        )
        return Response(ModelRow(version).data, status=status.HTTP_201_CREATED if new else status.HTTP_200_OK)


class NotesInput(serializers.Serializer[Any]):
    notes = serializers.CharField(max_length=5000, allow_blank=True)


class ModelDetail(APIView):
    @extend_schema(responses=ModelRow)
    def get(self, request: Request, pk: int) -> Response:
        return Response(
            ModelRow(object_for(request.user, ModelVersion.objects.select_related("run"), pk)).data
        )

    @extend_schema(request=NotesInput, responses=ModelRow)
    def patch(self, request: Request, pk: int) -> Response:
        version = object_for(request.user, ModelVersion.objects.all(), pk, Role.MANAGER)
        row = NotesInput(data=request.data)
        row.is_valid(raise_exception=True)
        version.notes = row.validated_data["notes"]
        version.save(update_fields=["notes"])
        return Response(ModelRow(version).data)


class Archive(APIView):
    @extend_schema(request=None, responses=ModelRow)
    def post(self, request: Request, pk: int) -> Response:
        version = object_for(request.user, ModelVersion.objects.all(), pk, Role.MANAGER)
        return Response(ModelRow(services.version_archive(version=version)).data)
