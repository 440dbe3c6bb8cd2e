"""One view per address: translate in, one call, translate out."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from quizzes import selectors, services
from quizzes.api import serializers
from quizzes.selectors.statistics import RETENTION_DAYS
from studyhub.base.clock import now


def _checked(serializer: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    asked = serializer(data=data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


class SessionView(APIView):
    @extend_schema(parameters=[serializers.SessionQuery], responses=serializers.SessionReply)
    def get(self, request: Request) -> Response:
        """What to study now: learning cards, reviews most at risk first, then new ones."""
        asked = _checked(serializers.SessionQuery, request.query_params)
        found = selectors.session(request.user, now=now(), **asked)
        return Response(serializers.SessionReply(found).data)


class EventsView(APIView):
    @extend_schema(request=serializers.EventsRequest, responses=serializers.RecordedReply)
    def post(self, request: Request) -> Response:
        """Takes in up to 1,000 review events, each judged on its own; repeating is harmless.

        Always 200 with one result per event: `created`; `duplicate` (had it already, fine);
        `conflict` (the id belongs to another event, which is kept); `invalid` (the reason says
        what to change; it was not stored).
        """
        asked = _checked(serializers.EventsRequest, request.data)
        recorded = services.record_events(request.user, asked["events"], now=now())
        return Response(serializers.RecordedReply(recorded).data)


class ChangesView(APIView):
    @extend_schema(parameters=[serializers.ChangesQuery], responses=serializers.ChangesReply)
    def get(self, request: Request) -> Response:
        """What changed since a cursor; repeat with the returned one while `more` is true."""
        asked = _checked(serializers.ChangesQuery, request.query_params)
        found = selectors.changes(request.user, asked.get("since"), asked["limit"])
        return Response(serializers.ChangesReply(found).data)


class StatsView(APIView):
    @extend_schema(responses=serializers.StatsReply)
    def get(self, request: Request) -> Response:
        """Counts, true retention, forecast and heat map."""
        found = selectors.stats(request.user, now=now())
        return Response(serializers.StatsReply(_stats_object(found)).data)


def _stats_object(stats: selectors.Stats) -> dict[str, Any]:
    return {
        "counts": stats.counts,
        "reviews_today": stats.reviews_today,
        "streak": stats.streak,
        "retention": {
            "days": RETENTION_DAYS,
            "reviews": stats.retention.reviews,
            "recalled": stats.retention.recalled,
            "share": stats.retention.share,
            "desired": stats.desired_retention,
        },
        "forecast": [{"day": day, "count": count} for day, count in stats.forecast],
        "heat_map": [{"day": day, "count": count} for day, count in stats.heat],
    }
