"""Accounts in the admin: operators look them up, and close them."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from studyhub.accounts.closing import close_account
from studyhub.accounts.models import User
from studyhub.base.admin import ReadOnlyAdmin

GOES_ALONG = "with all answers, cards, own decks and media, quizzes, plans, runs and devices"


@admin.register(User)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("username", "email", "role", "is_active", "date_joined", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("=username", "=email")
    exclude = ("password",)
    ordering = ("username",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may delete accounts may delete all but their own."""
        return obj != request.user and bool(request.user.has_perm("accounts.delete_user"))

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        close_account(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            close_account(user)

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Who goes, not every row: a learner may have a million."""
        users = list(objs)
        own = [str(user) for user in users if user == request.user]
        protected = [f"{name}, as whom you are signed in" for name in own]
        told = [f"{user}, {GOES_ALONG}" for user in users]
        return told, {"accounts": len(users)}, set(), protected
