"""Every error of the API is RFC 9457 problem+json, made here."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from studyhub.base.errors import Busy, StudyHubError, refused_by_database

CONTENT_TYPE = "application/problem+json"
log = logging.getLogger(__name__)
WHOLE = "whole"  # the key of problems that belong to no single field


def problem(
    status: int, detail: str, *, kind: str = "", errors: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One problem object; `type` is a stable relative reference that programs can match on."""
    body: dict[str, Any] = {
        "type": f"/problems/{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return body


def problem_response(failure: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler; None lets a programming error become a 500 of its own."""
    headers: dict[str, str] = {}
    if isinstance(failure, OperationalError):
        log.warning("the database refused: %s", failure)
        failure = refused_by_database(failure)
        headers["Retry-After"] = str(Busy.RETRY_AFTER)
    if isinstance(failure, StudyHubError):
        detail = f"{failure.message} {failure.cure}".strip()
        body = problem(failure.status, detail, kind=failure.kind, errors=failure.errors)
        if wait := getattr(failure, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
    elif isinstance(failure, exceptions.ValidationError):
        errors = _per_field(failure.detail)
        body = problem(
            400, "Some values cannot be used; see errors.", kind="invalid", errors=errors
        )
    elif isinstance(failure, exceptions.APIException):
        body = problem(failure.status_code, str(failure.detail), kind=_kind(failure))
        if challenge := getattr(failure, "auth_header", None):
            headers["WWW-Authenticate"] = challenge
        if wait := getattr(failure, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
    elif isinstance(failure, Http404):
        body = problem(404, "There is nothing at this address.", kind="not-found")
    elif isinstance(failure, PermissionDenied):
        body = problem(403, "You may not do this.", kind="forbidden")
    elif isinstance(failure, RequestDataTooBig):
        body = problem(413, "This is more than one request may carry; send less.", kind="too-large")
    elif isinstance(failure, SuspiciousOperation):
        body = problem(400, str(failure), kind="parse-error")
    else:
        return None
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def problem_page(request: HttpRequest, status: int, detail: str, kind: str) -> JsonResponse:
    """The same outside DRF: for addresses under /api/ that no view answers."""
    return JsonResponse(
        problem(status, detail, kind=kind), status=status, content_type=CONTENT_TYPE
    )


def _kind(failure: exceptions.APIException) -> str:
    """REST framework's code in the spelling of all other kinds, and one for what both name."""
    kind = str(failure.default_code).replace("_", "-")
    return "forbidden" if isinstance(failure, exceptions.PermissionDenied) else kind


def _per_field(detail: Any, at: str = "") -> dict[str, list[str]]:
    """DRF's nested details as one flat mapping; nested fields read `events.3.at`."""
    if isinstance(detail, Mapping):
        nested = detail.items()
    elif isinstance(detail, list) and any(isinstance(part, (dict, list)) for part in detail):
        nested = ((str(index), part) for index, part in enumerate(detail))
    else:
        texts = detail if isinstance(detail, list) else [detail]
        return {at or WHOLE: [str(text) for text in texts]}
    flat: dict[str, list[str]] = {}
    for name, part in nested:
        if part:
            key = WHOLE if name == "non_field_errors" else str(name)
            flat.update(_per_field(part, f"{at}.{key}" if at else key))
    return flat
