"""A window on the course for staff. Texts are changed in the files, where they are checked."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from content.models import Chapter, Deck, Prompt


class _ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Chapter)
class ChapterAdmin(_ReadOnly):
    list_display: ClassVar = ["number", "title", "deck", "retired_at", "updated_at"]
    list_display_links: ClassVar = ["title"]
    list_select_related: ClassVar = ["deck"]
    search_fields: ClassVar = ["title", "slug"]


@admin.register(Prompt)
class PromptAdmin(_ReadOnly):
    list_display: ClassVar = ["id", "kind", "chapter", "question_text", "version", "retired_at"]
    list_filter: ClassVar = ["chapter", "kind", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related: ClassVar = ["chapter"]
    search_fields: ClassVar = ["id", "question_text"]


@admin.register(Deck)
class DeckAdmin(_ReadOnly):
    list_display: ClassVar = ["title", "slug", "owner"]
