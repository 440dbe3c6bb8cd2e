"""What the supervisor makes of bytes that the learner's code wrote."""

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from labs.sandbox import limits
from labs.sandbox.pipes import Allowance, Event, EventReader, OutputReader, ResultReader
from labs.sandbox.terminal import clean_line, clean_text


def line(kind: str, **data: object) -> bytes:
    return json.dumps({"kind": kind, "data": data}).encode() + b"\n"


def test_lines_cut_anywhere_are_put_together_again() -> None:
    reader, text = OutputReader(), "first\nsecönd\nthird".encode()

    events = [event for at in range(len(text)) for event in reader.feed(text[at : at + 1], at)]

    assert [event.data["line"] for event in events] == ["first", "secönd"]
    assert [event.data["line"] for event in reader.finish()] == ["third"]
    assert reader.text() == "first\nsecönd\nthird"


def test_the_log_is_the_last_64_kb_from_a_lines_start() -> None:
    reader = OutputReader()
    for number in range(40_000):
        list(reader.feed(b"line %d\n" % number, 0))

    assert len(reader.text()) <= 64 * 1024
    assert reader.text().startswith("line ")
    assert reader.text().endswith("line 39999\n")


def test_output_is_too_much_only_after_what_is_kept_and_drained() -> None:
    reader, chunk = OutputReader(), b"x" * limits.MB
    for _ in range(65):
        list(reader.feed(chunk, 0))
    assert not reader.flooded

    list(reader.feed(b"x", 0))

    assert reader.flooded


def test_an_allowance_has_a_burst_a_rate_and_an_end() -> None:
    allowance = Allowance(burst=2, rate=1, total=4)
    taken = []
    for now in (0, 0, 1, 100, 1_000):
        taken.append(allowance.left(now))
        allowance.take(taken[-1])

    assert taken == [2, 0, 1, 1, 0]


def test_lines_that_come_too_fast_are_counted_and_the_count_is_told() -> None:
    reader = OutputReader()

    told = [event.data["line"] for event in reader.feed(b"x\n" * 1_000_000 + b"y", 0)]
    later = [event.data["line"] for event in reader.feed(b"z\n", 1)]

    assert told == ["x"] * 200
    assert later == ["[999,800 lines came too fast for this view]", "yz"]


def test_a_flood_of_reports_hides_neither_the_end_of_a_job_nor_its_own_size() -> None:
    reader = EventReader()
    flood = line("metric", loss=1) * 50_000

    events = list(reader.feed(flood + line("end", error=None, size=12) + flood, 0))

    assert len(events) == 3_000
    assert (reader.ended, reader.size) == (True, 12)
    [note] = reader.finish()
    assert note.data["line"] == "[97,000 metrics or figures were unreadable or too many]"


def test_forged_ends_beyond_the_allowance_are_not_all_read(monkeypatch) -> None:
    reader, read = EventReader(), []
    monkeypatch.setattr(reader, "_read", read.append)

    list(reader.feed(line("end", error=None, size=10**9) * 100_000, 0))

    assert len(read) == 3_100


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\n\n", b"d\ne"]), max_size=40), st.data())
def test_the_lines_are_the_same_wherever_they_are_cut(
    parts: list[bytes], data: st.DataObject
) -> None:
    text = b"".join(parts)
    at = data.draw(st.integers(0, len(text)))
    reader = OutputReader()

    events = [*reader.feed(text[:at], 0), *reader.feed(text[at:], 0), *reader.finish()]

    lines = text.decode().split("\n")
    assert [event.data["line"] for event in events] == (lines if lines[-1] else lines[:-1])


def test_the_end_of_a_job_is_for_the_supervisor_and_not_for_the_page() -> None:
    reader = EventReader()

    events = list(reader.feed(line("ready") + line("end", error=None, size=12), 0))

    assert events == []
    assert (reader.ready, reader.ended, reader.size, reader.error) == (True, True, 12, None)


def test_an_error_keeps_to_known_kinds_and_sizes() -> None:
    reader = EventReader()
    error = {"kind": "excellent", "message": "m" * 9_000, "detail": "\x1b[31m" + "d" * 90_000}

    list(reader.feed(line("end", error=error, size=0), 0))

    assert reader.error is not None
    assert reader.error.kind == "raised"
    assert len(reader.error.message) == 2_000
    assert len(reader.error.detail) < 16_000
    assert "\x1b" not in reader.error.detail


def test_a_line_without_end_costs_no_memory() -> None:
    reader = EventReader()
    for _ in range(100):
        list(reader.feed(b"x" * 65_536, 0))
    events = list(reader.feed(b"x\n" + line("progress", done=1, total=2), 0))

    assert events == [Event("progress", {"done": 1.0, "total": 2.0})]
    assert len(reader._line) == 0


def test_figures_are_svg_and_not_many() -> None:
    reader = EventReader()
    shown = list(reader.feed(line("figure", name="f", svg="<svg/>") * 25, 0))
    refused = list(EventReader().feed(line("figure", name="f", svg="<script/>"), 0))
    [odd] = EventReader().feed(line("figure", name="f", svg=["<svg"]), 0)

    assert len(shown) == 20
    assert refused == []
    assert isinstance(odd.data["svg"], str)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_no_bytes_break_the_reader_of_events(chunks: list[bytes]) -> None:
    reader = EventReader()
    for chunk in chunks:
        list(reader.feed(chunk, 0))
    list(reader.finish())

    assert reader.total == sum(map(len, chunks))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["kind", "data", "step", "done", "svg"]), inner)
        ),
    )
)
def test_no_json_breaks_the_reader_of_events(message: object) -> None:
    reader = EventReader()
    for kind in ("metric", "progress", "figure", "end", "ready"):
        wrapped = json.dumps({"kind": kind, "data": message}).encode()
        for event in reader.feed(wrapped + b"\n", 0):
            json.dumps(event.data, allow_nan=False)


def test_a_result_stops_at_its_cap() -> None:
    file = io.BytesIO()
    reader = ResultReader(file, cap=10)

    for _ in range(3):
        list(reader.feed(b"12345", 0))

    assert reader.flooded
    assert file.getvalue() == b"1234512345"


@given(st.text())
def test_cleaned_text_holds_nothing_that_moves_a_cursor(text: str) -> None:
    cleaned = clean_text(text)

    assert not any(sign in cleaned for sign in ("\x1b", "\r", "\x08", "\x9b", "\u202e", "\x07"))


def test_a_progress_bar_leaves_its_last_state() -> None:
    assert clean_line("10%\r\x1b[K50%\r100%\r") == "100%"
