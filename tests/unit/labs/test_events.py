"""What a learner's program tells, cleaned and capped."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from labs.domain.events import (
    MAX_LINE_LENGTH,
    MAX_LINES,
    EventBuffer,
    clean_text,
    clean_value,
    tail,
)
from labs.sandbox.pipes import EventReader

AT = datetime(2026, 11, 21, tzinfo=UTC)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(ANYTHING)
def test_whatever_is_told_becomes_json_that_every_database_takes(value):
    text = json.dumps(clean_value(value), allow_nan=False)
    assert "\\u0000" not in text
    text.encode("utf-8")


def test_numbers_that_json_lacks_become_null():
    assert clean_value({"loss": float("nan"), "lr": 0.1, "x": float("inf")}) == {
        "loss": None,
        "lr": 0.1,
        "x": None,
    }
    assert clean_value(10**5_000) is None


def test_zero_bytes_and_lone_surrogates_are_replaced():
    assert clean_text("a\x00b\ud800c") == "a\ufffdb?c"


def test_a_long_line_is_cut():
    assert len(clean_text("x" * 5_000)) == MAX_LINE_LENGTH


def test_lines_stop_at_the_cap_with_one_notice():
    buffer = EventBuffer()
    for number in range(MAX_LINES + 50):
        buffer.add("log", {"line": str(number)}, AT)
    events = buffer.drain()
    assert len(events) == MAX_LINES + 1
    assert events[-1].data["notice"]


def test_metrics_go_on_after_the_lines_are_capped():
    buffer = EventBuffer()
    for _ in range(MAX_LINES + 1):
        buffer.add("log", {"line": ""}, AT)
    buffer.add("metric", {"step": 1}, AT)
    assert buffer.drain()[-1].kind == "metric"


def test_a_point_keeps_every_name_that_the_sandbox_lets_through():
    point = {"step": 1.0, **{f"class {number}": 0.5 for number in range(31)}}
    [read] = EventReader().feed(json.dumps({"kind": "metric", "data": point}).encode() + b"\n", 0.0)
    buffer = EventBuffer()
    buffer.add(read.kind, read.data, AT)
    assert buffer.drain()[0].data == point


def test_of_progress_only_the_newest_is_told():
    buffer = EventBuffer()
    for done in range(10):
        buffer.add("progress", {"done": done, "total": 10}, AT)
    assert [event.data["done"] for event in buffer.drain()] == [9]
    assert buffer.drain() == []


def test_a_figure_is_kept_whole_and_cleaned():
    buffer = EventBuffer()
    buffer.add("figure", {"name": "loss", "svg": "<svg>\x00\ud800" + "x" * 5_000}, AT)
    [figure] = buffer.drain()
    assert figure.data == {"name": "loss", "svg": "<svg>\ufffd?" + "x" * 5_000}


def test_an_unknown_kind_is_left_out():
    buffer = EventBuffer()
    buffer.add("state", {"state": "passed"}, AT)
    assert buffer.drain() == []


@given(st.text(alphabet="aé\n😀", max_size=300))
def test_a_tail_fits_and_is_the_end(log):
    kept = tail(log, limit=50)
    assert len(kept.encode()) <= 50
    assert log.endswith(kept)


def test_a_tail_begins_with_a_whole_line():
    assert tail("first line\nsecond\n", limit=12) == "second\n"


def test_events_that_could_not_be_written_come_first_the_next_time():
    buffer = EventBuffer()
    buffer.add("log", {"line": "one"}, AT)
    buffer.add("progress", {"done": 1, "total": 3}, AT)
    drained = buffer.drain()
    buffer.add("log", {"line": "two"}, AT)
    buffer.put_back(drained)
    assert [event.data for event in buffer.drain()] == [
        {"line": "one"},
        {"line": "two"},
        {"done": 1, "total": 3},
    ]
    buffer.put_back(drained)
    buffer.add("progress", {"done": 2, "total": 3}, AT)
    assert [event.data for event in buffer.drain()][-1] == {"done": 2, "total": 3}
