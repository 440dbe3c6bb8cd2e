"""Answers are kept: without script, and over a connection that drops."""

import re

from playwright.sync_api import expect

CHAPTER = "/chapters/mnist-basics/"


def test_notes_and_review_work_without_script(watch):
    page = watch(script=False).page
    page.goto(CHAPTER)
    prompt = page.locator("details.prompt:not(.kept)").last
    name = prompt.get_attribute("id")
    prompt.locator("summary").click()
    prompt.get_by_role("button", name="I knew it").click()
    expect(page.locator(f"#{name}")).to_have_class(re.compile("kept"))
    add = page.get_by_role("button", name="Add this chapter to my reviews")
    if add.count():
        add.click()
    page.goto("/review/")
    for _ in range(3):
        if page.locator("[data-check]").count():
            page.get_by_role("button", name="I don’t know").click()
        else:
            page.get_by_role("button", name="Show the answer").click()
        page.locator(".rate.good").click()
        expect(page.locator("[data-said]")).to_contain_text("Rated “Good”")


def test_an_answer_given_while_the_line_is_down_arrives_once(watch):
    watched = watch()
    page = watched.page
    page.goto(CHAPTER)
    prompt = page.locator("details.prompt:not(.kept)").nth(2)
    name = prompt.get_attribute("id")
    prompt.locator("summary").click()
    page.context.set_offline(True)
    prompt.get_by_role("button", name="I knew it").click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The connection dropped")
    expect(prompt).not_to_have_class(re.compile("kept"))
    page.context.set_offline(False)  # the page notices by itself
    expect(page.locator(f"#{name}")).to_have_class(re.compile("kept"))
    expect(notice).to_be_hidden()
    watched.complaints.clear()  # Chromium reports each failed request itself


def test_a_server_that_is_away_can_be_tried_again_by_hand(watch):
    watched = watch()
    page = watched.page
    page.goto(CHAPTER)
    prompt = page.locator("details.prompt:not(.kept)").nth(1)
    name = prompt.get_attribute("id")
    prompt.locator("summary").click()
    page.route("**/prompts/**", lambda route: route.fulfill(status=502, body="away"))
    prompt.get_by_role("button", name="I knew it").click()
    expect(page.get_by_role("alert")).to_contain_text("Keep this page open")
    page.unroute("**/prompts/**")
    page.get_by_role("button", name="Try again now").click()
    expect(page.locator(f"#{name}")).to_have_class(re.compile("kept"))
    watched.complaints.clear()


def test_a_reply_that_got_lost_is_asked_for_again_and_counts_once(watch):
    watched = watch()
    page = watched.page
    page.goto(CHAPTER)
    prompt = page.locator("details.prompt:not(.kept)").nth(3)
    name = prompt.get_attribute("id")
    prompt.locator("summary").click()
    lost: list[int] = []

    def lose_the_first_reply(route):
        reply = route.fetch()
        if lost:
            route.fulfill(response=reply)
        else:
            lost.append(reply.status)
            route.abort()

    page.route("**/prompts/**", lose_the_first_reply)
    before = answered_today(page)
    prompt.get_by_role("button", name="Not yet").click()
    expect(page.locator(f"#{name}")).to_have_class(re.compile("kept"))
    assert lost == [200]
    assert answered_today(page) == before + 1
    watched.complaints.clear()


def answered_today(page) -> int:
    """What Today says; asked in a page of its own, so that the reader stays where it is."""
    other = page.context.new_page()
    other.goto("/")
    facts = other.locator("dt", has_text="Answered today").locator("+ dd")
    count = int(facts.inner_text()) if facts.count() else 0
    other.close()
    return count


def test_the_chosen_colours_come_with_the_page(watch):
    page = watch().page
    page.goto("/")
    switch = page.get_by_role("button", name=re.compile("colours, press to change"))
    switch.click()
    switch.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/labs/")
    assert 'data-theme="dark"' in page.content()
