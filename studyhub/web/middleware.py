"""What every request passes: refusals become pages that say what to do, days become local."""

from collections.abc import Callable
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from studyhub.base.errors import StudyHubError

Handler = Callable[[HttpRequest], HttpResponse]


class refusals_as_pages:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, StudyHubError):
            return None
        return render(request, "studyhub/refused.html", {"refusal": problem}, status=problem.status)


class local_days:
    """Days and times are shown where the reader is: the browser's time zone, from its cookie."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_named(unquote(request.COOKIES.get("tz", "")))):
            return self.get_response(request)


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name, or UTC: a cookie is anybody's text."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
