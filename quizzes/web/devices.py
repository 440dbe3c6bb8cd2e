"""Who is answering: the browser counts as one device, and its form names the event."""

import uuid
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

LONGEST = 10 * 60 * 1000
KEY = "device"


def device(request: HttpRequest) -> uuid.UUID:
    """This browser's device id, made at its first answer and kept for the session."""
    known = as_uuid(request.session.get(KEY, ""))
    if known is None:
        known = uuid.uuid4()
        request.session[KEY] = str(known)
    return known


def answering(request: HttpRequest) -> dict[str, Any]:
    """The words that a service needs to keep an answer: device, event id, time zone, duration.

    The event id is the form's own, so that a form sent twice counts once.
    """
    return {
        "device": device(request),
        "event_id": as_uuid(request.POST.get("event", "")),
        "tz": timezone.get_current_timezone_name(),
        "rollover": request.user.rollover_hour,
        "duration_ms": _duration(request.POST.get("duration_ms", "")),
    }


def as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except (ValueError, TypeError, AttributeError):
        return None


def _duration(text: str) -> int | None:
    return min(int(text), LONGEST) if text.isascii() and text.isdigit() and len(text) < 10 else None
