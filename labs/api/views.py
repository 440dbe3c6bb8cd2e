"""Labs, submissions and runs. Everybody sees their own runs only; staff see all."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.generics import ListAPIView
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labs import selectors, services
from labs.api import serializers
from labs.api.result_serializers import CheckReply
from labs.domain.refusals import UploadRefused
from labs.domain.uploads import LARGEST_UPLOAD, Upload
from studyhub.base.clock import now

_PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, description="problem+json")
_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Your own name for this submission, at most 100 characters; the same key again "
    "gives the same run.",
)

_RUN_MADE = {
    201: serializers.RunReply,
    400: _PROBLEM,
    404: _PROBLEM,
    409: _PROBLEM,
    429: _PROBLEM,
}


def _run_object(run: Any) -> dict[str, Any]:
    return serializers.run_object(run, selectors.queue_position(run))


class LabsView(ListAPIView[Any]):
    """All labs, with your best run of each."""

    serializer_class = serializers.LabSummary
    ordering = ("position", "slug")

    def get_queryset(self) -> Any:
        return selectors.labs()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "best": selectors.best_runs(self.request.user)}


class LabView(APIView):
    @extend_schema(responses={200: serializers.LabDetail, 404: _PROBLEM})
    def get(self, request: Request, slug: str) -> Response:
        """One lab: its brief, limits, thresholds, and what it lacks to run here."""
        lab = selectors.lab(slug)
        context = {
            "best": selectors.best_runs(request.user),
            "lacks": services.lacks(lab),
            "room": selectors.room_for(request.user, lab, now=now()),
        }
        return Response(serializers.LabDetail(lab, context=context).data)


class CheckView(APIView):
    parser_classes = (MultiPartParser, FormParser)

    @extend_schema(
        request={"multipart/form-data": serializers.CheckRequest},
        responses={200: CheckReply, 400: _PROBLEM, 404: _PROBLEM, 413: _PROBLEM},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Looks at a file without handing it in: everything wrong with it at once."""
        given = serializers.CheckRequest(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            found = services.check(slug, _upload(given.validated_data["file"]))
        except UploadRefused as refused:
            found = services.refused_check(refused)
        return Response(CheckReply(found).data)


class SubmissionsView(ListAPIView[Any]):
    parser_classes = (MultiPartParser, FormParser)
    serializer_class = serializers.RunSummary

    def get_queryset(self) -> Any:
        return selectors.runs_of(self.request.user, selectors.lab(self.kwargs["slug"]))

    @extend_schema(responses={200: serializers.RunSummary(many=True), 404: _PROBLEM})
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your runs of this lab, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": serializers.SubmissionRequest},
        parameters=[_KEY],
        responses={**_RUN_MADE, 413: _PROBLEM},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Hands a file in: it is checked at once, then queued, trained and graded."""
        given = serializers.SubmissionRequest(data=request.data)
        given.is_valid(raise_exception=True)
        run = services.submit(
            request.user,
            slug,
            _upload(given.validated_data["file"]),
            now=now(),
            key=_key(request),
            seed=given.validated_data.get("seed", services.DEFAULT_SEED),
        )
        return Response(_run_object(run), status=status.HTTP_201_CREATED)


def _key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 100:
        raise ParseError("Idempotency-Key is longer than 100 characters.")
    return key or None


def _upload(file: Any) -> Upload:
    """Looks at the size before the bytes."""
    if file.size > LARGEST_UPLOAD:
        raise UploadRefused(
            f"The file is {file.size / 1e6:,.1f} MB large.",
            cure="Leave out data, weights and outputs: train gets its data from the lab.",
            reason="too_large",
        )
    return Upload(file.name, file.read())


class RunView(APIView):
    @extend_schema(responses={200: serializers.RunReply, 404: _PROBLEM})
    def get(self, request: Request, id: int) -> Response:
        """One run of yours, live or ended."""
        return Response(_run_object(selectors.run_for(request.user, id)))


class RunEventsView(APIView):
    @extend_schema(
        parameters=[serializers.EventsQuery],
        responses={200: serializers.EventsReply, 400: _PROBLEM, 404: _PROBLEM},
    )
    def get(self, request: Request, id: int) -> Response:
        """Up to 500 events above `after`; ask again with the last `seq` until `done`.

        The same as a stream: `/sse/runs/ID/`.
        """
        query = serializers.EventsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        run = selectors.run_for(request.user, id)
        page = selectors.run_events(run.pk, after=query.validated_data["after"])
        turn = selectors.turn_of(run, now=now())
        return Response({**page.to_json(), "queue": turn.to_json() if turn else None})


class CancelView(APIView):
    @extend_schema(request=None, responses={200: serializers.RunReply, 404: _PROBLEM})
    def post(self, request: Request, id: int) -> Response:
        """Stops a run; asking again, or after its end, changes nothing."""
        run = services.cancel(request.user, id, now=now())
        return Response(_run_object(run))


class AgainView(APIView):
    @extend_schema(
        request=serializers.AgainRequest,
        parameters=[_KEY],
        responses=_RUN_MADE,
    )
    def post(self, request: Request, id: int) -> Response:
        """Runs the same file again, with the same seed or another one, as a new run."""
        given = serializers.AgainRequest(data=request.data)
        given.is_valid(raise_exception=True)
        run = services.run_again(
            request.user,
            id,
            now=now(),
            seed=given.validated_data.get("seed"),
            key=_key(request),
        )
        return Response(_run_object(run), status=status.HTTP_201_CREATED)


class FetchView(APIView):
    @extend_schema(request=None, responses={202: serializers.FetchReply, 404: _PROBLEM})
    def post(self, request: Request, slug: str) -> Response:
        """Asks a worker to bring a data set that a lab lacks."""
        fetch = services.request_fetch(slug, now=now())
        return Response(serializers.FetchReply(fetch).data, status=status.HTTP_202_ACCEPTED)
