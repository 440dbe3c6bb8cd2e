"""Reviews held to one deck, to the course or to a chapter, as pages without script."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from quizzes.models import ReviewEventRow
from quizzes.services import add_chapter, change_settings, own_editing, review_prompt
from quizzes.services.decks import create_deck
from tests.integration.quizzes.conftest import SKY


@pytest.fixture
def browser(ada, optics) -> Client:
    now = datetime.now(UTC)
    for number in (1, 2):
        own_editing.write_card(ada, "optics", SKY, now=now, chosen=UUID(int=number))
    add_chapter(ada, "mnist-basics", now=now)
    add_chapter(ada, "pets", now=now)
    client = Client()
    client.force_login(ada)
    return client


def forms(page: Any) -> dict[str, dict[str, str]]:
    """The hidden fields of the page's forms, by the address that each goes to."""
    found = re.findall(
        r'<form[^>]* action="([^"]+)"[^>]*>(.*?)</form>', page.content.decode(), flags=re.DOTALL
    )
    fields = r'<input type="hidden" name="(\w+)" value="([^"]*)"'
    return {
        address: {name: value.replace("&amp;", "&") for name, value in re.findall(fields, form)}
        for address, form in found
    }


def rated(client: Client, page: Any, rating: int = 4) -> Any:
    """Rates by the fields that the page's own form carries, and follows."""
    if "/review/check/" in forms(page):
        page = client.post("/review/check/", {**forms(page)["/review/check/"], "skip": "1"})
    sent = {**forms(page)["/review/rate/"], "rating": rating}
    return client.post("/review/rate/", sent, follow=True)


def asked(client: Client, page: Any) -> list[str]:
    """Rates every card of the review that begins with `page`."""
    prompts = []
    while "prompt" in page.context:
        prompts.append(page.context["prompt"].pk)
        page = rated(client, page)
    assert "That is all of it for now." in page.content.decode()
    return prompts


@pytest.mark.parametrize(
    ("query", "cards", "prefix"),
    [("deck=optics", 2, "u-"), ("deck=course", 13, "c0"), ("chapter=pets", 5, "c05-")],
)
def test_a_review_stays_with_its_deck_or_chapter_to_the_end(browser, query, cards, prefix):
    page = browser.get(f"/review/?{query}")
    assert page.context["total"] == cards
    prompts = asked(browser, page)
    assert len(set(prompts)) == cards
    own = set(ReviewEventRow.objects.values_list("prompt__deck__slug", flat=True))
    assert own == ({"optics"} if query == "deck=optics" else {"course"})
    if prefix != "u-":
        assert all(prompt.startswith(prefix) for prompt in prompts)
    assert browser.get("/review/").context["total"] > 0


def test_flag_undo_and_show_keep_to_the_deck(browser):
    page = browser.get("/review/?deck=optics")
    first = page.context["prompt"].pk
    shown = forms(page)["/review/"]
    assert shown == {"deck": "optics", "card": first, "shown": "1"}
    flag = {**forms(page)["/review/mark/"], "mark": "flag"}
    page = browser.post("/review/mark/", flag, follow=True)
    assert (page.context["prompt"].pk, page.context["flagged"]) == (first, True)
    page = rated(browser, page)
    assert page.context["prompt"].pk != first
    page = browser.post("/review/undo/", forms(page)["/review/undo/"], follow=True)
    assert page.context["prompt"].pk == first
    assert page.request["QUERY_STRING"] == f"deck=optics&card={first}&undone=1"


def test_the_decks_lead_to_their_reviews(browser, ada):
    create_deck(ada, title="Empty")
    decks = browser.get("/decks/").content.decode()
    assert 'href="/review/?deck=optics"' in decks
    assert 'href="/review/?deck=course"' in decks
    assert "deck=empty" not in decks
    assert 'href="/review/?deck=optics"' in browser.get("/decks/optics/").content.decode()
    assert 'href="/review/?chapter=pets"' in browser.get("/chapters/pets/").content.decode()


def test_what_the_daily_limit_holds_back_is_said(browser, ada):
    long_ago = datetime.now(UTC) - timedelta(days=30)
    review_prompt(ada, "c05-0", rating=4, device=UUID(int=7), now=long_ago)
    change_settings(ada, {"reviews_per_day": 0, "new_per_day": 0}, now=long_ago)
    for address in ("/review/", "/review/?chapter=pets"):
        page = browser.get(address).content.decode()
        assert "1 card more than your daily limit leaves room for." in page
        assert "Nothing is due." not in page


def test_a_deck_where_nothing_waits_says_so_and_leads_on(browser, ada):
    create_deck(ada, title="Empty")
    page = browser.get("/review/?deck=empty").content.decode()
    assert "Nothing of “Empty” waits today." in page
    assert 'href="/review/">Review everything' in page


@pytest.mark.parametrize("query", ["deck=optics", "deck=nowhere", "chapter=nowhere"])
def test_nobody_reviews_a_deck_of_someone_else_or_none(browser, bob, query):
    if query == "deck=optics":
        browser.force_login(bob)
    assert browser.get(f"/review/?{query}").status_code == 404
