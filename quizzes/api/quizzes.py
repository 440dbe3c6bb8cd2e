"""Quizzes: begin, answer, finish, retake, judge otherwise."""

from collections.abc import Sequence
from secrets import randbits
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from quizzes import selectors, services
from quizzes.api import quiz_serializers as serializers
from quizzes.api.serializers import checked
from studyhub.base.clock import now


class QuizzesView(ListAPIView[Any]):
    """Your quizzes, newest first, with their scores.

    One whose time is up is finished here, what was not answered counting 0.
    """

    serializer_class = serializers.QuizRowReply
    ordering = ("-started_at", "-id")

    def get_queryset(self) -> Any:
        return selectors.quizzes_of(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        services.finish_overdue(request.user, now=now())
        return super().list(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any) -> Sequence[Any] | None:
        page = super().paginate_queryset(queryset)
        return [selectors.row_of(attempt) for attempt in page or ()]

    @extend_schema(request=serializers.QuizRequest, responses={201: serializers.QuizReply})
    def post(self, request: Request) -> Response:
        """Begins a quiz. With an `id` of your own, sending it again gives the same quiz; 409 where
        that quiz was asked for otherwise."""
        asked = checked(serializers.QuizRequest, request.data)
        attempt = services.start_quiz(
            request.user,
            chapters=asked["chapters"],
            size=asked["size"],
            feedback=asked["feedback"],
            seconds=asked["seconds"],
            attempt_id=asked.get("id"),
            now=now(),
            seed=randbits(48),
        )
        return _quiz_reply(request, attempt.pk, status.HTTP_201_CREATED)


class QuizView(APIView):
    @extend_schema(responses=serializers.QuizReply)
    def get(self, request: Request, id: UUID) -> Response:
        """The quiz with its questions in their drawn order, and your answers so far."""
        return _quiz_reply(request, id, status.HTTP_200_OK)


class QuizAnswersView(APIView):
    @extend_schema(request=serializers.AnswerRequest, responses=serializers.AnswerReply)
    def post(self, request: Request, id: UUID) -> Response:
        """Answers a question. The first answer stands; sending another gives the first's result."""
        asked = checked(serializers.AnswerRequest, request.data)
        result = services.answer_question(
            request.user, id, asked["question"], asked["answer"], now=now()
        )
        return Response(serializers.AnswerReply(result).data)


class QuizOverrideView(APIView):
    @extend_schema(request=serializers.OverrideRequest, responses=serializers.AnswerReply)
    def post(self, request: Request, id: UUID, question: int) -> Response:
        """Says that a free answer was right, or wrong, against the graded verdict.

        The graded verdict is kept beside it; the score and your schedule follow yours. The graded
        one takes it back. Repeating is harmless.
        """
        asked = checked(serializers.OverrideRequest, request.data)
        result = services.override_answer(
            request.user, id, question, correct=asked["correct"], now=now()
        )
        return Response(serializers.AnswerReply(result).data)


class QuizFinishView(APIView):
    @extend_schema(request=None, responses=serializers.QuizResultReply)
    def post(self, request: Request, id: UUID) -> Response:
        """Ends the quiz and gives its result; again gives the same."""
        result = services.finish_quiz(request.user, id, now=now())
        return Response(serializers.QuizResultReply(result).data)


class QuizRetakeView(APIView):
    @extend_schema(request=serializers.RetakeRequest, responses={201: serializers.QuizReply})
    def post(self, request: Request, id: UUID) -> Response:
        """Begins a quiz of what the finished one has wrong or unanswered.

        With an `id` of your own, sending it again gives the same quiz. Without one, it gives the
        retake that is not finished yet, and begins another once that is.
        """
        asked = checked(serializers.RetakeRequest, request.data or {})
        attempt = services.retake_missed(
            request.user, id, now=now(), seed=randbits(48), retake_id=asked.get("id")
        )
        return _quiz_reply(request, attempt.pk, status.HTTP_201_CREATED)


def _quiz_reply(request: Request, quiz_id: UUID, code: int) -> Response:
    view = services.quiz_now(request.user, quiz_id, now=now())
    return Response(serializers.QuizReply(view).data, status=code)
