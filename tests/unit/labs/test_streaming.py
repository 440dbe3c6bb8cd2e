"""The stream of a run's events, on a clock of its own."""

import json
from datetime import UTC, datetime

from labs.domain.events import EventPage, NumberedEvent
from labs.domain.streaming import HEARTBEAT_SECONDS, LONGEST_SECONDS, stream

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class FakeRun:
    """Events by the time at which they are there; the clock moves when somebody sleeps."""

    def __init__(self, events: dict[float, list[int]], ends: float) -> None:
        self.events, self.ends, self.time = events, ends, 0.0
        self.asked: list[int] = []

    def read(self, after: int) -> EventPage:
        self.asked.append(after)
        there = [n for at, numbers in self.events.items() if at <= self.time for n in numbers]
        found = tuple(NumberedEvent(n, AT, "log", {"line": f"é{n}\n"}) for n in there if n > after)
        return EventPage(found, done=self.time >= self.ends)

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def stream(self, after: int = 0) -> list[str]:
        frames = stream(self.read, after=after, sleep=self.sleep, clock=lambda: self.time)
        return "".join(frames).split("\n\n")[:-1]


def numbers(frames: list[str]) -> list[int]:
    return [int(frame.split("\n")[0][4:]) for frame in frames if frame.startswith("id: ")]


def test_every_event_comes_once_and_in_order_and_then_done():
    frames = FakeRun({0: [1, 2], 1: [3], 2: [4]}, ends=2).stream()
    assert frames[0] == "retry: 1000"
    assert numbers(frames) == [1, 2, 3, 4]
    assert frames[-1] == "event: done\ndata: {}"


def test_a_reader_resumes_after_the_last_event_it_saw():
    run = FakeRun({0: [1, 2, 3]}, ends=0)
    assert numbers(run.stream(after=2)) == [3]
    assert run.asked == [2]


def test_a_frame_has_kind_and_json_on_one_line():
    frame = FakeRun({0: [1]}, ends=0).stream()[1]
    first, kind, data = frame.split("\n")
    assert (first, kind) == ("id: 1", "event: log")
    assert json.loads(data.removeprefix("data: ")) == {
        "seq": 1,
        "at": "2026-11-21T08:00:00.000Z",
        "kind": "log",
        "data": {"line": "é1\n"},
    }


def test_silence_is_broken_by_comments_so_that_proxies_keep_the_line():
    frames = FakeRun({}, ends=HEARTBEAT_SECONDS * 3).stream()
    assert frames.count(": still here") == 2


def test_a_stream_is_given_up_after_a_while_so_that_its_thread_is_free():
    run = FakeRun({}, ends=LONGEST_SECONDS * 10)
    frames = run.stream()
    assert run.time < LONGEST_SECONDS + 2
    assert not frames[-1].startswith("event: done")
