"""Programs that lie to the supervisor, or say more than it can hear."""

import json
import re
from typing import Any

from tests.sandbox.attack import Alone, Bare

_MB = 1 << 20
_SHOWN = frozenset(("log", "metric", "progress", "figure"))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _too_long(bare: Bare) -> bool:
    return len(bare.output) > 65 * _MB


def _kept(ran: Any) -> str:
    """What got through of a flood: more than is kept of a log, or is shown on a page."""
    held = len(ran.result.log.encode())
    told = sum(len(json.dumps(data)) for _, data in ran.events)
    return f"{held} bytes of log, {told} of events" if held > 70_000 or told > 30 * _MB else ""


def _unknown(ran: Any) -> str:
    kinds = {kind for kind, _ in ran.events} - _SHOWN
    claimed = ran.result.ok and "grade" in str(ran.result)
    return f"events {sorted(kinds)}" if kinds else "a grade in the result" if claimed else ""


def _escapes(ran: Any) -> str:
    texts = [ran.result.log, *(str(data) for kind, data in ran.events if kind == "log")]
    return "control characters" if any(map(_CONTROL.search, texts)) else ""


def _figures(ran: Any) -> str:
    shown = ran.of("figure")
    large = [each for each in shown if len(each["svg"]) > 256 * 1024]
    return f"{len(shown)} figures" if len(shown) > 20 or large else ""


def _points(ran: Any) -> str:
    for kind in ("metric", "progress"):
        for point in ran.of(kind):
            for name, value in point.items():
                if not isinstance(name, str) or not isinstance(value, int | float | None):
                    return f"{name}={value!r}"
    try:
        json.dumps(ran.events, allow_nan=False)
    except ValueError as error:
        return str(error)
    return ""


FLOODS = (
    Alone(
        "prints without end",
        """
        for _ in range(720):
            os.write(1, b"x" * 99_999 + b"\\n")
        """,
        ends=frozenset(("too_much_output",)),
        judge=_kept,
        shows=_too_long,
    ),
    Alone(
        "prints a line without end",
        """
        for _ in range(720):
            os.write(1, b"x" * 100_000)
        """,
        ends=frozenset(("too_much_output",)),
        judge=_kept,
        shows=_too_long,
    ),
    Alone(
        "prints short lines without end",
        """
        for _ in range(100):
            os.write(1, b"x\\n" * 10_000)
        """,
        judge=_kept,
        shows=lambda bare: bare.output.count(b"\n") > 900_000,
    ),
    Alone(
        "reports without end",
        """
        line = b'{"kind": "metric", "data": {"step": 1, "x": "' + b"y" * 100_000 + b'"}}\\n'
        for _ in range(720):
            run._events.send_line(line) if run else os.write(1, line)
        """,
        ends=frozenset(("too_much_output",)),
        judge=_kept,
        shows=_too_long,
    ),
    Alone(
        "shows figures without end",
        """
        svg = "<svg>" + "x" * 200_000 + "</svg>"
        for number in range(200):
            line = json.dumps({"kind": "figure", "data": {"name": str(number), "svg": svg}})
            line = line.encode() + b"\\n"
            run._events.send_line(line) if run else os.write(1, line)
        """,
        judge=_figures,
        shows=lambda bare: bare.output.count(b'"figure"') > 20,
    ),
    Alone(
        "returns a model without end",
        """
        if run is None:
            os.write(1, bytes(70 << 20))
        for fd in range(3, 64):
            try:
                while stat.S_ISFIFO(os.fstat(fd).st_mode) and run and fd != run._events._fd:
                    os.write(fd, bytes(1 << 16))
            except OSError:
                pass
        """,
        ends=frozenset(("model_too_large",)),
        shows=_too_long,
    ),
)

LIES = (
    Alone(
        "says that it passed",
        """
        claims = [
            {"grade": "excellent"},
            {"kind": "state", "data": {"state": "passed", "grade": "excellent"}},
            {"kind": "grade", "data": {"grade": "excellent", "accuracy": 1.0}},
            {"kind": "end", "data": {"error": None, "size": 0, "grade": "excellent"}},
        ]
        for claim in claims:
            line = json.dumps(claim).encode() + b"\\n"
            run._events.send_line(line) if run else os.write(1, line)
        """,
        judge=_unknown,
        shows=lambda bare: b'"grade": "excellent"' in bare.output,
    ),
    Alone(
        "reports what is no number",
        """
        lines = (
            b'{"kind": "metric", "data": {"loss": NaN, "accuracy": 1e999}}',
            b'{"kind": "progress", "data": {"done": Infinity, "total": -1e999}}',
            b'{"kind": "metric", "data": {"loss": {"<script>": 1}}}',
            b'{"kind": "metric", "data": [' + b"[" * 20_000,
            b'{"kind": "metric", "data": {"step": ' + b"9" * 5_000 + b"}}",
            b'{"kind": "end", "data": {"size": 1e999, "error": 3}}',
        )
        for line in lines:
            run._events.send_line(line + b"\\n") if run else os.write(1, line + b"\\n")
        """,
        judge=_points,
        shows=lambda bare: b"NaN" in bare.output,
    ),
    Alone(
        "sends signs that move a terminal's cursor",
        r"""
        text = "\x1b[2J\x1b]0;title\x07\x1b]52;c;cm0gLXJm\x07\x9b31mred\x08\x08\u202eright\x7f"
        print(text)
        if run:
            run.log(step=1, **{text: 1})
        """,
        judge=_escapes,
        shows=lambda bare: b"\x1b" in bare.output,
    ),
    Alone(
        "brings a model that runs code where it is read",
        """
        import os
        class Trap:
            def __reduce__(self):
                return os.system, ("echo REACHED > " + PRECIOUS + "/touched",)
        def train(data, run):
            return Trap()
        def predict(model, inputs, run):
            return inputs
        """,
        ends=frozenset(("done",)),
        shows=lambda bare: bare.precious_gone,
    ),
)
