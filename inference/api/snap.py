"""Click to box."""

from __future__ import annotations

import math
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.services.snap import image_snap
from labeling.access import object_for
from labeling.api.request import Request
from labeling.api.throttles import CallRate
from labeling.models import Image


class SnapInput(serializers.Serializer[Any]):
    point = serializers.ListField(
        child=serializers.FloatField(),
        min_length=2,
        max_length=2,
        required=False,
        help_text="x, y in pixels.",
    )
    box = serializers.ListField(
        child=serializers.FloatField(), min_length=4, max_length=4, required=False,
        help_text="x1, y1, x2, y2 in pixels, roughly around the thing.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("point" in attrs) == ("box" in attrs):
            raise serializers.ValidationError({"point": "Send a point, or a rough box."})
        for name, values in attrs.items():
            if not all(map(math.isfinite, values)):
                raise serializers.ValidationError({name: "Finite numbers are expected."})
        if (box := attrs.get("box")) and (box[0] >= box[2] or box[1] >= box[3]):
            raise serializers.ValidationError({"box": "x1 < x2 and y1 < y2 are expected."})
        return attrs


class SnapAnswer(serializers.Serializer[Any]):
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)


class Snap(APIView):
    throttle_classes = [CallRate]
    throttle_scope = "predict"

    @extend_schema(request=SnapInput, responses=SnapAnswer)
    def post(self, request: Request, pk: int) -> Response:
        """The box of what lies under a point or within a rough box, by its edges alone; 422 where nothing stands out."""
        image = object_for(request.user, Image.objects.alive().filter(error=""), pk)
        row = SnapInput(data=request.data)
        row.is_valid(raise_exception=True)
        said = row.validated_data
        refuse_outside(image, said)
        return Response({"bbox": image_snap(image=image, **said)})


def refuse_outside(image: Image, said: dict[str, list[float]]) -> None:
    """A click beside the image, and a box that has no part of it, find nothing."""
    x1, y1, x2, y2 = said.get("box") or said["point"] * 2
    if x2 < 0 or y2 < 0 or x1 > image.width or y1 > image.height:
        name = "box" if "box" in said else "point"
        raise serializers.ValidationError(
            {name: [f"Outside of the image, which is {image.width} × {image.height} pixels."]}
        )
