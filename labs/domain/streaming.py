"""A run's events as a stream of server-sent events; the adapters (WSGI, ASGI) are thin."""

import json
from collections.abc import Callable, Iterator, Mapping

from labs.domain.events import EventPage, NumberedEvent

POLL_SECONDS = 0.3
# Proxies cut connections that are silent for 30 to 60 s.
HEARTBEAT_SECONDS = 15.0
# A stream is given up after this; the browser connects again with Last-Event-ID.
LONGEST_SECONDS = 600.0
RETRY_MS = 1_000

RETRY = f"retry: {RETRY_MS}\n\n"
DONE = "event: done\ndata: {}\n\n"
HEARTBEAT = ": still here\n\n"


def frame(event: NumberedEvent) -> str:
    """One event; its id is the sequence number, so that a reader can resume after it."""
    data = json.dumps(event.to_json(), separators=(",", ":"), ensure_ascii=False)
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {data}\n\n"


def queue_frame(turn: Mapping[str, float | None]) -> str:
    """Where a waiting run stands. Without an id: it is no event of the run and is never resumed."""
    return f"event: queue\ndata: {json.dumps(turn, separators=(',', ':'))}\n\n"


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
    yield RETRY
    started = spoken = clock()
    while True:
        page = read(after)
        if page.events:
            yield "".join(frame(event) for event in page.events)
            after, spoken = page.events[-1].seq, clock()
        if page.done:
            yield DONE
            return
        now = clock()
        if now - started > LONGEST_SECONDS:
            return
        if now - spoken > HEARTBEAT_SECONDS:
            yield HEARTBEAT
            spoken = now
        sleep(POLL_SECONDS)
