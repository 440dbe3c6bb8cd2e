"""Lists are paged by cursor, so that a page stays right while rows are added."""

from typing import Any

from rest_framework import pagination
from rest_framework.request import Request


class CursorPagination(pagination.CursorPagination):
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-pk"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """The view's own `ordering`, which must end in something unique; newest first else."""
        return tuple(getattr(view, "ordering", (self.ordering,)))
