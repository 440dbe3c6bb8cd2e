"""Events in, changes out: the addresses that every answer of every device goes through.

They decode and encode with msgspec; REST framework does the rest (tokens, permissions, problems).
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from quizzes import selectors, services
from quizzes.api.serializers import checked
from quizzes.api.session_serializers import session_body
from quizzes.api.sync_serializers import (
    EVENTS_MAX,
    NEXT_MAX,
    ChangesQuery,
    ChangesReply,
    EventsRequest,
    RecordedReply,
)
from studyhub.base.clock import now


class _AlwaysJson(DefaultContentNegotiation):
    """These views write JSON themselves; weighing what is accepted is a fortieth of an answer."""

    def select_renderer(
        self, request: Request, renderers: Sequence[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], str(renderers[0].media_type)


class EventsView(APIView):
    content_negotiation_class = _AlwaysJson

    @extend_schema(request=EventsRequest, responses=RecordedReply)
    def post(self, request: Request) -> HttpResponse:
        """Takes in up to 1,000 review events, each judged on its own; repeating is harmless.

        Always 200 with one result per event: `created`; `duplicate` (had it already, fine);
        `conflict` (the id belongs to another event, which is kept); `invalid` (the reason says
        what to change; it was not stored). With `next`, the answer has the session as well, so
        that an answer and the next card take one call.
        """
        events, wanted = _asked(request.data)
        recorded = services.record_events(request.user, events, now=now(), next_cards=wanted)
        body: dict[str, Any] = {"results": recorded.results, "cursor": recorded.cursor}
        if recorded.session is not None:
            body["session"] = session_body(recorded.session)
        return _json(body)


def _asked(data: Any) -> tuple[list[Any], int]:
    """The events and the number of cards wanted; raises ValidationError, which says what is wrong.

    The serializer would copy every event through text; it only looks at what is refused.
    """
    if isinstance(data, dict):
        events, wanted = data.get("events"), data.get("next", 0)
        listed = isinstance(events, list) and len(events) <= EVENTS_MAX
        if listed and type(wanted) is int and 0 <= wanted <= NEXT_MAX:
            return events, wanted
    asked = checked(EventsRequest, data)
    return asked["events"], asked["next"]


class ChangesView(APIView):
    content_negotiation_class = _AlwaysJson

    @extend_schema(parameters=[ChangesQuery], responses=ChangesReply)
    def get(self, request: Request) -> HttpResponse:
        """What changed since a cursor; repeat with the returned one while `more` is true."""
        asked = checked(ChangesQuery, request.query_params)
        since = asked.get("since") or asked.get("cursor")
        return _json(selectors.changes(request.user, since, asked["limit"]))


def _json(body: Any) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
