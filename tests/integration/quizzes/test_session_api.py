"""Session, undo and leeches over REST, on two devices."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from content.models import Prompt
from quizzes.models import Card, ReviewEventRow
from quizzes.services import add_chapter, review_prompt
from tests.integration.quizzes.conftest import LAPTOP, sent
from tests.integration.quizzes.test_api import Phone

DAY = timedelta(days=1)


@pytest.fixture
def just_now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def phone(ada) -> Phone:
    return Phone(ada)


@pytest.fixture
def tablet(ada) -> Phone:
    return Phone(ada, "tablet")


def ids(reply) -> list[str]:
    return [card["prompt"]["id"] for card in reply.json()["cards"]]


def answered(device: Phone, at: datetime, prompt: str, **fields) -> str:
    event = sent(prompt, at=at, **fields)
    assert device.post("events/", {"events": [event]}).json()["results"][0]["status"] == "created"
    return event["id"]


def test_a_session_goes_on_on_another_device(ada, phone, tablet, just_now):
    add_chapter(ada, "pets", now=just_now)
    whole = ids(phone.get("session/"))
    answered(phone, just_now, whole[0], rating=4)
    assert ids(tablet.get("session/")) == whole[1:]
    assert ids(tablet.get("session/", limit=1)) == whole[1:2]
    assert phone.get("session/").json()["id"] == tablet.get("session/").json()["id"]


def test_undo_takes_one_act_back_however_many_devices_ask(ada, phone, tablet, just_now):
    first = answered(phone, just_now - timedelta(seconds=9), "c05-0")
    second = answered(phone, just_now, "c05-1")
    replies = [device.post("undo/", {"event": second}).json() for device in (phone, tablet)]
    assert [reply["taken_back"]["event"] for reply in replies] == [second, second]
    assert [reply["before"] for reply in replies] == [False, True]
    assert [reply["next"]["event"] for reply in replies] == [first, first]
    assert ReviewEventRow.objects.filter(kind="void").count() == 1
    assert tablet.post("undo/", {}).json()["taken_back"]["event"] == first
    assert tablet.post("undo/", {}).json()["taken_back"] is None


def test_undo_says_why_it_cannot(ada, phone, just_now):
    old = answered(phone, just_now - 3 * DAY, "c05-0")
    reply = phone.post("undo/", {"event": old})
    assert (reply.status_code, reply.json()["type"]) == (409, "/problems/cannot-undo")
    assert phone.post("undo/", {"event": str(uuid4())}).status_code == 404
    assert "event" in phone.post("undo/", {"event": "yes"}).json()["errors"]


def test_cram_asks_each_card_until_it_is_known_and_leaves_the_schedule_alone(ada, phone, just_now):
    add_chapter(ada, "pets", now=just_now)
    review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=just_now - DAY)
    before = list(Card.objects.order_by("pk").values())
    ask = {"mode": "cram", "chapter": "pets"}
    asked = []
    while cards := (reply := phone.get("session/", **ask)).json()["cards"]:
        assert cards[0]["intervals"] is None
        prompt = cards[0]["prompt"]["id"]
        rating = 1 if prompt not in asked and len(asked) < 2 else 3
        asked.append(prompt)
        moment = datetime.now(UTC)
        answered(phone, moment, prompt, kind="practice", rating=rating, reason="cram")
    assert len(asked) == 7
    assert sorted(asked[-2:]) == sorted(asked[:2])
    assert reply.json()["counts"]["done"] == 5
    assert list(Card.objects.order_by("pk").values()) == before
    again = {"since": datetime.now(UTC).isoformat()}
    assert len(ids(phone.get("session/", **ask, **again))) == 5


def test_preview_shows_new_cards_only(ada, phone, just_now):
    add_chapter(ada, "pets", now=just_now)
    review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=just_now - DAY)
    assert set(ids(phone.get("session/", mode="preview"))) == {f"c05-{n}" for n in range(1, 5)}


def test_cram_can_ask_what_was_missed_today_or_flagged_or_is_due_soon(ada, phone, just_now):
    review_prompt(ada, "c05-0", rating=1, device=LAPTOP, now=just_now)
    review_prompt(ada, "c05-1", rating=4, device=LAPTOP, now=just_now)
    answered(phone, just_now, "c05-1", kind="flag", seq=2)
    assert ids(phone.get("session/", mode="cram", what="missed")) == ["c05-0"]
    assert ids(phone.get("session/", mode="cram", what="flagged")) == ["c05-1"]
    assert ids(phone.get("session/", mode="cram", what="ahead", days=30)) == ["c05-1"]
    ahead = phone.get("session/", mode="ahead", days=30)
    assert ids(ahead) == ["c05-1"]
    assert set(ahead.json()["cards"][0]["intervals"]) == {"again", "hard", "good", "easy"}


def test_a_session_can_be_held_to_flags_and_to_several_chapters(ada, phone, just_now):
    add_chapter(ada, "pets", now=just_now)
    add_chapter(ada, "mnist-basics", now=just_now)
    answered(phone, just_now, "c05-3", kind="flag", flag=2)
    assert ids(phone.get("session/", flag=2)) == ids(phone.get("session/", flag=0)) == ["c05-3"]
    assert ids(phone.get("session/", flag=3)) == []
    assert len(ids(phone.get("session/", chapter=["pets", "mnist-basics"]))) == 13


def test_leeches_are_listed_page_by_page_with_what_they_are_confused_with(ada, phone, just_now):
    Prompt.objects.filter(pk__in=["c05-0", "c05-1"]).update(facts=["C5-1"])
    add_chapter(ada, "pets", now=just_now)
    for lapses, prompt in enumerate(("c05-2", "c05-0", "c05-3"), start=8):
        Card.objects.filter(prompt=prompt).update(lapses=lapses, phase="review")
    first = phone.get("leeches/", limit=2).json()
    assert [leech["prompt"] for leech in first["results"]] == ["c05-3", "c05-0"]
    assert [leech["confused_with"] for leech in first["results"]] == [None, "c05-1"]
    rest = phone.get("leeches/", after=first["next"]).json()
    assert ([leech["prompt"] for leech in rest["results"]], rest["next"]) == (["c05-2"], None)


def test_a_leech_that_is_kept_is_listed_again_after_half_as_many_lapses(ada, phone, just_now):
    add_chapter(ada, "pets", now=just_now)
    cards = Card.objects.filter(prompt="c05-0")
    cards.update(lapses=9, phase="review")
    assert phone.post("leeches/c05-0/keep/").status_code == 204
    assert phone.post("leeches/c04-basic/keep/").status_code == 404
    for lapses, listed in ((9, 0), (11, 0), (12, 1)):
        cards.update(lapses=lapses)
        assert len(phone.get("leeches/").json()["results"]) == listed
