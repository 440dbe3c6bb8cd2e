"""Bad input to `POST events/`: each event gets its own answer, and no call breaks."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizzes.models import Card, ReviewEventRow
from quizzes.services import review_prompt
from studyhub.accounts.models import User
from tests.integration.quizzes.conftest import LAPTOP, add_prompt, sent
from tests.integration.quizzes.test_api import Phone


@pytest.fixture
def phone(ada) -> Phone:
    return Phone(ada)


@pytest.fixture
def just_now() -> datetime:
    return datetime.now(UTC)


def results(reply) -> list[dict]:
    assert reply.status_code == 200, reply.content[:300]
    return reply.json()["results"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"rating": 0}, "rating"),
        ({"rating": 5}, "rating"),
        ({"rating": "3"}, "rating"),
        ({"rating": [3]}, "rating"),
        ({"rating": {"value": 3}}, "rating"),
        ({"rating": 10**40}, "rating"),
        ({"seq": -1}, "seq"),
        ({"seq": 2**63}, "seq"),
        ({"duration_ms": 86_400_001}, "duration_ms"),
        ({"version": 2**31}, "version"),
        ({"rollover": 24}, "rollover"),
        ({"tz": "../../etc/passwd"}, "tz"),
        ({"tz": "x" * 100_000}, "tz"),
        ({"at": "1999-01-01T00:00:00Z"}, "at"),
        ({"at": "9999-12-31T23:59:59Z"}, "at"),
        ({"at": "soon"}, "at"),
        ({"id": "not-a-uuid"}, "id"),
        ({"id": None}, "id"),
        ({"id": {"a": 1}}, "id"),
        ({"device": []}, "device"),
        ({"kind": "void", "target": "x"}, "target"),
        ({"kind": "drop table"}, "kind"),
        ({"prompt": "x" * 129}, "prompt"),
        ({"prompt": "c04-basic\x00"}, "prompt"),
        ({"prompt": ["c04-basic"]}, "prompt"),
        ({"reason": "x" * 65}, "reason"),
    ],
)
def test_each_field_out_of_range_is_named_and_stops_no_other_event(phone, just_now, change, named):
    good = sent(at=just_now)
    first, second = results(phone.post("events/", {"events": [{**sent(), **change}, good]}))
    assert (first["status"], second["status"]) == ("invalid", "created")
    assert named in first["reason"]
    assert ReviewEventRow.objects.count() == 1


@pytest.mark.parametrize(
    "reason", ["balance", "easy-day", "break", "backlog", "exam", "reschedule", "import"]
)
def test_a_device_moves_no_card_in_the_name_of_the_servers_plans(phone, just_now, reason):
    due = (just_now + timedelta(days=5)).isoformat()
    batch = [
        sent(at=just_now),
        sent(kind="set_due", at=just_now, due=due, reason=reason, seq=2),
        sent(kind="set_due", at=just_now, due=due, reason="learner", seq=3),
        sent(kind="set_due", at=just_now, due=due, seq=4),
    ]
    found = results(phone.post("events/", {"events": batch}))
    assert [one["status"] for one in found] == ["created", "invalid", "created", "created"]
    assert reason in found[1]["reason"]
    assert "the server" in found[1]["reason"]


def test_a_retention_for_a_chapter_that_is_not_there_is_refused_alone(phone, just_now):
    def setting(seq: int, **chapters) -> dict:
        return sent(None, "parameters", at=just_now, seq=seq, chapter_retention=chapters)

    batch = [setting(1, pets=0.8), setting(2, nowhere=0.8, pets=0.95), setting(3, nowhere=None)]
    found = results(phone.post("events/", {"events": batch}))
    assert [one["status"] for one in found] == ["created", "invalid", "created"]
    assert "'nowhere'" in found[1]["reason"]
    assert phone.get("scheduling/").json()["chapter_retention"] == {"pets": 0.8}


@pytest.mark.parametrize(("kind", "field"), [("set_due", "due"), ("bury", "until")])
def test_a_chosen_day_out_of_range_is_not_blamed_on_the_clock(phone, just_now, kind, field):
    event = {**sent(kind=kind, at=just_now), field: "2999-01-01T00:00:00Z"}
    [result] = results(phone.post("events/", {"events": [event]}))
    assert (result["status"], field in result["reason"]) == ("invalid", True)
    assert "choose a day" in result["reason"]
    assert "clock" not in result["reason"]


@pytest.mark.parametrize("name", ["localtime", "Factory", "Nowhere/Land", "", "../etc/passwd"])
def test_a_time_zone_that_is_stored_and_unknown_stops_nothing(ada, phone, just_now, name):
    """Such a row may be older than today's rules, or than this machine's list of zones."""
    User.objects.filter(pk=ada.pk).update(time_zone=name)
    [result] = results(phone.post("events/", {"events": [sent(at=just_now)]}))
    assert result["status"] == "created"
    ReviewEventRow.objects.update(tz=name)
    ada.refresh_from_db()
    review_prompt(ada, "c04-basic", rating=1, device=LAPTOP, now=just_now)
    for path in ("session/", "stats/", "plan/", "changes/"):
        assert phone.get(path).status_code == 200
    assert ReviewEventRow.objects.get(rating=1).tz == "UTC"


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Factory", "MET/Nowhere"])
def test_an_event_in_no_real_time_zone_is_refused(phone, just_now, name):
    [result] = results(phone.post("events/", {"events": [sent(at=just_now, tz=name)]}))
    assert (result["status"], "tz" in result["reason"]) == ("invalid", True)


def test_an_event_from_the_future_counts_from_its_receipt(phone, just_now):
    event = sent(at=just_now + timedelta(days=4000))
    [result] = results(phone.post("events/", {"events": [event]}))
    assert result["status"] == "created"
    effective = datetime.fromisoformat(result["effective_at"])
    assert abs(effective - just_now) < timedelta(minutes=5)
    assert Card.objects.get().last_review == effective


def test_a_card_of_someone_else_is_as_if_it_were_not_there(phone, bob, deck, just_now):
    add_prompt(deck, None, "bobs", "basic", owner=bob)
    batch = [sent("bobs", at=just_now), sent("nowhere", at=just_now)]
    theirs, missing = results(phone.post("events/", {"events": batch}))
    assert theirs["status"] == missing["status"] == "invalid"
    assert theirs["reason"].replace("bobs", "nowhere") == missing["reason"]
    assert not Card.objects.exists()


def test_events_that_contradict_each_other_are_told_apart_within_one_call(phone, just_now):
    event = sent(at=just_now)
    batch = [event, event, {**event, "rating": 1}, {**event, "kind": "suspend"}, event]
    statuses = [result["status"] for result in results(phone.post("events/", {"events": batch}))]
    assert statuses == ["created", "duplicate", "conflict", "conflict", "duplicate"]
    assert Card.objects.get().reps == 1


def test_no_more_than_a_thousand_events_come_in_one_call(phone, just_now):
    batch = [sent("c05-0", at=just_now, seq=n) for n in range(1001)]
    reply = phone.post("events/", {"events": batch})
    assert reply.status_code == 400
    assert "1000" in reply.json()["errors"]["events"][0]
    assert not ReviewEventRow.objects.exists()


def test_a_body_too_large_to_read_is_refused_in_words(phone):
    reply = phone.post("events/", {"events": [], "more": "x" * 4_000_000})
    assert reply.status_code == 413
    assert reply["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("value", ["[" * 100_000 + "]" * 100_000, '{"events": [' + "[" * 50_000])
def test_json_that_is_nested_deeply_or_torn_off_is_refused(phone, value):
    reply = phone.client.post("/api/v1/events/", value, content_type="application/json")
    assert reply.status_code == 400
    assert reply["Content-Type"] == "application/problem+json"


def test_an_event_nested_deeply_is_refused_alone(phone, just_now):
    deep: list = []
    for _ in range(200):
        deep = [deep]
    batch = [{**sent(), "rating": deep}, deep, sent(at=just_now)]
    statuses = [result["status"] for result in results(phone.post("events/", {"events": batch}))]
    assert statuses == ["invalid", "invalid", "created"]


@pytest.mark.parametrize("wrong", [-1, 51, "1", 1.5, True, None, [1]])
def test_a_number_of_next_cards_that_cannot_be_is_refused_before_anything_is_stored(
    phone, just_now, wrong
):
    reply = phone.post("events/", {"events": [sent(at=just_now)], "next": wrong})
    if reply.status_code == 200:
        assert wrong == "1"  # a number spelled as text is read, as elsewhere in the API
        return
    assert reply.status_code == 400
    assert "next" in reply.json()["errors"]
    assert not ReviewEventRow.objects.exists()


def test_the_answer_has_the_next_cards_where_they_are_asked_for(phone, just_now):
    batch = [sent(f"c05-{n}", at=just_now - timedelta(days=1), seq=n) for n in range(3)]
    body = phone.post("events/", {"events": batch, "next": 2}).json()
    again = phone.get("session/", limit=2).json()
    assert [card["prompt"] for card in body["session"]["cards"]] == [
        card["prompt"] for card in again["cards"]
    ]
    assert len(body["session"]["cards"]) == 2
    assert body["session"]["counts"] == again["counts"]
    assert set(body["session"]) == set(again)
    assert "session" not in phone.post("events/", {"events": []}).json()


FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELD = st.sampled_from(
    ["id", "device", "seq", "kind", "prompt", "at", "tz", "rollover", "rating", "target", "due",
     "until", "flag", "reason", "parameters", "chapter_retention", "learning_steps", "version"]
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["review", "void", "flag", "bury", "set_due", "parameters", "reset"]),
    changes=st.dictionaries(FIELD, JSON, max_size=3),
    other=JSON,
)
def test_whatever_comes_there_is_one_result_for_each_event(phone, kind, changes, other):
    event = {**sent(kind=kind, due="2026-03-09T10:00:00Z", target=str(uuid4())), **changes}
    reply = phone.client.post(
        "/api/v1/events/",
        json.dumps({"events": [event, other]}),
        content_type="application/json",
    )
    found = results(reply)
    assert len(found) == 2
    assert all(result["reason"] for result in found if result["status"] == "invalid")
