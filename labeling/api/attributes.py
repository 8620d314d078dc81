"""The attributes that a project's images have, for filters to offer."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import project_for
from labeling.api.request import Request
from labeling.services.attributes import attributes_of


class AttributeRow(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=["number", "text", "boolean"])
    count = serializers.IntegerField()
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)
    values = serializers.ListField(child=serializers.CharField(), help_text="The commonest texts.")


class Attributes(APIView):
    @extend_schema(operation_id="attributes_list", responses=AttributeRow(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Each name with its type, how many images have it, the range of numbers and the commonest texts. Filter with
        `?attr=name:value` or `?attr=name:min..max` in the list of images."""
        rows: Any = attributes_of(project_for(request.user, pk))
        return Response(AttributeRow(rows, many=True).data)
