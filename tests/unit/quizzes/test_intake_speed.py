"""The quick ways of the intake say the same as the slow ones that they stand in for."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from quizzes.domain.days import _day_at, study_day
from quizzes.domain.errors import EventInvalid
from quizzes.domain.events import payload, payload_hash, payload_text
from quizzes.domain.intake import _any_event, _good_review, read_event
from tests.unit.quizzes.histories import ZONES, card_events, make_event, parameter_events
from tests.unit.quizzes.test_intake import RECEIVED, REVIEW

KNOWN = "59386d45386645a379815d0e7fe6611b29523028ff7dd7b5356a57e86756dc72"
TIMES = st.sampled_from(
    [
        "2026-11-21T08:15:30.123Z",
        "2026-11-21T08:15:30Z",
        "2026-11-21T08:15:30.123999+01:00",
        "2026-11-21T08:15:30.1239999Z",
        "2026-11-21T08:15:30.123456789-05:30",
        "2026-11-21 08:15:30+00:00",
        "2026-11-21t08:15:30z",
        "20261121T081530Z",
        "2026-W47-6T08:15:30Z",
        "2026-11-21T08:15Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T23:59:60Z",
        "2026-11-21T08:15:30",
        "2126-11-21T08:15:30Z",
        "1999-12-31T23:59:59Z",
        "2000-01-01T00:00:00.001+14:00",
        "",
        1_700_000_000,
    ]
)
IDS = st.sampled_from(
    [
        REVIEW["id"],
        REVIEW["id"].upper(),
        REVIEW["id"].replace("-", ""),
        "{" + REVIEW["id"] + "}",
        "urn:uuid:" + REVIEW["id"],
        REVIEW["id"] + " ",
        " " + REVIEW["id"],
        "6f0b2a3e-8d1c4a77-9d53-0f2f8f8a3c11",
        "",
        17,
    ]
)
NUMBERS = st.sampled_from(
    [0, 1, 2, 3, 4, 5, 23, 24, -1, True, False, 3.0, 2.5, "3", 86_400_000, 2**31, 2**63, 10**30]
)
TEXTS = st.one_of(
    st.text(max_size=5),
    st.sampled_from(
        ["UTC", "Europe/Berlin", "utc", "../etc/passwd", "", "x" * 64, "x" * 129, "a\x00b"]
    ),
)
ODD = st.one_of(
    st.none(), NUMBERS, TEXTS, st.lists(st.integers(), max_size=2), st.just({}), st.floats()
)
FIELDS = {
    "id": IDS,
    "device": IDS,
    "at": TIMES,
    "kind": st.sampled_from(["review", "REVIEW", "practice"]),
    "prompt": TEXTS,
    "tz": TEXTS,
    "reason": TEXTS,
    **dict.fromkeys(("seq", "rollover", "rating", "duration_ms", "version"), NUMBERS),
    "anki": st.just({"ivl": 1}),
    "target": IDS,
    "due": TIMES,
    "flag": NUMBERS,
}


@st.composite
def sent(draw: st.DrawFn) -> dict:
    """A good review in which some fields are odd, or missing."""
    event = dict(REVIEW)
    for name in draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=3, unique=True)):
        event[name] = draw(FIELDS[name] if draw(st.integers(0, 3)) else ODD)
        if draw(st.integers(0, 9)) == 0:
            del event[name]
    return event


@given(event=sent())
@example(event=REVIEW)
@example(event={**REVIEW, "at": "2026-11-21T08:15:30.1239999Z"})
@example(event={**REVIEW, "at": "2026-11-21t08:15:30z"})
@example(event={**REVIEW, "prompt": "\ud800"})
@example(event={**REVIEW, "prompt": "größe", "reason": "weil"})
def test_a_review_read_quickly_is_the_one_that_is_read_field_by_field(event):
    quick = _good_review(event, RECEIVED)
    try:
        slow = _any_event(event, RECEIVED)
    except EventInvalid:
        assert quick is None
    else:
        assert quick is None or quick == slow
        assert read_event(event, received=RECEIVED) == slow


def test_a_usual_review_is_read_quickly():
    assert _good_review(REVIEW, RECEIVED) is not None


@given(events=card_events(), changes=parameter_events(), text=st.text(max_size=20))
def test_hashes_are_those_of_the_payloads_json_as_they_always_were(events, changes, text):
    for event in [*events, *changes, make_event(1, prompt=text, reason=text, anki={"ivl": 3})]:
        plain = json.dumps(
            payload(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        assert payload_text(event) == plain.encode()
        assert payload_hash(event) == hashlib.sha256(plain.encode()).hexdigest()


def test_the_hash_of_a_known_event_stays():
    """Stored hashes are compared with new ones for ever."""
    assert payload_hash(read_event(REVIEW, received=RECEIVED)) == KNOWN


@given(
    seconds=st.integers(0, 40 * 366 * 86_400),
    tz=st.sampled_from([*ZONES, "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]),
    rollover=st.integers(0, 23),
)
def test_study_days_by_the_quarter_hour_are_those_to_the_instant(seconds, tz, rollover):
    instant = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert study_day(instant, tz, rollover) == _day_at(instant, tz, rollover)
