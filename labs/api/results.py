"""What results came to: standing, class, history, differences, artefacts, grading again."""

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labs import selectors, services
from labs.api import result_serializers as replies
from studyhub.base.clock import now
from studyhub.base.errors import NotFound

_PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, description="problem+json")


class LeaderboardView(APIView):
    @extend_schema(responses={200: replies.LeaderboardReply, 404: _PROBLEM})
    def get(self, request: Request, slug: str) -> Response:
        """The best run of each of the first hundred learners, and your own place in any case."""
        board = selectors.board(selectors.lab(slug), request.user)
        return Response(replies.LeaderboardReply(board).data)


class ClassView(APIView):
    @extend_schema(responses={200: replies.ClassFiguresReply, 404: _PROBLEM})
    def get(self, request: Request, slug: str) -> Response:
        """How the best scores of the class are spread; null below five learners."""
        figures = selectors.class_figures(selectors.lab(slug))
        return Response(replies.ClassFiguresReply({"figures": figures}).data)


class LearnerSettingsView(APIView):
    @extend_schema(responses={200: replies.LearnerSettings, 404: _PROBLEM})
    def get(self, request: Request, slug: str) -> Response:
        """What you chose for this lab."""
        chosen = {"anonymous": selectors.is_anonymous(request.user, selectors.lab(slug))}
        return Response(replies.LearnerSettings(chosen).data)

    @extend_schema(
        request=replies.LearnerSettings,
        responses={200: replies.LearnerSettings, 400: _PROBLEM, 404: _PROBLEM},
    )
    def put(self, request: Request, slug: str) -> Response:
        """Chooses whether others read your name on the leaderboard."""
        given = replies.LearnerSettings(data=request.data)
        given.is_valid(raise_exception=True)
        services.choose_anonymous(
            request.user, slug, anonymous=given.validated_data["anonymous"], now=now()
        )
        return Response(given.data)


class AttemptsView(APIView):
    @extend_schema(responses={200: replies.AttemptsReply, 404: _PROBLEM})
    def get(self, request: Request, id: int) -> Response:
        """Every hold of a worker on the run, and why it ended."""
        run = selectors.run_for(request.user, id)
        return Response(replies.AttemptsReply({"attempts": selectors.attempts_of(run)}).data)


class GradesView(APIView):
    @extend_schema(responses={200: replies.GradesReply, 404: _PROBLEM})
    def get(self, request: Request, id: int) -> Response:
        """The run's grade and those before it, with who replaced them, when and why."""
        run = selectors.run_for(request.user, id)
        return Response(replies.GradesReply({"grades": selectors.grades_of(run)}).data)


class DiffView(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("with", int, required=True, description="The earlier run")],
        responses={200: replies.DiffReply, 400: _PROBLEM, 404: _PROBLEM, 409: _PROBLEM},
    )
    def get(self, request: Request, id: int) -> Response:
        """What changed in the code since the run `with`."""
        query = replies.DiffQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        diff = selectors.diff_of(request.user, query.validated_data["with"], id)
        return Response(replies.DiffReply(diff).data)


class ArtefactView(APIView):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY, 404: _PROBLEM})
    def get(self, request: Request, id: int) -> FileResponse:
        """A zip of model, code, environment and result. The model is your pickle, as it came."""
        file = services.artefact(request.user, id)
        return FileResponse(
            file.path.open("rb"),
            as_attachment=True,
            filename=file.name,
            content_type="application/zip",
            headers={"Cache-Control": "private, no-store"},
        )


class RegradeLabView(APIView):
    @extend_schema(
        request=replies.RegradeRequest,
        responses={202: replies.RegradingReply, 403: _PROBLEM, 404: _PROBLEM},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Staff: grades all stored predictions of the lab again, by what its file says now."""
        wish = services.regrade_lab(request.user, slug, reason=_reason(request), now=now())
        return Response(replies.RegradingReply(wish).data, status=status.HTTP_202_ACCEPTED)


class RegradeRunView(APIView):
    @extend_schema(
        request=replies.RegradeRequest,
        responses={202: replies.RegradingReply, 403: _PROBLEM, 404: _PROBLEM, 409: _PROBLEM},
    )
    def post(self, request: Request, id: int) -> Response:
        """Staff: the same for one run."""
        wish = services.regrade_run(request.user, id, reason=_reason(request), now=now())
        return Response(replies.RegradingReply(wish).data, status=status.HTTP_202_ACCEPTED)


def _reason(request: Request) -> str:
    given = replies.RegradeRequest(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["reason"])


class RegradingView(APIView):
    @extend_schema(responses={200: replies.RegradingReply, 404: _PROBLEM})
    def get(self, request: Request, id: int) -> Response:
        """Staff: how far grading again is."""
        wish = selectors.regrading(id) if request.user.is_staff else None
        if wish is None:
            raise NotFound("There is no such regrading.")
        return Response(replies.RegradingReply(wish).data)


class RegradingsView(ListAPIView[Any]):
    """Staff: every time that runs of the lab were graded again, newest first."""

    serializer_class = replies.RegradingReply

    def get_queryset(self) -> Any:
        found = selectors.regradings_of(selectors.lab(self.kwargs["slug"]))
        return found if self.request.user.is_staff else found.none()
