"""The plan: settings of a day, exams, breaks, a backlog. Every preview changes nothing."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from quizzes import services
from quizzes.api import plan_serializers as serializers
from quizzes.api.serializers import checked
from quizzes.selectors import plans, previews
from studyhub.base.clock import now


class PlanView(APIView):
    @extend_schema(responses=serializers.PlanReply)
    def get(self, request: Request) -> Response:
        """The settings of a study day, the plans ahead, and what is overdue."""
        return self._reply(request)

    @extend_schema(request=serializers.SettingsBody, responses=serializers.PlanReply)
    def patch(self, request: Request) -> Response:
        """Changes the settings that are named; due dates follow within moments."""
        asked = checked(serializers.SettingsBody, request.data)
        services.change_settings(request.user, asked, now=now())
        return self._reply(request)

    def _reply(self, request: Request) -> Response:
        user, moment = request.user, now()
        found = {
            **asdict(plans.plan_settings(user)),
            "backlog": previews.backlog(user, now=moment),
            "exams": plans.exams_ahead(user, now=moment),
            "breaks": plans.breaks_ahead(user, now=moment),
        }
        return Response(serializers.PlanReply(found).data)


class ExamsView(ListAPIView[Any]):
    """Your exams that are ahead, the soonest first."""

    serializer_class = serializers.ExamReply
    ordering = ("day", "id")

    def get_queryset(self) -> Any:
        return plans.planned_exams(self.request.user, now=now())

    @extend_schema(request=serializers.ExamBody, responses={201: serializers.ExamReply})
    def post(self, request: Request) -> Response:
        """Accepts an exam: adds its chapters, and brings their cards in time."""
        asked = checked(serializers.ExamBody, request.data)
        found = services.plan_exam(request.user, asked.pop("id"), **asked, now=now())
        return Response(serializers.ExamReply(found).data, status=status.HTTP_201_CREATED)


class ExamPreviewView(APIView):
    @extend_schema(request=serializers.ExamAsked, responses=serializers.ExamPreviewReply)
    def post(self, request: Request) -> Response:
        """What an exam would take, and what recall it can reach, before it is accepted."""
        asked = checked(serializers.ExamAsked, request.data)
        found = previews.preview_exam(request.user, **asked, now=now())
        reply = {
            **{name: getattr(found, name) for name in ("title", "day", "retention", "warnings")},
            "chapters": list(found.chapters),
            "forecast": found.forecast,
            "loads": [
                {"day": day, "cards": cards, "without": without}
                for day, cards, without in found.forecast.days
            ],
        }
        return Response(serializers.ExamPreviewReply(reply).data)


class ExamView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Cancels an exam; what it moved and was not reviewed since goes back."""
        services.end_exam(request.user, id, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class BreaksView(ListAPIView[Any]):
    """Your breaks that are planned or under way, the soonest first."""

    serializer_class = serializers.BreakReply
    ordering = ("first_day", "id")

    def get_queryset(self) -> Any:
        return plans.planned_breaks(self.request.user, now=now())

    @extend_schema(request=serializers.BreakBody, responses={201: serializers.BreakReply})
    def post(self, request: Request) -> Response:
        """Accepts a break: what falls in it is moved before or after."""
        asked = checked(serializers.BreakBody, request.data)
        found = services.plan_break(request.user, asked.pop("id"), **asked, now=now())
        return Response(serializers.BreakReply(found).data, status=status.HTTP_201_CREATED)


class BreakPreviewView(APIView):
    @extend_schema(request=serializers.BreakAsked, responses=serializers.BreakPreviewReply)
    def post(self, request: Request) -> Response:
        """What falls in a break and where it would go, before it is accepted."""
        asked = checked(serializers.BreakAsked, request.data)
        found = previews.preview_break(request.user, **asked, now=now())
        reply = {**asked, "cleared": found.cleared, "loads": _loads(found.cleared.days)}
        return Response(serializers.BreakPreviewReply(reply).data)


class BreakView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Ends a break, or calls it off; cards whose days are still ahead go back."""
        services.end_break(request.user, id, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class BacklogView(APIView):
    @extend_schema(request=serializers.BacklogBody, responses=serializers.PostponedReply)
    def post(self, request: Request) -> Response:
        """Spreads what is overdue over the coming days; the id takes it back as one step."""
        asked = checked(serializers.BacklogBody, request.data)
        moved = services.postpone(request.user, asked["id"], a_day=asked["a_day"], now=now())
        return Response(serializers.PostponedReply({"moved": moved}).data)


class BacklogPreviewView(APIView):
    @extend_schema(request=serializers.BacklogAsked, responses=serializers.BacklogPreviewReply)
    def post(self, request: Request) -> Response:
        """What postponing would do, before it is done."""
        asked = checked(serializers.BacklogAsked, request.data)
        found = previews.preview_backlog(request.user, **asked, now=now())
        reply = {
            "a_day": found.a_day,
            "postponement": found.postponement,
            "loads": _loads(found.postponement.days),
        }
        return Response(serializers.BacklogPreviewReply(reply).data)


class PostponementView(APIView):
    @extend_schema(responses=serializers.PostponedReply)
    def delete(self, request: Request, id: UUID) -> Response:
        """Takes a postponement back: its cards that were not reviewed since are due again."""
        moved = services.take_back_postponement(request.user, id, now=now())
        return Response(serializers.PostponedReply({"moved": moved}).data)


def _loads(days: Any) -> list[dict[str, Any]]:
    return [{"day": day, "cards": cards} for day, cards in days]
