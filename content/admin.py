"""A window on the course for staff. Texts are changed in the files, where they are checked."""

from typing import ClassVar

from django.contrib import admin

from content.models import Chapter, Deck, Prompt
from studyhub.base.admin import ReadOnlyAdmin


@admin.register(Chapter)
class ChapterAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["number", "title", "deck", "retired_at", "updated_at"]
    list_display_links: ClassVar = ["title"]
    list_select_related: ClassVar = ["deck"]
    search_fields: ClassVar = ["title", "slug"]


@admin.register(Prompt)
class PromptAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["id", "kind", "chapter", "question_text", "version", "retired_at"]
    list_filter: ClassVar = ["chapter", "kind", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related: ClassVar = ["chapter"]
    search_fields: ClassVar = ["id", "question_text"]


@admin.register(Deck)
class DeckAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["title", "slug", "owner"]
