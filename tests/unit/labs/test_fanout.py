"""Many readers of a run: each is told everything, and the database is asked once for all."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError

from labs.api import fanout
from labs.api.fanout import Fanout, Reads
from labs.domain.events import EventPage, NumberedEvent
from labs.selectors import Turn
from labs.selectors.following import Head
from tests.loops import in_a_loop

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PAGE = 500
ADA, BOB = 1, 2


class FakeRuns:
    """Runs that somebody writes to while others read."""

    def __init__(self) -> None:
        self.last: dict[int, int] = {}
        self.ended: set[int] = set()
        self.turn: dict[int, Turn] = {}
        self.asked = {"heads": 0, "events": 0, "turns": 0}
        self.fails = 0

    def reads(self) -> Reads:
        return Reads(self.heads, self.events, self.turns)

    def heads(self, runs):
        self.asked["heads"] += 1
        if self.fails:
            self.fails -= 1
            raise DatabaseError("away")
        return {
            run: Head(self.last[run], run in self.ended, run in self.turn)
            for run in runs
            if run in self.last
        }

    def events(self, run, after):
        self.asked["events"] += 1
        numbers = range(after + 1, min(self.last.get(run, 0), after + PAGE) + 1)
        found = tuple(NumberedEvent(n, AT, "log", {"line": f"{run}:{n}"}) for n in numbers)
        return EventPage(found, done=False)

    def turns(self, runs):
        self.asked["turns"] += 1
        return {run: self.turn[run] for run in runs if run in self.turn}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(fanout, "LOOK_SECONDS", 0.005)
    monkeypatch.setattr(fanout, "TURN_SECONDS", 0.005)
    monkeypatch.setattr(fanout, "AFTER_A_FAILURE", 0.01)


async def read(hub: Fanout, run: int, after: int = 0) -> str:
    return "".join([part.decode() async for part in hub.follow(run, after, ADA)])


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"^id: (\d+)$", text, re.MULTILINE)]


async def until(condition) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def play(scene) -> None:
    in_a_loop(scene)


def test_two_hundred_readers_are_told_everything_by_few_queries():
    runs = FakeRuns()
    runs.last[1] = 0

    async def scene():
        hub = Fanout(runs.reads())
        readers = [asyncio.ensure_future(read(hub, 1)) for _ in range(200)]
        await until(lambda: runs.asked["heads"] > 1)
        for _ in range(10):
            runs.last[1] += 7
            await asyncio.sleep(0.01)
        runs.ended.add(1)
        for text in await asyncio.gather(*readers):
            assert numbers(text) == list(range(1, 71))
            assert text.startswith("retry: 1000\n\n")
            assert text.endswith("event: done\ndata: {}\n\n")
        assert runs.asked["events"] <= 10
        assert hub.readers == 0
        assert hub._tasks == []

    play(scene())


def test_one_learner_cannot_take_all_places(monkeypatch):
    monkeypatch.setattr(fanout, "MOST_OF_ONE_USER", 3)
    monkeypatch.setattr(fanout, "MOST_READERS", 5)
    runs = FakeRuns()
    runs.last[1] = 0

    async def scene():
        hub = Fanout(runs.reads())
        readers = [asyncio.ensure_future(read(hub, 1)) for _ in range(3)]
        await until(lambda: hub.readers == 3)
        assert (hub.full(ADA), hub.full(BOB)) == (True, False)
        monkeypatch.setattr(fanout, "MOST_READERS", 3)
        assert hub.full(BOB)
        runs.ended.add(1)
        await asyncio.gather(*readers)
        assert (hub.full(ADA), hub.full(BOB)) == (False, False)

    play(scene())


@pytest.mark.parametrize("after", [0, 3, 1_999, 2_000])
def test_one_that_comes_late_or_again_is_told_what_it_lacks(after):
    runs = FakeRuns()
    runs.last[1] = 2_000
    runs.ended.add(1)

    async def scene():
        assert numbers(await read(Fanout(runs.reads()), 1, after)) == list(range(after + 1, 2_001))

    play(scene())


def test_a_number_from_the_future_harms_no_other_reader():
    runs = FakeRuns()
    runs.last[1] = 3

    async def scene():
        hub = Fanout(runs.reads())
        first = asyncio.ensure_future(read(hub, 1, 999_999))
        second = asyncio.ensure_future(read(hub, 1, 0))
        await until(lambda: runs.asked["heads"] > 1)
        runs.last[1] = 5
        await asyncio.sleep(0.03)
        runs.ended.add(1)
        assert numbers(await second) == [1, 2, 3, 4, 5]
        assert numbers(await first) == []

    play(scene())


def test_one_that_is_slower_than_the_memory_of_the_feed_loses_nothing(monkeypatch):
    monkeypatch.setattr(fanout, "KEPT_FRAMES", 10)
    runs = FakeRuns()
    runs.last[1] = 0

    async def scene():
        hub = Fanout(runs.reads())
        slow = hub.follow(1, 0, ADA)
        assert (await anext(slow)).startswith(b"retry")
        other = asyncio.ensure_future(read(hub, 1))
        await until(lambda: runs.asked["heads"] > 1)
        runs.last[1] = 100
        await until(lambda: hub._feeds[1].last == 100)
        runs.ended.add(1)
        rest = "".join([part.decode() async for part in slow])
        assert numbers(rest) == list(range(1, 101))
        assert numbers(await other) == list(range(1, 101))
        assert runs.asked["events"] > 1

    play(scene())


def test_a_waiting_run_tells_its_place_in_the_queue_without_a_number():
    runs = FakeRuns()
    runs.last[1] = 1
    runs.turn[1] = Turn(2, 40.4)

    async def scene():
        hub = Fanout(runs.reads())
        reader = asyncio.ensure_future(read(hub, 1, 1))
        await until(lambda: runs.asked["turns"] > 2)
        runs.turn[1] = Turn(0, None)
        asked = runs.asked["turns"]
        await until(lambda: runs.asked["turns"] > asked + 2)
        del runs.turn[1]
        runs.ended.add(1)
        return (await reader).split("\n\n")[1:-1]

    async def check():
        assert await scene() == [
            'event: queue\ndata: {"position":2,"wait":40}',
            'event: queue\ndata: {"position":0,"wait":null}',
            "event: done\ndata: {}",
        ]

    play(check())


def test_silence_is_filled_with_signs_of_life(monkeypatch):
    monkeypatch.setattr(fanout, "HEARTBEAT_SECONDS", 0.02)
    runs = FakeRuns()
    runs.last[1] = 0

    async def scene():
        reader = asyncio.ensure_future(read(Fanout(runs.reads()), 1))
        await asyncio.sleep(0.2)
        runs.ended.add(1)
        assert ": still here\n\n" in await reader

    play(scene())


def test_a_stream_ends_after_a_while_so_that_its_reader_signs_in_again(monkeypatch):
    monkeypatch.setattr(fanout, "LONGEST_SECONDS", 0.1)
    monkeypatch.setattr(fanout, "HEARTBEAT_SECONDS", 0.02)
    runs = FakeRuns()
    runs.last[1] = 1

    async def scene():
        text = await read(Fanout(runs.reads()), 1)
        assert numbers(text) == [1]
        assert "done" not in text

    play(scene())


def test_a_database_that_is_away_for_a_moment_ends_no_stream():
    runs = FakeRuns()
    runs.last[1] = 2
    runs.fails = 3

    async def scene():
        reader = asyncio.ensure_future(read(Fanout(runs.reads()), 1))
        await until(lambda: runs.asked["heads"] > 4)
        runs.ended.add(1)
        assert numbers(await reader) == [1, 2]

    play(scene())


def test_a_run_that_is_removed_ends_its_streams():
    runs = FakeRuns()
    runs.last[1] = 2

    async def scene():
        reader = asyncio.ensure_future(read(Fanout(runs.reads()), 1))
        await until(lambda: runs.asked["heads"] > 1)
        del runs.last[1]
        assert (await reader).endswith("event: done\ndata: {}\n\n")

    play(scene())
