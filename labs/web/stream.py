"""GET /sse/runs/ID/: the run's events as they come, over one WSGI thread a reader."""

import threading
import time
from collections.abc import Callable, Iterator

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from labs import selectors
from labs.domain.events import EventPage
from labs.domain.streaming import stream

# Each stream holds a thread: half of the 16 that `make up` starts stay free for pages and polling.
_READERS = threading.BoundedSemaphore(8)
_RETRY_SECONDS = "10"


@require_GET
@login_required
def run_stream(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Resumes after Last-Event-ID, or `?after=`. 503 with Retry-After sends the page to polling."""
    run = selectors.run_for(request.user, run_id)
    after = _number(request.headers.get("Last-Event-ID") or request.GET.get("after"))
    if not _READERS.acquire(blocking=False):
        return HttpResponse(
            "All live streams are taken; ask for the events instead.",
            status=503,
            headers={"Retry-After": _RETRY_SECONDS},
            content_type="text/plain; charset=utf-8",
        )
    frames = stream(_reader(run.pk), after=after, sleep=time.sleep, clock=time.monotonic)
    return StreamingHttpResponse(
        _Released(frames, _READERS.release),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


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
