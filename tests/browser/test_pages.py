"""Every page, in light and dark, on a phone and on a desk: accessible, and within its width."""

from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

SOON = date.today() + timedelta(days=20)
PAGES = (
    "/",
    "/chapters/",
    "/chapters/mnist-basics/",
    "/coverage/",
    "/coverage/mnist-basics/",
    "/review/",
    "/review/?deck=course",
    "/review/acts/",
    "/cram/",
    "/leeches/",
    "/quiz/",
    "/quiz/mnist-basics/",
    "/cards/",
    "/cards/new/",
    "/cards/import/",
    "/cards/files/",
    "/decks/",
    "/decks/import/anki/",
    "/labs/",
    "/labs/mnist-baseline/",
    "/statistics/",
    "/statistics/facts/",
    "/account/",
    "/plan/",
    "/plan/exam/",
    f"/plan/exam/?day={SOON}&retention=90&chapter=mnist-basics",
    "/plan/break/",
    f"/plan/break/?first_day={SOON}&last_day={SOON}",
    "/plan/backlog/?a_day=20",
    "/scheduling/",
    "/account/logout/",
    "/account/2fa/",
    "/account/password/set/",
    "/no/such/page/",
)
SETTINGS = {"options": {"resultTypes": ["violations"]}}


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(watch, width):
    watched = watch(width=width)
    found = []
    for path in PAGES:
        watched.page.goto(path)
        for colours in ("light", "dark"):
            watched.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
            found += violations(watched.page, f"{path} {colours}")
    drop_expected_404(watched)
    assert found == []


def test_no_chapter_scrolls_sideways_on_the_narrowest_phones(watch):
    page = watch(width=320).page
    page.goto("/chapters/")
    chapters = page.locator("main a[href^='/chapters/']").evaluate_all(
        "links => [...new Set(links.map(link => link.pathname))]"
    )
    assert "/chapters/mnist-basics/" in chapters
    wide = {}
    for chapter in chapters:
        page.goto(chapter)
        wide[chapter] = page.evaluate("document.documentElement.scrollWidth")
    assert {chapter: width for chapter, width in wide.items() if width > 320} == {}


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_in_a_quiz_and_an_answered_card(watch, colours):
    page = watch(width=360, colours=colours).page
    page.goto("/chapters/mnist-basics/")
    add = page.get_by_role("button", name="Add this chapter to my reviews")
    if add.count():
        add.click()
    page.goto("/review/")
    found = violations(page, "card")
    if page.locator("[data-check]").count():
        page.get_by_role("button", name="I don’t know").click()
    else:
        page.get_by_role("button", name="Show the answer").click()
    page.locator(".rates").wait_for()
    found += violations(page, "card, answer shown")
    page.goto("/quiz/mnist-basics/")
    page.get_by_role("button", name="Begin").click()
    page.locator("form[data-answering]").wait_for()
    for number in range(1, 11):
        page.goto(f"{page.url.split('?')[0]}?q={number}")
        found += violations(page, f"question {number}")
    page.goto(page.url.split("?")[0])
    assert found == []


@pytest.mark.parametrize("width", [320, 360])
def test_no_page_scrolls_sideways(watch, width):
    watched = watch(width=width)
    wide = []
    for path in PAGES:
        watched.page.goto(path)
        over = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wide += [f"{path}: {over} px too wide"] if over > 0 else []
    drop_expected_404(watched)
    assert wide == []


def test_the_way_in_is_accessible_and_explains_a_used_link(chromium, site, signed_in):
    context = chromium.new_context(base_url=site.url, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto("/")
    assert "/account/login/" in page.url
    assert violations(page, "login") == []
    reply = page.goto(site.entry)
    assert reply is not None
    assert reply.status == 410
    assert "make up" in page.locator("main").inner_text()
    assert violations(page, "used link") == []
    context.close()


def violations(page, where: str) -> list[str]:
    results = Axe().run(page, **SETTINGS)
    return [
        f"{where}: {violation['id']} at {violation['nodes'][0]['target']}"
        f" ({len(violation['nodes'])}): {violation['nodes'][0]['failureSummary'][:300]}"
        for violation in results.response["violations"]
    ]


def drop_expected_404(watched) -> None:
    """Chromium notes the one page that is not there as a failed resource."""
    watched.complaints = [c for c in watched.complaints if "404" not in c]
