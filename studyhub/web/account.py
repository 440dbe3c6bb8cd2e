"""Your account: password, second factor, devices that hold a token."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from studyhub.accounts import selectors, services


@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    devices = selectors.devices_of(request.user)
    return render(request, "studyhub/account.html", {"here": "account", "devices": devices})


@login_required
@require_POST
def sign_out_device(request: HttpRequest, token_key: str) -> HttpResponse:
    services.revoke_device_token(request.user, token_key)
    messages.success(request, "That device is signed out.")
    return redirect("account")
