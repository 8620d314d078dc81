from rest_framework.pagination import CursorPagination


class CursorPage(CursorPagination):
    """Newest first, unless the view says otherwise."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = "-id"
