"""Memory in the admin: everything can be looked at, the event log cannot be changed."""

from django.contrib import admin

from quizzes.models import Card, QuizAttempt, ReviewEventRow, UserMemory
from studyhub.base.admin import ReadOnlyAdmin


class MemoryAdmin(ReadOnlyAdmin):
    """The truth of memory is appended to by its services only; its caches follow."""

    list_select_related = ("user",)
    show_full_result_count = False  # counting ten million rows takes longer than showing them


@admin.register(ReviewEventRow)
class ReviewEventAdmin(MemoryAdmin):
    list_display = ("effective_at", "user", "kind", "prompt_id", "rating", "device", "seq")
    list_filter = ("kind",)
    search_fields = ("=event_id", "=user__username", "=prompt__id")
    ordering = ("-id",)


@admin.register(Card)
class CardAdmin(MemoryAdmin):
    list_display = ("user", "prompt_id", "phase", "due", "reps", "lapses", "suspended")
    list_filter = ("phase", "suspended")
    search_fields = ("=user__username", "=prompt__id")
    ordering = ("-id",)


@admin.register(QuizAttempt)
class QuizAttemptAdmin(MemoryAdmin):
    list_display = ("started_at", "user", "chapters", "score", "finished_at")
    search_fields = ("=user__username",)


@admin.register(UserMemory)
class UserMemoryAdmin(MemoryAdmin):
    list_display = ("user", "cursor", "new_per_day")
    search_fields = ("=user__username",)
