"""The whole story of a newcomer, in one browser: read, answer, review, quiz, hand in, a grade."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.site import ROOT

EXERCISE = ROOT / "labs" / "exercises" / "mnist-baseline"
PROMPTS = 4


@pytest.fixture(scope="module")
def data_source(require: Callable[[str, bool, str], None]) -> None:
    mirror = Path(os.environ.get("STUDYHUB_DATA_MIRROR", ""))
    there = any(mirror.glob("**/mnist.pkl.gz"))
    require("data", there, "type python manage.py fetch_data mnist-baseline")


def test_a_newcomer_reads_answers_reviews_takes_a_quiz_and_passes_a_lab(
    data_source, chromium: Browser, newcomer, watch, picture
):
    page = watch(state=newcomer).page
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Begin with How to study.")
    picture(page, "first-day")
    page.get_by_role("link", name="Open the chapter").click()
    expect(page.get_by_role("heading", name="How to study", level=1)).to_be_visible()

    page.goto("/chapters/mnist-basics/")
    reads_and_answers(page, picture)
    reviews_by_keyboard(page, picture)
    takes_the_quiz(page, picture)
    hands_in(page, picture)

    page.get_by_role("link", name="Today").click()
    expect(page.locator(".twin")).to_contain_text("Excellent" if picture.wanted else "Pass")
    picture(page, "today")
    picture.together(chromium, "story", ["chapter", "review", "quiz", "run"])


def reads_and_answers(page: Page, picture) -> None:
    expect(page.get_by_role("heading", name="MNIST basics", level=1)).to_be_visible()
    answered = []
    for number in range(PROMPTS):
        prompt = page.locator("details.prompt:not(.kept)").first
        name = prompt.get_attribute("id")
        prompt.locator("summary").click()
        if number == 1:
            prompt.scroll_into_view_if_needed()
            picture(page, "chapter")
        prompt.get_by_role("button", name="Not yet" if number == 0 else "I knew it").click()
        answered.append(page.locator(f"#{name}"))
        expect(answered[-1]).to_have_class(re.compile("kept"))
    expect(answered[0].locator("summary")).to_contain_text("Noted. Again in")
    expect(answered[1].locator("summary")).to_contain_text("Kept. Next in")
    expect(page.locator(".toc use").first).to_have_attribute("href", re.compile("half|full"))
    page.reload()
    expect(page.locator("details.prompt.kept")).to_have_count(PROMPTS)
    page.get_by_role("button", name="Add this chapter to my reviews").click()
    expect(page.get_by_text("joined your cards")).to_be_visible()


def reviews_by_keyboard(page: Page, picture) -> None:
    page.get_by_role("link", name="Review", exact=True).click()
    shown = page.locator("[data-desk] input[name=prompt]").first
    said = page.locator("[data-said]")
    for number in range(4):
        before = shown.input_value()
        answer_card(page)
        if number == 0:
            picture(page, "review")
        page.keyboard.press("3")
        expect(shown).not_to_have_value(before)
        expect(said).to_contain_text("Rated “Good”")
    last = shown.input_value()
    answer_card(page)
    page.keyboard.press("1")
    expect(shown).not_to_have_value(last)
    expect(said).to_contain_text("Rated “Again”")
    page.keyboard.press("u")
    expect(shown).to_have_value(last)
    expect(said).to_contain_text("Taken back")
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Flag", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("b")
    expect(shown).not_to_have_value(last)
    expect(said).to_contain_text("Put off")
    page.keyboard.press("u")
    expect(shown).to_have_value(last)
    page.locator("[data-menu] summary").click()
    expect(page.get_by_role("button", name="Set the date")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Set the date")).to_be_hidden()
    page.keyboard.press("s")
    expect(shown).not_to_have_value(last)
    page.get_by_role("link", name="End session").click()


def answer_card(page: Page) -> None:
    """Shows the answer: by space, or by "I don't know" where the card asks for one."""
    if page.locator("[data-check]").count():
        page.get_by_role("button", name="I don’t know").click()
        expect(page.locator(".card .verdict")).to_be_visible()
        page.locator(".card .verdict").focus()
    else:
        page.keyboard.press(" ")
    expect(page.locator(".rates")).to_be_visible()


def takes_the_quiz(page: Page, picture) -> None:
    page.goto("/chapters/mnist-basics/")
    page.get_by_role("link", name="Take the quiz").click()
    page.get_by_role("radio", name="5 questions").check()
    page.get_by_role("button", name="Begin").click()
    for number in range(5):
        fill_any(page)
        page.get_by_role("button", name="Answer", exact=True).click()
        expect(page.locator(".card .verdict")).to_be_visible()
        if number == 2:
            picture(page, "quiz")
        page.locator("[data-next]").click()
        if number < 4:
            expect(page.locator("form[data-answering]")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"\d of 5"))
    retake = page.get_by_role("button", name=re.compile("Retake the"))
    if retake.count():
        retake.click()
        expect(page.locator("form[data-answering]")).to_be_visible()


def fill_any(page: Page) -> None:
    """Some answer of the right form to whatever the question is."""
    form = page.locator("form[data-answering]")
    if form.locator("input[type=radio], input[type=checkbox]").count():
        form.locator(".opts input").first.check()
        return
    for place, select in enumerate(form.locator("select").all(), start=1):
        select.select_option(str(place))
    for text in form.locator("input[name=answer], textarea").all():
        text.fill("3")


def hands_in(page: Page, picture) -> None:
    bring_data(page)
    drop = page.locator("input[type=file]")
    drop.set_input_files({"name": "x.exe", "mimeType": "", "buffer": b"MZ"})
    expect(page.get_by_text("x.exe does not fit")).to_be_visible()
    expect(page.get_by_role("button", name="Train and grade")).to_be_disabled()

    drop.set_input_files(EXERCISE / "baseline.py")
    page.get_by_role("button", name="Train and grade").click()
    page.wait_for_url("**/runs/*/")
    expect(page.locator(".phases [aria-current]")).to_be_visible()
    expect(page.locator("#run-head")).to_have_text(re.compile("passed"), timeout=180_000)
    expect(page.locator(".grade")).to_contain_text("Pass")
    expect(page.get_by_role("heading", name="What was taken for what")).to_be_visible()
    if picture.wanted:
        shows_the_reference(page, picture)
    page.get_by_role("link", name="Back to the lab").click()
    expect(page.get_by_role("cell", name="your best")).to_be_visible()
    picture(page, "lab")


def shows_the_reference(page: Page, picture) -> None:
    """Its curves make the better picture; it trains too long for every test run."""
    page.goto("/labs/mnist-baseline/")
    page.locator("input[type=file]").set_input_files(EXERCISE / "reference.py")
    page.get_by_role("button", name="Train and grade").click()
    expect(page.locator("[data-progress]")).to_be_visible(timeout=120_000)
    page.wait_for_timeout(2_500)
    picture(page, "run-live")
    expect(page.locator("#run-head")).to_have_text(re.compile("passed"), timeout=300_000)
    page.locator("#run-head").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('[data-run]').scrollIntoView()")
    picture(page, "run")


def bring_data(page: Page) -> None:
    """Presses the button that the lab offers while its data set is not here."""
    page.goto("/labs/mnist-baseline/")
    button = page.get_by_role("button", name="Fetch it now")
    if button.count():
        expect(page.get_by_role("button", name="Train and grade")).to_have_count(0)
        button.click()
    expect(page.get_by_text("Here: ")).to_be_visible(timeout=120_000)


def test_a_run_that_raises_says_what_happened_and_one_can_be_stopped(data_source, watch, tmp_path):
    page = watch().page
    bring_data(page)
    hand_in(page, tmp_path, "def train(data, run):\n    return 1 / 0\n")
    expect(page.locator("#run-head")).to_have_text(re.compile("ended"), timeout=120_000)
    expect(page.locator(".verdict")).to_contain_text("ZeroDivisionError")
    trace = page.get_by_role("region", name="Traceback through your code")
    expect(trace).to_contain_text("line 2, in train")

    waits = "import time\ndef train(data, run):\n    print('begun')\n    time.sleep(200)\n"
    hand_in(page, tmp_path, waits)
    expect(page.locator("[data-log]")).to_contain_text("begun", timeout=60_000)
    page.get_by_role("button", name="Stop the run").click()
    expect(page.locator("#run-head")).to_have_text(re.compile("was stopped"), timeout=60_000)


def hand_in(page: Page, folder: Path, train: str) -> None:
    solution = folder / "solution.py"
    solution.write_text(train + "\ndef predict(model, inputs, run):\n    return inputs\n")
    page.goto("/labs/mnist-baseline/")
    page.locator("input[type=file]").set_input_files(solution)
    page.get_by_role("button", name="Train and grade").click()
    page.wait_for_url("**/runs/*/")
