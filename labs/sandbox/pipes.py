"""The reading ends of a job's pipes. All that comes through may be of the learner's making."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from labs.domain.events import MAX_NAMES
from labs.domain.jobs import LOG_BYTES, JobError
from labs.sandbox import limits
from labs.sandbox.terminal import clean_line, clean_text

_LINE_CHARACTERS = 2_000
_EVENT_LINE_BYTES = 512 * 1024
_NAME_CHARACTERS = 80
_FIGURES = 20
_FIGURE_CHARACTERS = 256 * 1024
_MESSAGE_CHARACTERS = 2_000
_DETAIL_CHARACTERS = 16_000
# As `labs.harness.channels.Events` writes it: the start and the end of a job.
_OWN_STARTS = (b'{"kind": "ready"', b'{"kind": "end"')
_OWN_LINE = re.compile(b"(?m)^(?:%s).*$" % b"|".join(map(re.escape, _OWN_STARTS)))
_OWN_WORDS = 100
_ERROR_KINDS = frozenset(
    (
        "syntax",
        "missing_function",
        "import",
        "raised",
        "out_of_memory",
        "disk_full",
        "model_too_large",
        "not_picklable",
        "bad_predictions",
    )
)


@dataclass(frozen=True)
class Event:
    kind: str  # log, metric, progress, figure; usage, which the supervisor measures
    data: dict[str, Any]


class Reader(Protocol):
    closed: bool  # the other end is: there is nothing more to come
    rests: bool  # what comes is looked at, so that the learner's code may not set the pace

    def feed(self, data: bytes, now: float) -> Iterator[Event]: ...


class Allowance:
    """So many at once, so many a second, so many in all."""

    def __init__(self, *, burst: int, rate: float, total: int) -> None:
        self._tokens = float(burst)
        self._burst = burst
        self._rate = rate
        self._left = total
        self._at: float | None = None

    def left(self, now: float) -> int:
        """How many may be taken now."""
        if self._at is not None:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return min(int(self._tokens), self._left)

    def take(self, count: int) -> None:
        self._tokens -= count
        self._left -= count


def split_lines(text: bytes, most: int) -> tuple[list[bytes], bytes, bytes]:
    """At most so many whole lines; the whole lines beyond them, in one piece; an unfinished line.

    However many lines there are, those beyond cost no more than a search for the last newline.
    """
    *lines, rest = text.split(b"\n", most)
    whole = rest.rfind(b"\n") + 1
    return lines, rest[:whole], rest[whole:]


class OutputReader:
    """stdout and stderr: a tail for the result, and lines, not too many, for the live page."""

    rests = True

    def __init__(self) -> None:
        self.total = 0
        self.closed = False
        self._tail = bytearray()
        self._line = b""
        self._skipped = 0
        self._allowance = Allowance(burst=200, rate=50, total=20_000)

    @property
    def flooded(self) -> bool:
        return self.total > limits.OUTPUT_KEPT + limits.OUTPUT_DRAINED

    def feed(self, data: bytes, now: float) -> Iterator[Event]:
        self.total += len(data)
        self._tail += data
        if len(self._tail) > limits.OUTPUT_KEPT:
            del self._tail[: -limits.OUTPUT_KEPT // 2]
        lines, skipped, rest = split_lines(self._line + data, self._allowance.left(now))
        self._line = rest[-_LINE_CHARACTERS:]
        self._allowance.take(len(lines))
        if lines:
            yield from self._said_so_far()
        yield from map(_line_event, lines)
        self._skipped += skipped.count(b"\n")

    def finish(self) -> Iterator[Event]:
        yield from self._said_so_far()
        if self._line:
            yield _line_event(self._line)

    def _said_so_far(self) -> Iterator[Event]:
        if self._skipped:
            note = f"[{self._skipped:,} lines came too fast for this view]"
            yield Event("log", {"line": note})
            self._skipped = 0

    def text(self) -> str:
        """The last 64 kB, from the start of a line where there is one."""
        tail = bytes(self._tail[-LOG_BYTES:])
        if self.total > len(tail):
            tail = tail[tail.find(b"\n") + 1 :]
        return clean_text(tail.decode("utf-8", "replace"))


def _line_event(line: bytes) -> Event:
    return Event("log", {"line": clean_line(line.decode("utf-8", "replace"))[:_LINE_CHARACTERS]})


class EventReader:
    """JSON lines of the harness, which the learner's code can write as well as the harness can.

    Lines beyond the allowance are not parsed, but for those that begin as the harness begins what
    it has to say itself, and of these only some.
    """

    rests = True

    def __init__(self) -> None:
        self.total = 0
        self.closed = False
        self.ready = False
        self.ended = False
        self.size = 0  # bytes of the result that were sent, says the harness at the end
        self.error: JobError | None = None
        self._line = b""
        self._in_long_line = False
        self._own_words = 0
        self._dropped = 0
        self._figures = 0
        self._allowance = Allowance(burst=3_000, rate=100, total=20_000)

    @property
    def flooded(self) -> bool:
        return self.total > limits.EVENT_BYTES

    def feed(self, data: bytes, now: float) -> Iterator[Event]:
        self.total += len(data)
        if self._in_long_line:
            _, newline, data = data.partition(b"\n")
            if not newline:
                return
            self._in_long_line = False
        lines, beyond, rest = split_lines(self._line + data, self._allowance.left(now))
        self._allowance.take(len(lines))
        for line in lines:
            if (event := self._read(line)) is not None:
                yield event
        self._dropped += beyond.count(b"\n")
        for line in self._own_lines(beyond):
            self._dropped -= 1
            self._read(line)
        self._line = rest
        if len(self._line) > _EVENT_LINE_BYTES:
            self._dropped += 1
            self._in_long_line = True
            self._line = b""

    def _own_lines(self, text: bytes) -> Iterator[bytes]:
        if not any(start in text for start in _OWN_STARTS):
            return  # a plain search is ten times as fast
        at = 0
        while self._own_words < _OWN_WORDS and (found := _OWN_LINE.search(text, at)):
            self._own_words += 1
            at = found.end()
            yield found.group()

    def finish(self) -> Iterator[Event]:
        if self._dropped:
            note = f"[{self._dropped:,} metrics or figures were unreadable or too many]"
            yield Event("log", {"line": note})

    def _read(self, line: bytes) -> Event | None:
        """None for what is dropped or concerns only the supervisor."""
        try:
            message = json.loads(line)
            kind, data = message["kind"], message["data"]
            if kind == "ready":
                self.ready = True
            elif kind == "end":
                self.ended = True
                self.size = int(data["size"])
                self.error = _read_error(data["error"])
            elif kind == "metric":
                return Event("metric", _read_point(data))
            elif kind == "progress":
                done, total = _read_number(data["done"]), _read_number(data["total"])
                return Event("progress", {"done": done, "total": total})
            elif kind == "figure":
                return self._read_figure(data)
            else:
                self._dropped += 1
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            self._dropped += 1
        return None

    def _read_figure(self, data: dict[str, Any]) -> Event:
        self._figures += 1
        svg = str(data["svg"])
        if self._figures > _FIGURES or len(svg) > _FIGURE_CHARACTERS or "<svg" not in svg:
            raise ValueError("no figure to show")
        return Event("figure", {"name": _read_text(data["name"], _NAME_CHARACTERS), "svg": svg})


def _read_point(data: dict[str, Any]) -> dict[str, Any]:
    if len(data) > MAX_NAMES:
        raise ValueError("too many metrics in one point")
    return {
        _read_text(name, _NAME_CHARACTERS): None if value is None else _read_number(value)
        for name, value in data.items()
    }


def _read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


def _read_error(data: dict[str, Any] | None) -> JobError | None:
    if data is None:
        return None
    kind = data["kind"] if data["kind"] in _ERROR_KINDS else "raised"
    return JobError(
        kind,
        _read_text(data["message"], _MESSAGE_CHARACTERS),
        clean_text(str(data["detail"])[:_DETAIL_CHARACTERS]),
    )


def _read_text(value: Any, characters: int) -> str:
    return clean_text(str(value)[:characters])


class ResultReader:
    """The model or the predictions: bytes, written to `file` and never looked at."""

    rests = False

    def __init__(self, file: BinaryIO, cap: int) -> None:
        self._file = file
        self._cap = cap
        self.closed = False
        self.total = 0

    @property
    def flooded(self) -> bool:
        return self.total > self._cap

    def feed(self, data: bytes, now: float) -> Iterator[Event]:
        self.total += len(data)
        if not self.flooded:
            self._file.write(data)
        yield from ()
