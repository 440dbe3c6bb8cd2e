"""Statistics: the day's in one answer, and each figure's numbers under its own address."""

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
        "streak": stats.streak,
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


class _Figure(APIView):
    """Answers 304 to a client that has the newest: nothing is counted again until something
    changes or a new study day begins."""

    query: type[Serializer[Any]]
    reply: type[Serializer[Any]]

    def answer(self, request: Request) -> HttpResponseBase:
        asked = checked(self.query, request.query_params)
        chapter = asked.get("chapter")
        statistics.require_chapter(chapter)
        named = "&".join(f"{name}={asked[name]}" for name in sorted(asked))
        tag = quote_etag(f"{statistics.version(request.user, now=now())}:{named}")
        unchanged = get_conditional_response(request._request, etag=tag)
        if unchanged is not None:
            return unchanged
        found = self.found(request, asked, chapter)
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        return Response(self.reply(found).data, headers=headers)

    def found(self, request: Request, asked: dict[str, Any], chapter: str | None) -> Any:
        raise NotImplementedError

    def studied(self, request: Request, asked: dict[str, Any]) -> statistics.Studied:
        days = None if asked["days"] == "all" else int(asked["days"])
        return statistics.studied(request.user, now=now(), days=days, chapter=asked.get("chapter"))

    def cards(self, request: Request, chapter: str | None) -> statistics.Cards:
        return statistics.cards(request.user, now=now(), chapter=chapter)


class RetentionView(_Figure):
    query, reply = serializers.PeriodQuery, serializers.TrueRetentionReply

    @extend_schema(parameters=[query], responses=reply)
    def get(self, request: Request) -> HttpResponseBase:
        """True retention against the desired one, in all and by span of the period."""
        return self.answer(request)

    def found(self, request: Request, asked: dict[str, Any], chapter: str | None) -> Any:
        studied = self.studied(request, asked)
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


class ForecastView(_Figure):
    query, reply = serializers.AheadQuery, serializers.ForecastReply

    @extend_schema(parameters=[query], responses=reply)
    def get(self, request: Request) -> HttpResponseBase:
        """Cards due by day, and the load to expect with the reviews that follow."""
        return self.answer(request)

    def found(self, request: Request, asked: dict[str, Any], chapter: str | None) -> Any:
        found = self.cards(request, chapter).forecast(int(asked["ahead"]))
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


class TimeView(_Figure):
    query, reply = serializers.PeriodQuery, serializers.EffortReply

    @extend_schema(parameters=[query], responses=reply)
    def get(self, request: Request) -> HttpResponseBase:
        """Answers and the time they took; each counts for at most `cap_seconds`."""
        return self.answer(request)

    def found(self, request: Request, asked: dict[str, Any], chapter: str | None) -> Any:
        studied = self.studied(request, asked)
        spent = effort(studied.answers, studied.period)
        return {**vars(spent), "cap_seconds": CAP_MS / 1000}


class MemoryView(_Figure):
    query, reply = serializers.ChapterQuery, serializers.MemoriesReply

    @extend_schema(parameters=[query], responses=reply)
    def get(self, request: Request) -> HttpResponseBase:
        """How stability, difficulty and predicted recall are spread over your cards."""
        return self.answer(request)

    def found(self, request: Request, asked: dict[str, Any], chapter: str | None) -> Any:
        return self.cards(request, chapter).memories()


class CalibrationView(_Figure):
    query, reply = serializers.PeriodQuery, serializers.PredictionsReply

    @extend_schema(parameters=[query], responses=reply)
    def get(self, request: Request) -> HttpResponseBase:
        """Predicted against observed recall, also corrected by recent answers."""
        return self.answer(request)

    def found(self, request: Request, asked: dict[str, Any], chapter: str | None) -> Any:
        studied = self.studied(request, asked)
        both = corrected(studied.answers)
        return {
            "all": calibration(studied.answers),
            "latest": both.plain,
            "recalibrated": both.recalibrated,
            "fitted_on": studied.fitted_on,
        }


class ChaptersView(_Figure):
    query, reply = serializers.PeriodQuery, serializers.ChaptersReply

    @extend_schema(parameters=[query], responses=reply)
    def get(self, request: Request) -> HttpResponseBase:
        """Cards, recall, lapses and time by chapter."""
        return self.answer(request)

    def found(self, request: Request, asked: dict[str, Any], chapter: str | None) -> Any:
        answers = self.studied(request, asked).answers
        return {"chapters": self.cards(request, chapter).by_chapter(answers)}


class FactsView(_Figure):
    query, reply = serializers.PeriodQuery, serializers.FactsReply

    @extend_schema(parameters=[query], responses=reply)
    def get(self, request: Request) -> HttpResponseBase:
        """The same by fact."""
        return self.answer(request)

    def found(self, request: Request, asked: dict[str, Any], chapter: str | None) -> Any:
        answers = self.studied(request, asked).answers
        return {"facts": self.cards(request, chapter).by_fact(answers)}


class AnswersView(_Figure):
    query, reply = serializers.PeriodQuery, serializers.AnswersReply

    @extend_schema(parameters=[query], responses=reply)
    def get(self, request: Request) -> HttpResponseBase:
        """Answer buttons by kind of review, and answers with recall by hour of the day."""
        return self.answer(request)

    def found(self, request: Request, asked: dict[str, Any], chapter: str | None) -> Any:
        studied = self.studied(request, asked)
        ratings = [
            {"stage": stage, "again": again, "hard": hard, "good": good, "easy": easy}
            for stage, (again, hard, good, easy) in ratings_by_stage(studied.answers).items()
        ]
        return {"ratings": ratings, "hours": recall_by_hour(studied.answers, studied.tz)}
