"""Many readers of few runs, in one event loop: one query for all of them, whoever reads.

A task asks twenty times a second how far the followed runs are (fifty times just after a run
entered a phase, when its first line is due), in one query however many there are, and reads only
the events that are new. Each is made a frame once and kept for a while; a
reader that is further behind than that reads what it lacks from the database, and then joins the
others. A reader costs a coroutine and no thread.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import DatabaseError, connection

from labs import selectors
from labs.domain.events import EventPage
from labs.domain.streaming import (
    DONE,
    HEARTBEAT,
    HEARTBEAT_SECONDS,
    LONGEST_SECONDS,
    RETRY,
    frame,
    queue_frame,
)
from labs.selectors import Turn
from labs.selectors.following import Head, heads
from studyhub.base.clock import now

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_SECONDS = 0.05
EAGER_LOOK_SECONDS, EAGER_FOR = 0.02, 2.0
TURN_SECONDS = 1.0  # positions in the queue
AFTER_A_FAILURE = 1.0
KEPT_FRAMES = 2_000
KEPT_BYTES = 4 << 20
MOST_READERS = 2_000
MOST_OF_ONE_USER = 250


@dataclass(frozen=True)
class Reads:
    """What is asked of the database; each call in a thread."""

    heads: Callable[[Sequence[int]], Mapping[int, Head]] = heads
    events: Callable[[int, int], EventPage] = lambda run, after: selectors.run_events(
        run, after=after
    )
    turns: Callable[[Sequence[int]], Mapping[int, Turn]] = lambda runs: selectors.turns_of(
        runs, now=now()
    )


@dataclass
class _Feed:
    """One run's newest frames. start: the number before the first of them; None until known."""

    start: int | None = None
    last: int = 0
    readers: int = 0
    ended: bool = False
    waits: bool = False
    turn: str = ""
    frames: deque[tuple[int, bytes]] = field(default_factory=deque)
    size: int = 0
    eager_until: float = 0.0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, page: EventPage) -> None:
        for event in page.events:
            encoded = frame(event).encode()
            self.frames.append((event.seq, encoded))
            self.size += len(encoded)
            self.last = event.seq
        if any(event.kind == "state" for event in page.events):
            self.eager_until = time.monotonic() + EAGER_FOR
        while len(self.frames) > KEPT_FRAMES or self.size > KEPT_BYTES:
            self.start, dropped = self.frames.popleft()
            self.size -= len(dropped)

    def above(self, after: int) -> list[bytes]:
        return [self.frames[-n][1] for n in range(self.last - after, 0, -1)]

    def tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()


class Fanout:
    """Used from one event loop; the database is asked in threads of its own."""

    def __init__(self, reads: Reads | None = None) -> None:
        self._reads = reads or Reads()
        self._feeds: dict[int, _Feed] = {}
        self._tasks: list[asyncio.Task[None]] = []
        # One to look, one for positions in the queue, two for readers that are behind.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="fanout")
        self._readers: Counter[int] = Counter()

    @property
    def readers(self) -> int:
        return self._readers.total()

    def full(self, user_id: int) -> bool:
        """Whether all places are taken, or as many of them by this user as one may have."""
        return self.readers >= MOST_READERS or self._readers[user_id] >= MOST_OF_ONE_USER

    async def follow(self, run_id: int, after: int, user_id: int) -> AsyncIterator[bytes]:
        """Frames of all events above `after`, and of the run's place in the queue while it waits.

        `user_id` is who reads. Ends after the frame `done`, when the run ended, or after ten
        minutes: the reader then connects again, and is asked anew who it is.
        """
        feed = self._join(run_id, user_id)
        ends = time.monotonic() + LONGEST_SECONDS
        turn = ""
        try:
            yield RETRY.encode()
            while time.monotonic() < ends:
                news = feed.news
                if feed.start is not None and after < feed.start:
                    page = await self._ask(self._reads.events, run_id, after)
                    after = page.events[-1].seq if page.events else feed.start
                    yield "".join(map(frame, page.events)).encode()
                elif feed.start is not None and (frames := feed.above(after)):
                    after = feed.last
                    yield b"".join(frames)
                elif feed.ended:
                    yield DONE.encode()
                    return
                elif feed.turn != turn:
                    turn = feed.turn
                    yield turn.encode()
                elif not await _heard(news):
                    yield HEARTBEAT.encode()
        finally:
            self._leave(run_id, feed, user_id)

    def _join(self, run_id: int, user_id: int) -> _Feed:
        feed = self._feeds.setdefault(run_id, _Feed())
        feed.readers += 1
        self._readers[user_id] += 1
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._keep(self._look, self._pause)),
                asyncio.create_task(self._keep(self._look_at_turns, lambda: TURN_SECONDS)),
            ]
        return feed

    def _leave(self, run_id: int, feed: _Feed, user_id: int) -> None:
        feed.readers -= 1
        self._readers[user_id] -= 1
        self._readers += Counter()  # forgets who reads nothing any more
        if not feed.readers:
            del self._feeds[run_id]
        if not self._feeds:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    async def _keep(self, look: Callable[[], Awaitable[None]], pause: Callable[[], float]) -> None:
        while True:
            try:
                await look()
            except DatabaseError:
                log.exception("The runs that are followed could not be read.")
                await asyncio.sleep(AFTER_A_FAILURE)
            await asyncio.sleep(pause())

    def _pause(self) -> float:
        at = time.monotonic()
        eager = any(at < feed.eager_until for feed in self._feeds.values())
        return EAGER_LOOK_SECONDS if eager else LOOK_SECONDS

    async def _look(self) -> None:
        found = await self._ask(self._reads.heads, list(self._feeds))
        for run_id, feed in list(self._feeds.items()):
            # A run that is gone, with its learner's account, has ended.
            gone = Head(feed.last, ended=True, waits=False)
            await self._advance(run_id, feed, found.get(run_id, gone))

    async def _advance(self, run_id: int, feed: _Feed, head: Head) -> None:
        before = (feed.start, feed.last, feed.ended)
        if feed.start is None:
            feed.start = feed.last = head.seq
        while feed.last < head.seq:
            page = await self._ask(self._reads.events, run_id, feed.last)
            if not page.events:
                break
            feed.add(page)
        feed.ended, feed.waits = head.ended, head.waits
        if not head.waits:
            feed.turn = ""
        if before != (feed.start, feed.last, feed.ended):
            feed.tell()

    async def _look_at_turns(self) -> None:
        waiting = [run_id for run_id, feed in self._feeds.items() if feed.waits]
        found = await self._ask(self._reads.turns, waiting) if waiting else {}
        for run_id, turn in found.items():
            feed = self._feeds.get(run_id)
            said = queue_frame(turn.to_json())
            if feed is not None and feed.waits and feed.turn != said:
                feed.turn = said
                feed.tell()

    async def _ask(self, read: Callable[..., T], *given: object) -> T:
        def asked() -> T:
            try:
                return read(*given)
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._threads, asked)


async def _heard(news: asyncio.Event) -> bool:
    """False where nothing came for so long that the connection needs a sign of life."""
    try:
        await asyncio.wait_for(news.wait(), HEARTBEAT_SECONDS)
    except TimeoutError:
        return False
    return True
