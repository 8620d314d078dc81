from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import exceptions, serializers
from rest_framework.pagination import CursorPagination


class CursorPage(CursorPagination):
    """Newest first, unless the view says otherwise."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = "-id"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """A cursor that nobody here has made is no page (DRF has it compared with the column as it stands)."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except ValueError as error:
            if self.cursor_query_param not in request.query_params:
                raise
            raise exceptions.NotFound("No such page.") from error


def paged(row: type[serializers.BaseSerializer]) -> serializers.Serializer:
    """A page of rows, as the schema shows it."""
    return inline_serializer(
        name=f"{row.__name__}Page",
        fields={
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )
