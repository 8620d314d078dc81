"""Fields that several inputs have."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class OneOrMore(serializers.ListField):
    """A list, or its only item."""

    def to_internal_value(self, data: Any) -> list[Any]:
        return super().to_internal_value([data] if isinstance(data, str | int) else data)
