"""What every request passes: refusals become pages that say what to do, days become local."""

import logging
from collections.abc import Callable
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from quizzes.domain.days import zone
from studyhub.accounts.services import follow_time_zone
from studyhub.base.errors import StudyHubError, refused_by_database

log = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]


class refusals_as_pages:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, OperationalError):
            log.warning("the database refused: %s", problem)
            problem = refused_by_database(problem)
        if not isinstance(problem, StudyHubError):
            return None
        return render(request, "studyhub/refused.html", {"refusal": problem}, status=problem.status)


class local_days:
    """Days and times are shown where the reader is: the browser's time zone, from its cookie.

    Without one (a first page, no script) it is the account's own, which follows the browser.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A device with a token has no cookies, and gets its days from its events.
        here = self._zone(request) if request.COOKIES else None
        with timezone.override(here or ZoneInfo("UTC")):
            return self.get_response(request)

    def _zone(self, request: HttpRequest) -> ZoneInfo | None:
        here = zone_named(unquote(request.COOKIES.get("tz", "")))
        if request.user.is_authenticated:
            if here is not None:
                follow_time_zone(request.user, here.key)
            here = here or zone_named(request.user.time_zone)
        return here


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of that name, or None: a cookie is anybody's text."""
    try:
        return zone(name)
    except KeyError:
        return None
