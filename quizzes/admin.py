"""Memory in the admin: everything can be looked at, the event log cannot be changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from quizzes.models import Card, QuizAttempt, ReviewEventRow, UserMemory


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """The truth of memory is appended to by its services only; its caches follow."""

    list_select_related = ("user",)
    show_full_result_count = False  # counting ten million rows takes longer than showing them

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ReviewEventRow)
class ReviewEventAdmin(ReadOnly):
    list_display = ("effective_at", "user", "kind", "prompt_id", "rating", "device", "seq")
    list_filter = ("kind",)
    search_fields = ("=event_id", "=user__username", "=prompt__id")
    ordering = ("-id",)


@admin.register(Card)
class CardAdmin(ReadOnly):
    list_display = ("user", "prompt_id", "phase", "due", "reps", "lapses", "suspended")
    list_filter = ("phase", "suspended")
    search_fields = ("=user__username", "=prompt__id")
    ordering = ("-id",)


@admin.register(QuizAttempt)
class QuizAttemptAdmin(ReadOnly):
    list_display = ("started_at", "user", "chapters", "score", "finished_at")
    search_fields = ("=user__username",)


@admin.register(UserMemory)
class UserMemoryAdmin(ReadOnly):
    list_display = ("user", "cursor", "new_per_day")
    search_fields = ("=user__username",)
