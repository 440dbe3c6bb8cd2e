"""The way in: one-time links, and the probe that says the site is up."""

from django.contrib.auth import login
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from studyhub.accounts.services import redeem_entry_link
from studyhub.base import clock


@require_GET
@never_cache
def enter(request: HttpRequest, token: str) -> HttpResponse:
    user = redeem_entry_link(token, now=clock.now())
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("today")


@require_GET
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 where the web process can reach its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
