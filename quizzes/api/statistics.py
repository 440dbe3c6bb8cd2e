"""Statistics: the day's in one answer, and each figure's numbers under its own address."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from quizzes.api import statistics_serializers as serializers
from quizzes.api.serializers import checked
from quizzes.domain.statistics import (
    CAP_MS,
    Stage,
    calibration,
    corrected,
    effort,
    ratings_by_stage,
    recall_by_hour,
    retention,
    retention_by_span,
)
from quizzes.selectors import statistics
from studyhub.base.clock import now


class StatsView(APIView):
    @extend_schema(responses=serializers.StatsReply)
    def get(self, request: Request) -> Response:
        """Counts, true retention, forecast and heat map."""
        found = statistics.stats(request.user, now=now())
        return Response(serializers.StatsReply(_stats_object(found)).data)


def _stats_object(stats: statistics.Stats) -> dict[str, Any]:
    return {
        "counts": stats.counts,
        "reviews_today": stats.reviews_today,
        "retention": {
            "days": statistics.RETENTION_DAYS,
            "reviews": stats.retention.reviews,
            "recalled": stats.retention.recalled,
            "share": stats.retention.share,
            "desired": stats.desired_retention,
        },
        "forecast": [{"day": day, "count": count} for day, count in stats.forecast],
        "heat_map": [{"day": day, "count": count} for day, count in stats.heat],
    }


@dataclass(frozen=True)
class Asked:
    """A figure's question as it was checked."""

    request: Request
    fields: dict[str, Any]

    @property
    def chapter(self) -> str | None:
        return self.fields.get("chapter")

    def studied(self) -> statistics.Studied:
        days = None if self.fields["days"] == "all" else int(self.fields["days"])
        return statistics.studied(self.request.user, now=now(), days=days, chapter=self.chapter)

    def cards(self) -> statistics.Cards:
        return statistics.cards(self.request.user, now=now(), chapter=self.chapter)


def _answered(
    request: Request,
    query: type[Serializer[Any]],
    reply: type[Serializer[Any]],
    found: Callable[[Asked], Any],
) -> HttpResponseBase:
    """`reply` made of what `found` gives, or 304 to a client that has the newest: nothing is
    counted again until something changes or a new study day begins."""
    asked = Asked(request, checked(query, request.query_params))
    statistics.require_chapter(asked.chapter)
    named = "&".join(f"{name}={asked.fields[name]}" for name in sorted(asked.fields))
    tag = quote_etag(f"{statistics.version(request.user, now=now())}:{named}")
    unchanged = get_conditional_response(request._request, etag=tag)
    if unchanged is not None:
        return unchanged
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    return Response(reply(found(asked)).data, headers=headers)


class RetentionView(APIView):
    @extend_schema(parameters=[serializers.PeriodQuery], responses=serializers.TrueRetentionReply)
    def get(self, request: Request) -> HttpResponseBase:
        """True retention against the desired one, in all and by span of the period."""
        return _answered(
            request, serializers.PeriodQuery, serializers.TrueRetentionReply, _retention
        )


def _retention(asked: Asked) -> Any:
    studied = asked.studied()
    answers = studied.answers
    return {
        "first": studied.period.first,
        "last": studied.period.last,
        "unit": studied.period.unit,
        "desired": studied.desired_retention,
        "all": retention(answers),
        "young": retention(each for each in answers if each.stage is Stage.YOUNG),
        "mature": retention(each for each in answers if each.stage is Stage.MATURE),
        "spans": retention_by_span(answers, studied.period),
    }


class ForecastView(APIView):
    @extend_schema(parameters=[serializers.AheadQuery], responses=serializers.ForecastReply)
    def get(self, request: Request) -> HttpResponseBase:
        """Cards due by day, and the load to expect with the reviews that follow."""
        return _answered(request, serializers.AheadQuery, serializers.ForecastReply, _forecast)


def _forecast(asked: Asked) -> Any:
    found = asked.cards().forecast(int(asked.fields["ahead"]))
    expected = zip(found.due.days, found.expected.reviews, found.expected.new, strict=True)
    days = [
        {"day": day, "due": due, "reviews": reviews, "new": new}
        for (day, due), reviews, new in expected
    ]
    return {
        "overdue": found.due.overdue,
        "new": found.new,
        "new_per_day": found.new_per_day,
        "days": days,
    }


class TimeView(APIView):
    @extend_schema(parameters=[serializers.PeriodQuery], responses=serializers.EffortReply)
    def get(self, request: Request) -> HttpResponseBase:
        """Answers and the time they took; each counts for at most `cap_seconds`."""
        return _answered(request, serializers.PeriodQuery, serializers.EffortReply, _time)


def _time(asked: Asked) -> Any:
    studied = asked.studied()
    spent = effort(studied.answers, studied.period)
    return {**vars(spent), "cap_seconds": CAP_MS / 1000}


class MemoryView(APIView):
    @extend_schema(parameters=[serializers.ChapterQuery], responses=serializers.MemoriesReply)
    def get(self, request: Request) -> HttpResponseBase:
        """How stability, difficulty and predicted recall are spread over your cards."""
        return _answered(request, serializers.ChapterQuery, serializers.MemoriesReply, _memory)


def _memory(asked: Asked) -> Any:
    return asked.cards().memories()


class CalibrationView(APIView):
    @extend_schema(parameters=[serializers.PeriodQuery], responses=serializers.PredictionsReply)
    def get(self, request: Request) -> HttpResponseBase:
        """Predicted against observed recall, also corrected by recent answers."""
        return _answered(
            request, serializers.PeriodQuery, serializers.PredictionsReply, _calibration
        )


def _calibration(asked: Asked) -> Any:
    studied = asked.studied()
    both = corrected(studied.answers)
    return {
        "all": calibration(studied.answers),
        "latest": both.plain,
        "recalibrated": both.recalibrated,
        "fitted_on": studied.fitted_on,
    }


class ChaptersView(APIView):
    @extend_schema(parameters=[serializers.PeriodQuery], responses=serializers.ChaptersReply)
    def get(self, request: Request) -> HttpResponseBase:
        """Cards, recall, lapses and time by chapter."""
        return _answered(request, serializers.PeriodQuery, serializers.ChaptersReply, _chapters)


def _chapters(asked: Asked) -> Any:
    answers = asked.studied().answers
    return {"chapters": asked.cards().by_chapter(answers)}


class FactsView(APIView):
    @extend_schema(parameters=[serializers.PeriodQuery], responses=serializers.FactsReply)
    def get(self, request: Request) -> HttpResponseBase:
        """The same by fact."""
        return _answered(request, serializers.PeriodQuery, serializers.FactsReply, _facts)


def _facts(asked: Asked) -> Any:
    answers = asked.studied().answers
    return {"facts": asked.cards().by_fact(answers)}


class AnswersView(APIView):
    @extend_schema(parameters=[serializers.PeriodQuery], responses=serializers.AnswersReply)
    def get(self, request: Request) -> HttpResponseBase:
        """Answer buttons by kind of review, and answers with recall by hour of the day."""
        return _answered(request, serializers.PeriodQuery, serializers.AnswersReply, _answers)


def _answers(asked: Asked) -> Any:
    studied = asked.studied()
    ratings = [
        {"stage": stage, "again": again, "hard": hard, "good": good, "easy": easy}
        for stage, (again, hard, good, easy) in ratings_by_stage(studied.answers).items()
    ]
    return {"ratings": ratings, "hours": recall_by_hour(studied.answers, studied.tz)}
