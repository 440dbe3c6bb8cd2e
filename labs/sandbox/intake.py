"""Several pipes read as they fill, none of them so often that a flood costs much of a processor."""

import os
import selectors
import time
from collections.abc import Iterator

from labs.sandbox.pipes import Reader

_CHUNK = 1 << 16  # as much as a pipe holds
# A pipe that was read twice within this many seconds rests for as long, and whoever fills it waits:
# a million lines written one by one are read a pipe's content at a time, 13 MB in a second at most.
GAP = 0.005


class Intake:
    """The reading ends of a job's pipes; each belongs to a reader, which says whether it rests."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._resting: dict[int, tuple[Reader, float]] = {}
        self._read_at: dict[int, float] = {}

    def add(self, fd: int, reader: Reader) -> None:
        self._selector.register(fd, selectors.EVENT_READ, reader)

    @property
    def open(self) -> bool:
        return bool(self._resting or self._selector.get_map())

    def read(self, timeout: float, *, rest: bool = True) -> Iterator[tuple[Reader, bytes, float]]:
        """What comes within so many seconds, with its reader and the time; a closed pipe's reader
        is marked so. Without `rest` all that is there is read as fast as it comes."""
        due = self._wake(time.monotonic(), everyone=not rest)
        timeout = min(timeout, due)
        if not self._selector.get_map():
            time.sleep(timeout)
            return
        ready = self._selector.select(timeout)
        now = time.monotonic()
        for key, _ in ready:
            reader: Reader = key.data
            if data := os.read(key.fd, _CHUNK):
                if rest and reader.rests and now - self._read_at.get(key.fd, 0.0) < GAP:
                    self._selector.unregister(key.fd)
                    self._resting[key.fd] = (reader, now + GAP)
                self._read_at[key.fd] = now
                yield reader, data, now
                continue
            reader.closed = True
            self._selector.unregister(key.fd)
            os.close(key.fd)

    def close(self) -> None:
        self._wake(0.0, everyone=True)
        for key in list(self._selector.get_map().values()):
            os.close(key.fd)
        self._selector.close()

    def _wake(self, now: float, *, everyone: bool) -> float:
        """Seconds until the next one that still rests wakes; endless where none does."""
        for fd, (reader, until) in list(self._resting.items()):
            if everyone or until <= now:
                del self._resting[fd]
                self.add(fd, reader)
        return min((until - now for _, until in self._resting.values()), default=float("inf"))
