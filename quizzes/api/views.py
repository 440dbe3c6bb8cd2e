"""One view per address: translate in, one call, translate out."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from quizzes import selectors
from quizzes.api import serializers
from quizzes.selectors.statistics import RETENTION_DAYS
from studyhub.base.clock import now


def _checked(serializer: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    asked = serializer(data=data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


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
