"""The two pipes back to the supervisor: events as JSON lines, and one stream of bytes."""

import io
import json
import os
import threading
from typing import Any


class Events:
    """JSON lines. A supervisor that is gone is no reason to disturb the learner's code."""

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)
        self._fd = fd
        self._lock = threading.Lock()

    def send(self, kind: str, data: dict[str, Any]) -> None:
        line = json.dumps({"kind": kind, "data": data}, default=str) + "\n"
        self.send_line(line.encode())

    def send_line(self, line: bytes) -> None:
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._fd, line) :]
            except OSError:
                return


class TooLarge(Exception):
    """More was written than the supervisor takes."""


class Output(io.RawIOBase):
    """A write-only file over the output pipe that raises TooLarge, once, past `cap` bytes.

    Later writes vanish: closing a buffered writer flushes again, and must not raise a second time.
    """

    def __init__(self, fd: int, cap: int) -> None:
        super().__init__()
        os.set_inheritable(fd, False)
        self._fd = fd
        self.cap = cap
        self._left = cap
        self._spent = False
        self.written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        if self._spent:
            return len(view)
        if len(view) > self._left:
            self._spent = True
            raise TooLarge
        written = os.write(self._fd, view)
        self._left -= written
        self.written += written
        return written
