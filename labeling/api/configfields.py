"""A config's fields, as a page draws a form of them (`vision.config.describe`)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class FieldRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=["integer", "number", "string", "boolean"])
    default = serializers.JSONField()
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField(), allow_null=True)
    help = serializers.CharField()
    advanced = serializers.BooleanField()
