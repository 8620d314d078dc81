"""Dataset versions: frozen, listed, named, compared and downloaded."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_for, project_for
from labeling.api.exports import send_file
from labeling.api.pages import CursorPage, paged
from labeling.api.request import Request
from labeling.errors import Conflict
from labeling.models import Role
from training.api.runs import SnapshotRow
from training.models import Snapshot
from training.services.snapshots import snapshot_freeze, snapshots_compare

SHOWN = 200  # changes of a sort that a page bears; their number is told whole


class NameInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, allow_blank=True, trim_whitespace=True)


class FreezeInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, allow_blank=True, trim_whitespace=True, default="")


class ListedSnapshot(SnapshotRow):
    runs = serializers.IntegerField(source="runs.count", read_only=True)
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True)

    class Meta(SnapshotRow.Meta):
        fields = [*SnapshotRow.Meta.fields, "categories", "runs", "created_by"]
        read_only_fields = fields

    categories = serializers.ListField(child=serializers.CharField())


class NewestFirst(CursorPage):
    ordering = "-id"


def _snapshots() -> Any:
    """Sets of labels: what generators learn from is none."""
    return Snapshot.objects.filter(domains={}).select_related("created_by").prefetch_related("runs")


class Snapshots(APIView):
    @extend_schema(responses=paged(ListedSnapshot))
    def get(self, request: Request, pk: int) -> Response:
        """The project's dataset versions, newest first."""
        project, pages = project_for(request.user, pk, Role.REVIEWER), NewestFirst()
        page = pages.paginate_queryset(_snapshots().filter(project=project), request, self)
        return pages.get_paginated_response(ListedSnapshot(page, many=True).data)

    @extend_schema(request=FreezeInput, responses={201: ListedSnapshot})
    def post(self, request: Request, pk: int) -> Response:
        """Freeze the labels of this moment. The same labels are the same version."""
        project = project_for(request.user, pk, Role.MANAGER)
        row = FreezeInput(data=request.data)
        row.is_valid(raise_exception=True)
        try:
            snapshot = snapshot_freeze(project=project, by=request.user, **row.validated_data)
        except ValueError as error:
            raise Conflict(str(error)) from error
        return Response(ListedSnapshot(snapshot).data, status=status.HTTP_201_CREATED)


class SnapshotDetail(APIView):
    @extend_schema(responses=ListedSnapshot)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ListedSnapshot(object_for(request.user, _snapshots(), pk, Role.REVIEWER)).data)

    @extend_schema(request=NameInput, responses=ListedSnapshot)
    def patch(self, request: Request, pk: int) -> Response:
        """Give it a name."""
        snapshot = object_for(request.user, _snapshots(), pk, Role.MANAGER)
        row = NameInput(data=request.data)
        row.is_valid(raise_exception=True)
        snapshot.name = row.validated_data["name"]
        snapshot.save(update_fields=["name"])
        return Response(ListedSnapshot(snapshot).data)


class SnapshotFile(APIView):
    @extend_schema(responses={(200, "application/x-ndjson"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """Its lines as they were frozen, JSON by JSON: their SHA-256 is its name."""
        snapshot = object_for(request.user, Snapshot.objects.all(), pk, Role.REVIEWER)
        try:
            file = default_storage.open(snapshot.manifest)
        except FileNotFoundError as error:
            raise exceptions.NotFound("The file is missing from the storage.") from error
        made = {
            "bytes": file.size,
            "sha256": snapshot.sha256,
            "name": f"dataset-{snapshot.sha256[:12]}.jsonl",
        }
        return send_file(request, file, made)


class ChangeRow(serializers.Serializer[Any]):
    image = serializers.IntegerField()
    name = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class SnapshotComparison(serializers.Serializer[Any]):
    """How many images changed in each way, and the first 200 of each."""

    counts = serializers.DictField(child=serializers.IntegerField())
    added = ChangeRow(many=True)
    removed = ChangeRow(many=True)
    relabeled = ChangeRow(many=True)
    moved = ChangeRow(many=True, help_text="To another split.")


class CompareSnapshots(APIView):
    @extend_schema(
        responses=SnapshotComparison,
        parameters=[
            OpenApiParameter("before", int, required=True),
            OpenApiParameter("after", int, required=True),
        ],
    )
    def get(self, request: Request, pk: int) -> Response:
        """What came, went, and was labeled otherwise from one dataset version to another."""
        project = project_for(request.user, pk, Role.REVIEWER)
        chosen = {name: self._named(request, name, project.pk) for name in ("before", "after")}
        found = snapshots_compare(**chosen)
        counts = {name: len(rows) for name, rows in found.items()}
        shown = {name: rows[:SHOWN] for name, rows in found.items()}
        return Response(SnapshotComparison({"counts": counts, **shown}).data)

    def _named(self, request: Request, name: str, project: int) -> Snapshot:
        value = request.query_params.get(name, "")
        if not (value.isascii() and value.isdigit() and len(value) < 18):
            raise exceptions.ValidationError({name: ["The id of a dataset version."]})
        return object_for(request.user, Snapshot.objects.filter(project=project), int(value))
