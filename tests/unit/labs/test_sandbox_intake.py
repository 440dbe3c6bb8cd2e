"""Pipes that a flood comes through, and pipes that may be as fast as they like."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from labs.sandbox.intake import GAP, Intake
from labs.sandbox.pipes import Event


class Heard:
    """A reader that keeps what it was fed."""

    def __init__(self, *, rests: bool) -> None:
        self.rests = rests
        self.closed = False
        self.pieces: list[bytes] = []

    def feed(self, data: bytes, now: float) -> Iterator[Event]:
        self.pieces.append(data)
        yield from ()


def read_all(writing: threading.Thread, intake: Intake) -> float:
    """Seconds until all pipes were closed."""
    began = time.monotonic()
    writing.start()
    while intake.open:
        for reader, data, now in intake.read(0.05):
            list(reader.feed(data, now))
    writing.join()
    return time.monotonic() - began


def thread_that_writes(fd: int, piece: bytes, times: int) -> threading.Thread:
    def write() -> None:
        for _ in range(times):
            os.write(fd, piece)
        os.close(fd)

    return threading.Thread(target=write)


def test_what_is_written_byte_by_byte_is_read_in_few_pieces_and_none_is_lost() -> None:
    intake, reader = Intake(), Heard(rests=True)
    reading, writing = os.pipe()
    intake.add(reading, reader)

    took = read_all(thread_that_writes(writing, b"x", 20_000), intake)

    assert b"".join(reader.pieces) == b"x" * 20_000
    # Two in each gap at most, however long it took.
    assert len(reader.pieces) <= 2 * took / GAP + 2
    assert reader.closed
    intake.close()


def test_a_pipe_that_nobody_looks_into_never_rests() -> None:
    intake, reader = Intake(), Heard(rests=False)
    reading, writing = os.pipe()
    intake.add(reading, reader)
    os.write(writing, b"a")
    assert [data for _, data, _ in intake.read(1)] == [b"a"]
    os.write(writing, b"b")
    assert [data for _, data, _ in intake.read(0)] == [b"b"]
    os.write(writing, b"c")
    assert [data for _, data, _ in intake.read(0)] == [b"c"]
    os.close(writing)
    intake.close()


@pytest.fixture
def resting() -> Iterator[tuple[Intake, int]]:
    """A pipe that rests, and its other end."""
    intake = Intake()
    reading, writing = os.pipe()
    intake.add(reading, Heard(rests=True))
    while not intake._resting:
        os.write(writing, b"a")
        list(intake.read(0))
    yield intake, writing
    os.close(writing)


def test_last_words_are_read_from_a_pipe_that_rests(resting: tuple[Intake, int]) -> None:
    intake, writing = resting
    os.write(writing, b"last")
    assert intake.open
    assert b"".join(data for _, data, _ in intake.read(0, rest=False)) == b"last"
    intake.close()


def test_closing_closes_a_pipe_that_rests(resting: tuple[Intake, int]) -> None:
    intake, writing = resting
    intake.close()
    with pytest.raises(BrokenPipeError):
        os.write(writing, b"nobody reads")
