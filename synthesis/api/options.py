"""What a project's batches can be made of."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.models import ModelVersion
from labeling.access import project_for
from labeling.api.configfields import FieldRow
from labeling.api.request import Request
from labeling.models import Role
from synthesis.api.batches import BatchVersion
from synthesis.services.blender import blender_missing
from vision import config as configs
from vision.registry import GENERATORS, entry
from vision.scenes.catalog import KINDS, mapping_for
from vision.scenes.config import SceneConfig


class KindRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()


class GeneratorRow(BatchVersion):
    stage = serializers.CharField()
    translates = serializers.BooleanField(help_text="It makes a picture of a render; else it makes new ones.")
    kid = serializers.FloatField(allow_null=True)


class SynthesisOptions(serializers.Serializer[Any]):
    kinds = KindRow(many=True)
    mapping = serializers.DictField(
        child=serializers.CharField(), help_text="{kind: category}, as the names suggest."
    )
    fields = FieldRow(many=True, help_text="Of scenes.")  # type: ignore[assignment]
    most = serializers.IntegerField(help_text="Pictures of a batch.")
    blender_missing = serializers.CharField(
        allow_blank=True, help_text="Why nothing can be rendered, and what to do."
    )
    generators = GeneratorRow(
        many=True, help_text="Versions that translate, or make new pictures; newest first."
    )


class Options(APIView):
    @extend_schema(responses=SynthesisOptions)
    def get(self, request: Request, pk: int) -> Response:
        """What batches can be made of."""
        project = project_for(request.user, pk, Role.MANAGER)
        versions = ModelVersion.objects.filter(project=project, model__in=GENERATORS).exclude(
            stage=ModelVersion.Stage.ARCHIVED
        )
        generators = [
            {
                "id": version.pk, "model": version.model, "number": version.number, "stage": version.stage,
                "translates": entry(version.model).translates, "kid": version.metrics.get("kid"),
            }
            for version in versions.order_by("-created")
        ]  # fmt: skip
        generators.sort(key=lambda row: row["stage"] != ModelVersion.Stage.PRODUCTION)
        return Response({
            "kinds": [{"name": kind.name, "title": kind.title} for kind in KINDS],
            "mapping": mapping_for(project.categories.values_list("name", flat=True)),
            "fields": configs.describe(SceneConfig), "most": settings.MAX_BATCH_IMAGES, "blender_missing": blender_missing(),
            "generators": generators,
        })  # fmt: skip
