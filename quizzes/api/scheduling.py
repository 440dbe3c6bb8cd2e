"""Scheduling: settings and what they cost, fits, due dates set anew."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from quizzes import services
from quizzes.api import scheduling_serializers as serializers
from quizzes.api.serializers import checked
from quizzes.domain.scheduling_request import settings_of
from quizzes.selectors.fits import all_fits, fit_row
from quizzes.selectors.memory import refold_progress
from quizzes.selectors.scheduling import costs_of, reschedule_progress, scheduling_of
from studyhub.base.clock import now


class SchedulingView(APIView):
    @extend_schema(responses=serializers.SchedulingReply)
    def get(self, request: Request) -> Response:
        """The settings in force, what desired retentions would cost, and what is being changed."""
        return _settings(request)

    @extend_schema(request=serializers.SchedulingRequest, responses=serializers.SchedulingReply)
    def put(self, request: Request) -> Response:
        """Changes settings for reviews from now on; due dates stay until you reschedule."""
        asked = checked(serializers.SchedulingRequest, request.data)
        services.set_scheduling(request.user, asked, now=now())
        return _settings(request)

    @extend_schema(responses=serializers.SchedulingReply)
    def delete(self, request: Request) -> Response:
        """Sets everything, fitted weights included, back to the defaults."""
        services.reset_scheduling(request.user, now=now())
        return _settings(request)


def _settings(request: Request) -> Response:
    scheduling = scheduling_of(request.user)
    found = {
        **settings_of(scheduling),
        "parameters": scheduling.weights,
        "scheduler_version": scheduling.version,
        "costs": costs_of(request.user, now=now()),
        "refold": refold_progress(request.user),
        "reschedule": reschedule_progress(request.user),
    }
    return Response(serializers.SchedulingReply(found).data)


class FitView(APIView):
    @extend_schema(request=None, responses={202: serializers.QueuedReply})
    def post(self, request: Request) -> Response:
        """Fits the scheduler to your reviews soon; the result appears among the fits.

        409 where there are too few reviews, or too few since the last fit that was kept.
        """
        services.ask_for_fit(request.user, now=now())
        queued = serializers.QueuedReply({"queued": True}).data
        return Response(queued, status=status.HTTP_202_ACCEPTED)


class FitsView(ListAPIView[Any]):
    """Your fits, newest first, kept or not."""

    serializer_class = serializers.FitReply
    ordering = ("-version",)

    def get_queryset(self) -> Any:
        return all_fits(self.request.user.pk)

    def paginate_queryset(self, queryset: Any) -> Sequence[Any] | None:
        return [fit_row(fit) for fit in super().paginate_queryset(queryset) or ()]


class RescheduleView(APIView):
    @extend_schema(request=None, responses={202: serializers.RescheduledReply})
    def post(self, request: Request) -> Response:
        """Sets the due dates of all cards in review by the settings in force.

        Few cards are moved at once, many by a task: `moved` is null then.
        """
        done = services.reschedule_now(request.user, now=now())
        reply = serializers.RescheduledReply(done).data
        return Response(reply, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=serializers.RestoredReply)
    def delete(self, request: Request) -> Response:
        """Takes the last rescheduling of this week back, but for cards answered since."""
        restored = services.undo_reschedule(request.user, now=now())
        return Response(serializers.RestoredReply({"restored": restored}).data)
