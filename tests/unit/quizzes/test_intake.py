import json
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.errors import EventInvalid
from quizzes.domain.events import Kind, details, details_from, payload, payload_hash
from quizzes.domain.intake import read_event
from tests.unit.quizzes.histories import card_events, parameter_events

RECEIVED = datetime(2026, 11, 21, 9, 0, 0, 987654, tzinfo=UTC)
REVIEW = {
    "id": "6f0b2a3e-8d1c-4a77-9d53-0f2f8f8a3c11",
    "device": "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
    "seq": 17,
    "kind": "review",
    "prompt": "c04-l2-distance",
    "at": "2026-11-21T08:15:30.123Z",
    "tz": "Europe/Berlin",
    "rollover": 4,
    "rating": 3,
    "duration_ms": 5400,
    "version": 3,
}


def test_the_documented_event_is_read():
    event = read_event(REVIEW, received=RECEIVED)
    assert event.at == datetime(2026, 11, 21, 8, 15, 30, 123000, tzinfo=UTC)
    assert event.at.tzinfo is UTC
    assert (event.effective_at, event.day) == (event.at, date(2026, 11, 21))
    assert payload(event) == REVIEW


def test_a_clock_that_is_days_fast_is_held_at_receipt():
    event = read_event({**REVIEW, "at": "2026-11-25T08:00:00Z"}, received=RECEIVED)
    assert event.effective_at == RECEIVED.replace(microsecond=987000)
    assert event.day == date(2026, 11, 21)
    assert event.at.day == 25


def test_a_retry_in_another_spelling_has_the_same_hash():
    other = {**REVIEW, "at": "2026-11-21T09:15:30.123000+01:00", "id": REVIEW["id"].upper()}
    later = RECEIVED + timedelta(days=3)
    assert payload_hash(read_event(other, received=later)) == payload_hash(
        read_event(dict(reversed(REVIEW.items())), received=RECEIVED)
    )


@pytest.mark.parametrize("change", [{"rating": 1}, {"seq": 18}, {"tz": "UTC"}, {"version": 4}])
def test_another_payload_has_another_hash(change):
    assert payload_hash(read_event({**REVIEW, **change}, received=RECEIVED)) != payload_hash(
        read_event(REVIEW, received=RECEIVED)
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rating": 0}, "rating: must be a whole number from 1 to 4"),
        ({"rating": 7}, "rating: must be a whole number from 1 to 4"),
        ({"rating": True}, "rating"),
        ({"rating": 2.5}, "rating"),
        ({"rating": None}, "rating: missing"),
        ({"tz": "Mars/Olympus"}, "tz: must be an IANA time zone"),
        ({"tz": ["UTC"]}, "tz"),
        ({"rollover": 24}, "rollover"),
        ({"at": "2026-11-21T08:15:30"}, "at: must be a time with its offset"),
        ({"at": "yesterday"}, "at"),
        ({"at": 1700000000}, "at"),
        ({"at": "1926-11-21T08:15:30Z"}, "at: must lie between 2000 and 2200"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"id": "17"}, "id: must be a UUID"),
        ({"id": None}, "id: missing"),
        ({"device": 3}, "device"),
        ({"seq": -1}, "seq"),
        ({"seq": 2**63}, "seq"),
        ({"kind": "revue"}, "kind: must be one of review, practice, void"),
        ({"kind": []}, "kind"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "a\x00b"}, "prompt"),
        ({"prompt": "\ud800"}, "prompt"),
        ({"prompt": None}, "prompt: missing"),
        ({"duration_ms": -5}, "duration_ms"),
        ({"version": 0}, "version"),
        ({"kind": "void"}, "target: missing"),
        ({"kind": "void", "target": REVIEW["id"]}, "target: an event cannot take back itself"),
        ({"kind": "set_due"}, "due: missing"),
        ({"kind": "bury", "until": "soon"}, "until"),
        ({"kind": "flag", "flag": 9}, "flag"),
        ({"kind": "parameters"}, "prompt: parameters concern all cards"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(change, reason):
    with pytest.raises(EventInvalid) as refusal:
        read_event({**REVIEW, **change}, received=RECEIVED)
    assert reason in refusal.value.message


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parameters": [1.0] * 19}, "21 parameters, 19 were given"),
        ({"parameters": [float("nan")] * 21}, "parameter 0 is nan"),
        ({"parameters": "many"}, "parameters: must be a list of numbers"),
        ({"desired_retention": 1.7}, "desired retention lies between"),
        ({"maximum_interval": 0}, "maximum_interval"),
        ({"learning_steps": [0]}, "learning_steps"),
        ({"scheduler_version": "fsrs-5"}, "this server schedules with fsrs-6"),
    ],
)
def test_settings_that_would_ruin_a_schedule_are_refused(change, reason):
    event = {**REVIEW, "kind": "parameters", "prompt": None, **change}
    with pytest.raises(EventInvalid, match=reason):
        read_event(event, received=RECEIVED)


def test_all_problems_are_named_at_once():
    with pytest.raises(EventInvalid) as refusal:
        read_event({"kind": "review", "rating": 9}, received=RECEIVED)
    for name in ("id", "device", "seq", "prompt", "at", "rating"):
        assert f"{name}:" in refusal.value.message


@given(events=card_events(), changes=parameter_events())
def test_every_event_survives_a_trip_through_its_payload_and_its_row(events, changes):
    for event in [*events, *changes]:
        sent = json.loads(json.dumps(payload(event)))
        assert read_event(sent, received=event.effective_at) == event
        stored = json.loads(json.dumps(details(event)))
        for name, value in details_from(stored).items():
            assert getattr(event, name) == value


JSON = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.lists(st.integers(), max_size=3)
)


@given(
    kind=st.sampled_from([*Kind, "?"]),
    fields=st.dictionaries(
        st.sampled_from(
            [*REVIEW, "target", "due", "until", "flag", "reason", "parameters", "learning_steps"]
        ),
        JSON,
    ),
)
def test_no_payload_breaks_the_intake(kind, fields):
    try:
        read_event({**REVIEW, "target": str(uuid4()), "kind": kind, **fields}, received=RECEIVED)
    except EventInvalid as refusal:
        message = refusal.message
    else:
        message = "read"
    assert message
