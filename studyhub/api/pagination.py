"""Lists are paged by cursor, so that a page stays right while rows are added."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from studyhub.base.errors import CursorInvalid


class CursorPagination(pagination.CursorPagination):
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-pk"

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """A page. Raises CursorInvalid for a cursor that no page gave: anybody can write one, and
        what stands in it need not be of the kind that the list is ordered by."""
        try:
            page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, OverflowError, DataError) as problem:
            raise CursorInvalid from problem
        return page

    def decode_cursor(self, request: Request) -> Any:
        if not request.query_params.get(self.cursor_query_param):
            return None
        try:
            cursor = super().decode_cursor(request)
        except NotFound:  # as REST framework has it; of what is not there, not of a bad cursor
            raise CursorInvalid from None
        # Base64 skips what is not of its alphabet, so that nonsense may read as "the beginning".
        if cursor is None or not any(cursor) or "\x00" in (cursor.position or ""):
            raise CursorInvalid
        return cursor

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """The view's own `ordering`, which must end in something unique; newest first else."""
        return tuple(getattr(view, "ordering", (self.ordering,)))
