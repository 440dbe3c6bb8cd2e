"""GET /sse/runs/ID/: the run's events as they come.

Under the site's own server (studyhub/bridge.py) a reader is a coroutine beside many others; under
a plain WSGI server, and in Django's test client, it holds a thread, and only a few may.
"""

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from django.db import connection
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from labs import selectors
from labs.api.fanout import Fanout
from labs.domain.events import EventPage
from labs.domain.streaming import stream

# Set by a server that takes replies with `frames`.
_STREAMS = "studyhub.streams"
_fanout = Fanout()
# Elsewhere each stream holds a thread, and pages and polling need some, too.
_READERS = threading.BoundedSemaphore(8)
_TYPE = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, description="problem+json")
_AFTER = "A sequence number; anything unreadable counts as 0, the beginning."


class AllTaken(APIException):
    status_code = 503
    default_detail = "All live streams are taken; ask for the events instead."
    default_code = "streams-taken"
    wait = 9  # seconds; the handler adds one, and so says Retry-After: 10


class _WhateverIsAccepted(BaseContentNegotiation):
    """A browser's EventSource accepts text/event-stream only; a refusal is JSON all the same."""

    def select_renderer(
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], str(renderers[0].media_type)


class RunStreamView(APIView):
    content_negotiation_class = _WhateverIsAccepted
    http_method_names = ("get", "options")  # a HEAD would hold a thread for nothing

    @extend_schema(
        parameters=[
            OpenApiParameter("after", str, description=_AFTER),
            OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description=_AFTER),
        ],
        responses={
            (200, "text/event-stream"): OpenApiTypes.STR,
            401: _PROBLEM,
            404: _PROBLEM,
            503: _PROBLEM,
        },
    )
    def get(self, request: Request, id: int) -> StreamingHttpResponse:
        """The events of `runs/ID/events/` as a stream, for session and token alike.

        Resumes after Last-Event-ID, or `?after=`. While the run waits, events `queue` without an
        id say `{"position", "wait"}`: runs ahead, and seconds to the grade (null: unknown). The
        last one is `done`. 503 with Retry-After sends you to polling.
        """
        run = selectors.run_for(request.user, id)
        after = _number(request.headers.get("Last-Event-ID") or request.query_params.get("after"))
        if request.META.get(_STREAMS):
            reader = request.user.pk
            if _fanout.full(reader):
                raise AllTaken
            return _Followed(_fanout.follow(run.pk, after, reader))
        if not _READERS.acquire(blocking=False):
            raise AllTaken
        frames = stream(_reader(run.pk), after=after, sleep=time.sleep, clock=time.monotonic)
        return StreamingHttpResponse(
            _Released(frames, _READERS.release), content_type=_TYPE, headers=_HEADERS
        )


class _Followed(StreamingHttpResponse):
    """A reply that the server goes on with, in its event loop."""

    def __init__(self, frames: AsyncIterator[bytes]) -> None:
        super().__init__((), content_type=_TYPE, headers=_HEADERS)
        self.frames = frames


def _reader(run_id: int) -> Callable[[int], EventPage]:
    def read(after: int) -> EventPage:
        try:
            return selectors.run_events(run_id, after=after)
        finally:
            connection.close()  # a sleeping stream must not hold one

    return read


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


class _Released:
    """An iterator that gives its place back once, however it ends: read out, closed or dropped."""

    def __init__(self, frames: Iterator[str], release: Callable[[], None]) -> None:
        self._frames = frames
        self._release: Callable[[], None] | None = release

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            return next(self._frames)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._release is not None:
            self._release()
            self._release = None

    def __del__(self) -> None:
        self.close()
