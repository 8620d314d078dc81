"""People's own models for scenes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_for, project_for
from labeling.api.receiving import ReceivingView
from labeling.api.request import Request
from labeling.models import Role
from synthesis.models import SceneModel
from synthesis.services.scenemodels import scene_model_create, scene_model_delete
from vision.scenes.modelfiles import MOST_BYTES


class SceneModelRow(serializers.ModelSerializer[SceneModel]):
    category = serializers.CharField(source="category.name", default=None, allow_null=True)

    class Meta:
        model = SceneModel
        fields = [
            "id",
            "name",
            "category",
            "height",
            "width",
            "depth",
            "triangles",
            "bytes",
            "state",
            "error",
            "created",
        ]
        read_only_fields = fields


class SceneModelInput(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="A .glb, or an .obj, whose materials are left out.")
    name = serializers.CharField(max_length=100)
    category = serializers.CharField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="What its boxes are labeled; none where nothing is said.",
    )
    height = serializers.FloatField(help_text="Metres, as it stands.")


class SceneModelList(serializers.Serializer[Any]):
    results = SceneModelRow(many=True)


class SceneModels(ReceivingView):
    @property
    def largest(self) -> int:
        return MOST_BYTES

    @extend_schema(responses=SceneModelList)
    def get(self, request: Request, pk: int) -> Response:
        """The project's own models."""
        project = project_for(request.user, pk, Role.MANAGER)
        rows = SceneModel.objects.filter(project=project).select_related("category").order_by("pk")
        return Response({"results": SceneModelRow(rows, many=True).data})

    @extend_schema(request={"multipart/form-data": SceneModelInput}, responses={201: SceneModelRow})
    def post(self, request: Request, pk: int) -> Response:
        """Bring a model of your own. A worker has Blender read it: `state` says when it can be used, and `error` why not."""
        project = project_for(request.user, pk, Role.MANAGER)
        files = self.received(request, "file")
        if len(files) != 1:
            raise exceptions.ValidationError({"file": ["Send one file, in the field `file`."]})
        if files[0].too_large:
            raise exceptions.ValidationError(
                {"file": [f"The file is larger than {MOST_BYTES // 1024**2} MB."]}
            )
        said = _Fields(
            data={
                name: request.data.get(name)
                for name in ("name", "category", "height")
                if name in request.data
            }
        )
        said.is_valid(raise_exception=True)
        row, name = said.validated_data, said.validated_data.get("category", "")
        category = project.categories.filter(name=name).first() if name else None
        if name and category is None:
            raise exceptions.ValidationError(
                {"category": [f"The project has no category {name}: add it in the settings first."]}
            )
        model = scene_model_create(
            project=project, by=request.user, name=row["name"], category=category, height=row["height"], file_name=files[0].name,
            data=files[0].content(),
        )  # fmt: skip
        return Response(SceneModelRow(model).data, status=status.HTTP_201_CREATED)


class _Fields(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    category = serializers.CharField(max_length=100, required=False, allow_blank=True)
    height = serializers.FloatField()


class SceneModelDetail(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Batches that were made with it stay as they are."""
        scene_model_delete(model=object_for(request.user, SceneModel.objects.all(), pk, Role.MANAGER))
        return Response(status=status.HTTP_204_NO_CONTENT)
