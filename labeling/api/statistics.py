from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import project_for
from labeling.api.request import Request
from labeling.models import Role
from labeling.services.gold import gold_record
from labeling.services.statistics import project_statistics


class DayRow(serializers.Serializer[Any]):
    day = serializers.DateField()
    labels = serializers.IntegerField()


class MediansRow(serializers.Serializer[Any]):
    """Seconds: medians with and without a pre-label, how many labels each is of, and the 95 % interval of their
    difference (with less without; null where either has too few)."""

    a = serializers.FloatField(allow_null=True, help_text="With a pre-label.")
    b = serializers.FloatField(allow_null=True, help_text="Without one.")
    a_count = serializers.IntegerField()
    b_count = serializers.IntegerField()
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class AcceptedRow(serializers.Serializer[Any]):
    model_version = serializers.IntegerField()
    model = serializers.CharField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    accepted = serializers.IntegerField(help_text="Images, or boxes, that stayed as they were predicted.")
    corrected = serializers.IntegerField()
    shown = serializers.IntegerField()


class BalanceRow(serializers.Serializer[Any]):
    split = serializers.CharField(allow_blank=True)
    categories = serializers.DictField(child=serializers.IntegerField())


class GoldRow(serializers.Serializer[Any]):
    user = serializers.CharField()
    answers = serializers.IntegerField()
    right = serializers.IntegerField()


class StatisticsRow(serializers.Serializer[Any]):
    days = DayRow(many=True)
    seconds = MediansRow(help_text="An image.")
    region_seconds = MediansRow(
        help_text="A box, of images that have some; where images have one label, an image."
    )
    accepted = AcceptedRow(many=True)
    drawn = serializers.IntegerField(help_text="Images labeled, or boxes drawn, as no model had said.")
    balance = BalanceRow(many=True)
    gold = GoldRow(many=True, required=False, help_text="To reviewers and managers alone.")


class Statistics(APIView):
    @extend_schema(responses=StatisticsRow, parameters=[OpenApiParameter("timezone", str)])
    def get(self, request: Request, pk: int) -> Response:
        """Labels a day, seconds an image with and without a pre-label, accepted share by version, balance by split, and how
        often people said of gold images what is known of them."""
        project = project_for(request.user, pk)
        zone = request.query_params.get("timezone", "UTC")
        if zone not in available_timezones():
            raise serializers.ValidationError({"timezone": ["A name such as Europe/Berlin."]})
        found = project_statistics(project=project, zone=zone)
        if project.role != Role.LABELER:  # type: ignore[attr-defined]
            found["gold"] = gold_record(project=project)
        return Response(StatisticsRow(found).data)
