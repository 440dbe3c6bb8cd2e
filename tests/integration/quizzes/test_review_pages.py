"""The desk, rounds, a card's page and hard cards, as forms without script."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from quizzes.models import Card, ReviewEventRow
from quizzes.services import add_chapter, review_prompt
from tests.integration.quizzes.conftest import LAPTOP, PHONE

DAY = timedelta(days=1)


@pytest.fixture
def just_now() -> datetime:
    return datetime.now(UTC)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser(ada) -> Client:
    return signed_in(ada)


@pytest.fixture
def pets(ada, just_now) -> None:
    add_chapter(ada, "pets", now=just_now)


def text(reply) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode()))


def rate(client: Client, rating: int = 3, **fields) -> str:
    shown = client.get("/review/").context
    sent = {"prompt": shown["prompt"].pk, "event": str(shown["event"]), "rating": rating, **fields}
    assert client.post("/review/rate/", sent).status_code == 302
    return shown["prompt"].pk


def test_the_address_of_a_chapters_cards_leads_to_their_review(browser, pets):
    reply = browser.get("/review/chapter/pets/", follow=True)
    assert reply.redirect_chain == [("/review/?chapter=pets", 302)]
    assert reply.context["prompt"].pk.startswith("c05-")


def test_another_browser_goes_on_where_this_one_stopped(ada, browser, pets):
    first = rate(browser, 4)
    other = signed_in(ada).get("/review/").context
    assert (other["done"], other["place"], other["total"]) == (1, 2, 5)
    assert other["prompt"].pk != first
    assert other["said"].startswith("Rated “Easy”. Back")
    assert other["last"].prompt == first


def test_undo_on_another_browser_brings_the_card_back_and_twice_is_once(ada, browser, pets):
    rate(browser, 4)
    second = rate(browser, 4)
    other = signed_in(ada)
    sent = {"event": str(other.get("/review/").context["last"].event)}
    replies = [client.post("/review/undo/", sent, follow=True) for client in (other, browser)]
    assert [reply.context["prompt"].pk for reply in replies] == [second, second]
    assert replies[0].context["said"] == "Taken back. The card is here again."
    assert ReviewEventRow.objects.filter(kind="void").count() == 1


def test_all_of_today_can_be_taken_back_in_any_order(browser, pets):
    first, second = rate(browser, 4), rate(browser, 4)
    page = browser.get("/review/acts/")
    assert [act.prompt for act in page.context["acts"]] == [second, first]
    event = str(page.context["acts"][1].event)
    page = browser.post("/review/undo/", {"event": event, "then": "acts"}, follow=True)
    assert [act.prompt for act in page.context["acts"]] == [second]


def test_a_form_whose_id_is_another_acts_is_refused_on_a_page(browser, pets):
    shown = browser.get("/review/").context
    sent = {"prompt": shown["prompt"].pk, "event": str(shown["event"])}
    assert browser.post("/review/rate/", {**sent, "rating": 3}).status_code == 302
    for _ in range(2):
        assert browser.post("/review/rate/", {**sent, "rating": 3}).status_code == 302
    practice = {**sent, "rating": 3, "round": "what=all"}
    for path, wrong in (
        ("/review/rate/", {**sent, "rating": 1}),
        ("/review/rate/", practice),
        ("/review/mark/", {**sent, "mark": "flag"}),
    ):
        reply = browser.post(path, wrong)
        assert reply.status_code == 409
        assert "and that" in text(reply)
        assert "kept" in text(reply)
    assert ReviewEventRow.objects.count() == 1


@pytest.mark.parametrize("mark", ["suspend", "bury"])
def test_a_card_is_put_away_from_the_desk(browser, pets, mark):
    shown = browser.get("/review/").context
    sent = {"prompt": shown["prompt"].pk, "event": str(shown["event"]), "mark": mark}
    for _ in range(2):
        after = browser.post("/review/mark/", sent, follow=True).context
    assert after["prompt"].pk != shown["prompt"].pk
    assert ReviewEventRow.objects.count() == 1


def test_a_date_that_was_set_is_told_with_its_day_and_its_card(browser, pets, just_now):
    shown = browser.get("/review/").context
    day = (just_now + 9 * DAY).date()
    sent = {"prompt": shown["prompt"].pk, "event": str(shown["event"]), "due": str(day)}
    after = browser.post("/review/mark/", {**sent, "mark": "set_due"}, follow=True)
    told = f"Date set to {day.day} {day:%B %Y}"
    assert after.context["said"] == f"{told}, on: {shown['prompt'].question_text}"
    assert told in text(browser.get("/review/acts/"))
    assert told in text(browser.get(f"/cards/{shown['prompt'].pk}/"))


def test_an_answer_to_a_card_that_is_gone_is_refused_in_words_for_people(browser, pets):
    sent = {"prompt": "my-gone", "event": str(uuid4()), "rating": 3}
    reply = browser.post("/review/rate/", sent)
    assert reply.status_code == 400
    assert "This answer cannot be kept." in text(reply)
    assert "prompt:" not in text(reply)


def test_a_flag_goes_on_and_off_and_the_card_stays(browser, pets):
    shown = browser.get("/review/").context
    for flagged, mark in ((True, "flag"), (False, "unflag")):
        sent = {"prompt": shown["prompt"].pk, "event": str(uuid4()), "mark": mark}
        after = browser.post("/review/mark/", sent, follow=True).context
        assert (after["prompt"].pk, after["flagged"]) == (shown["prompt"].pk, flagged)


def test_beginning_anew_asks_to_be_sure(ada, browser, just_now):
    review_prompt(ada, "c05-0", rating=4, device=PHONE, now=just_now)
    sent = {"prompt": "c05-0", "event": str(uuid4()), "mark": "reset", "then": "card"}
    refused = browser.post("/review/mark/", sent)
    assert (refused.status_code, Card.objects.get().reps) == (400, 1)
    browser.post("/review/mark/", {**sent, "sure": "yes"})
    assert Card.objects.get().reps == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"mark": "explode"},
        {"mark": "set_due", "due": "yesterday"},
        {"mark": "set_due", "due": "9999-12-31"},
        {"mark": "suspend", "prompt": "nobody"},
        {"mark": "suspend", "prompt": "\x00"},
    ],
)
def test_a_wrong_mark_is_refused_in_words(browser, pets, wrong):
    reply = browser.post("/review/mark/", {"prompt": "c05-0", "event": str(uuid4()), **wrong})
    assert reply.status_code in (400, 404)
    assert not ReviewEventRow.objects.exists()


def test_a_round_asks_until_known_and_says_that_the_schedule_stays(browser, pets, just_now):
    before = list(Card.objects.order_by("pk").values())
    page = browser.get("/cram/")
    query = {"what": "all", "chapter": "pets", "since": page.context["since"]}
    page = browser.get("/cram/go/", query)
    assert "the schedule stays as it is" in text(page)
    asked = []
    while "prompt" in page.context:
        shown = page.context
        asked.append(shown["prompt"].pk)
        sent = {
            "prompt": asked[-1],
            "event": str(uuid4()),
            "rating": 1 if len(asked) == 1 else 3,
            "round": shown["round"].query(),
        }
        page = browser.post("/review/rate/", sent, follow=True)
    assert (len(asked), asked[-1]) == (6, asked[0])
    assert "each of the 5 cards" in text(page)
    assert list(Card.objects.order_by("pk").values()) == before
    page = browser.post(
        "/review/undo/",
        {"event": str(page.context["last"].event), "round": page.context["round"].query()},
        follow=True,
    )
    assert page.context["prompt"].pk == asked[-1]


def test_studying_ahead_counts(ada, browser, just_now):
    review_prompt(ada, "c05-0", rating=4, device=PHONE, now=just_now - DAY)
    page = browser.get("/cram/go/", {"what": "early", "days": 30})
    assert "These answers count" in text(page)
    sent = {"prompt": "c05-0", "event": str(uuid4()), "rating": 3}
    page = browser.post("/review/rate/", {**sent, "round": page.context["round"].query()})
    assert Card.objects.get().reps == 2


@pytest.mark.parametrize("query", ["what=x&days=x&since=x&chapter=%00", "since=99999999999999"])
def test_a_round_that_cannot_be_read_is_a_round_all_the_same(browser, pets, query):
    assert browser.get(f"/cram/go/?{query}").status_code == 200


def test_a_cards_page_tells_its_state_and_its_history(ada, browser, pets, just_now):
    for days in (9, 5, 0):
        review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=just_now - days * DAY)
    page = browser.get("/cards/c05-0/")
    assert [row["what"] for row in page.context["rows"]] == ["Rated “Easy”"] * 3
    assert page.context["retention"]["svg"].count("<polyline") == 3
    assert "comes back" in page.context["state"]
    undo = {"event": str(page.context["card"].undo.event), "then": "card"}
    page = browser.post("/review/undo/", undo, follow=True)
    assert page.context["rows"][0]["voided"]
    assert page.context["card"].undo is None
    assert Card.objects.get(prompt="c05-0").reps == 2


def test_a_cards_history_survives_an_edit_of_its_text(ada, browser, just_now):
    review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=just_now)
    prompt = Card.objects.get().prompt
    prompt.version, prompt.question_html = 2, "<p>Anew?</p>"
    prompt.save()
    page = browser.get("/cards/c05-0/")
    assert "Anew?" in text(page)
    assert len(page.context["rows"]) == 1


def test_a_new_card_has_a_page_too_and_a_strangers_has_none(browser, bob, pets):
    assert "New" in browser.get("/cards/c05-0/").context["state"]
    assert browser.get("/cards/c04-basic/").status_code == 404
    assert signed_in(bob).get("/cards/c05-0/").status_code == 404


def test_hard_cards_are_listed_with_what_to_do(browser, pets):
    Card.objects.filter(prompt="c05-2").update(lapses=9, phase="review")
    page = browser.get("/leeches/")
    assert "Missed 9 times" in text(page)
    browser.post("/leeches/c05-2/keep/")
    assert "Missed 9 times" not in text(browser.get("/leeches/"))


def test_a_chapter_is_put_away_as_one_act(browser, pets):
    sent = {"mark": "suspend", "event": str(uuid4())}
    page = browser.post("/review/chapter/pets/", sent, follow=True)
    assert [act.said for act in page.context["acts"]] == ["Suspended 5 cards"]
    assert Card.objects.filter(suspended=True).count() == 5
    wrong = browser.post("/review/chapter/pets/", {"mark": "review"})
    assert wrong.status_code == 400
