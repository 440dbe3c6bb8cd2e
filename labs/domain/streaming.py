"""A run's events as a stream of server-sent events; the adapters (WSGI, ASGI) are thin."""

import json
from collections.abc import Callable, Iterator

from labs.domain.events import EventPage, NumberedEvent

POLL_SECONDS = 0.3
# Proxies cut connections that are silent for 30 to 60 s.
HEARTBEAT_SECONDS = 15.0
# A stream is given up after this; the browser connects again with Last-Event-ID.
LONGEST_SECONDS = 600.0
RETRY_MS = 1_000


def frame(event: NumberedEvent) -> str:
    """One event; its id is the sequence number, so that a reader can resume after it."""
    data = json.dumps(event.to_json(), separators=(",", ":"), ensure_ascii=False)
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {data}\n\n"


def stream(
    read: Callable[[int], EventPage],
    *,
    after: int,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> Iterator[str]:
    """Frames of all events above `after`, until the run is done.

    read: the events above a number; it must let go of its database connection, since the stream
    sleeps between reads. clock: seconds, monotonic. The last frame is the event `done`.
    """
    yield f"retry: {RETRY_MS}\n\n"
    started = spoken = clock()
    while True:
        page = read(after)
        if page.events:
            yield "".join(frame(event) for event in page.events)
            after, spoken = page.events[-1].seq, clock()
        if page.done:
            yield "event: done\ndata: {}\n\n"
            return
        now = clock()
        if now - started > LONGEST_SECONDS:
            return
        if now - spoken > HEARTBEAT_SECONDS:
            yield ": still here\n\n"
            spoken = now
        sleep(POLL_SECONDS)
