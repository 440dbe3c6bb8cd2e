"""The desk beyond answering: a round of practice, the page of a card, two browsers at once."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import violations
from tests.browser.test_story import answer_card


@pytest.fixture
def with_cards(watch, newcomer) -> str:
    page = watch(state=newcomer).page
    page.goto("/chapters/mnist-basics/")
    page.get_by_role("button", name="Add this chapter to my reviews").click()
    expect(page.get_by_text("joined your cards")).to_be_visible()
    return newcomer


def shown(page: Page) -> str:
    return page.locator("[data-desk] input[name=prompt]").first.input_value()


def test_a_second_browser_goes_on_and_both_undo_the_same_act_once(watch, with_cards):
    one, two = watch(state=with_cards).page, watch(state=with_cards, width=360).page
    one.goto("/review/")
    first = shown(one)
    answer_card(one)
    one.keyboard.press("4")
    expect(one.locator("[data-said]")).to_contain_text("Rated “Easy”")
    two.goto("/review/")
    assert shown(two) == shown(one) != first
    expect(two.locator("[data-desk]")).to_contain_text("2 of")
    one.keyboard.press("u")
    expect(one.locator("[data-said]")).to_contain_text("Taken back")
    two.get_by_role("button", name="Undo").click()
    expect(two.locator("[data-said]")).to_contain_text("Taken back")
    assert shown(one) == shown(two) == first
    two.goto("/review/acts/")
    expect(two.get_by_text("Nothing of today is left")).to_be_visible()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_round_by_keyboard_and_the_page_of_its_card(watch, with_cards, colours):
    page = watch(state=with_cards, width=360, colours=colours).page
    page.goto("/cram/")
    page.get_by_role("checkbox", name="MNIST basics").check()
    page.get_by_role("button", name="Begin the round").click()
    expect(page.get_by_text("the schedule stays as it is")).to_be_visible()
    first = shown(page)
    found = violations(page, "round")
    answer_card(page)
    found += violations(page, "round, answer shown")
    page.keyboard.press("2")
    expect(page.locator("[data-said]")).to_contain_text("Practised, known")
    assert shown(page) != first
    page.locator("[data-menu] summary").click()
    found += violations(page, "menu")
    page.get_by_role("link", name="About this card").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    found += violations(page, "card")
    page.goto(f"/cards/{first}/")
    expect(page.get_by_text("Practised, known in a round of practice")).to_be_visible()
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert (found, over) == ([], 0)


def test_a_review_of_one_chapter_stays_there_and_a_used_id_is_told(watch, with_cards):
    watched = watch(state=with_cards, width=360)
    page = watched.page
    page.goto("/review/?chapter=mnist-basics")
    first = shown(page)
    answer_card(page)
    page.keyboard.press("4")
    expect(page.locator("[data-said]")).to_contain_text("Rated “Easy”")
    assert shown(page) != first
    expect(page.locator("[data-desk]")).to_contain_text("Only “")
    used = page.locator("form[action='/review/undo/'] input[name=event]").first.input_value()
    page.evaluate(
        "id => document.querySelectorAll('[data-mark] input[name=event]')"
        ".forEach(field => { field.value = id; })",
        used,
    )
    page.get_by_role("button", name="Flag").click()
    expect(page.get_by_role("heading", name="This was already done otherwise")).to_be_visible()
    assert all("409" in complaint for complaint in watched.complaints)
    watched.complaints.clear()
