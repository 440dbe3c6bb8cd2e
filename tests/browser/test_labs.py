"""Labs in a browser: a run as it happens, its curves, a file looked at, two files side by side."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_pages import violations
from tests.lab_runs import CODE

STATES = ("training", "failed", "passed", "flagged", "errored", "timed_out", "cancelled")
LAB = "/labs/ten-digits/"


def places(labs) -> list[str]:
    return [
        LAB,
        *(labs.page(state) for state in STATES),
        labs.page("passed") + f"?smooth=60&beside={labs.runs['failed']}",
        labs.page("passed") + "changes/",
    ]


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_on_a_lab_and_its_runs(labs, watch, width):
    page = watch(width=width).page
    found = []
    for path in places(labs):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach(box => box.open = true)")
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours, reduced_motion="reduce")
            found += violations(page, f"{path} {colours}")
    assert found == []


@pytest.mark.parametrize("width", [320, 360])
def test_no_page_of_a_lab_scrolls_sideways(labs, watch, width):
    page = watch(width=width).page
    wide = []
    for path in places(labs):
        page.goto(path)
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wide += [f"{path}: {over} px too wide"] if over > 0 else []
    assert wide == []


# -- as it happens -----------------------------------------------------------------------------
def lines(count: int, word: str) -> list[tuple[str, dict[str, str]]]:
    return [("log", {"line": f"{word} {number}\n"}) for number in range(count)]


def at_the_end(page: Page) -> bool:
    there = "box => box.scrollHeight - box.scrollTop - box.clientHeight < 30"
    return bool(page.locator("[data-log]").evaluate(there))


def test_the_log_follows_until_somebody_scrolls_up(labs, watch):
    page = watch().page
    run = labs.runs["training"]
    page.goto(labs.page("training"))
    log = page.locator("[data-log]")
    labs.tell(run, *lines(40, "follow"))
    expect(log).to_contain_text("follow 39")
    assert at_the_end(page)

    log.evaluate("box => { box.scrollTop = 0; }")
    again = page.get_by_role("button", name="Go on following the log")
    expect(again).to_be_visible()
    labs.tell(run, *lines(5, "unread"))
    expect(log).to_contain_text("unread 4")
    assert log.evaluate("box => box.scrollTop") == 0
    again.click()
    expect(again).to_be_hidden()
    assert at_the_end(page)
    labs.tell(run, *lines(5, "back"))
    expect(log).to_contain_text("back 4")
    assert at_the_end(page)


def test_progress_and_curves_move_and_an_open_table_stays_open(labs, watch):
    page = watch().page
    run = labs.runs["training"]
    page.goto(labs.page("training"))
    page.get_by_text("Loss as a table").click()
    labs.ask(do="progress", run=run, data={"done": 45, "total": 60})
    expect(page.get_by_text("Step 45 of 60")).to_be_visible()
    labs.tell(run, ("metric", {"step": 900, "train": 0.0421, "valid": 0.0437}))
    expect(page.locator("[data-swap=curves]")).to_contain_text("train 0.042")
    expect(page.locator("[data-keep=Loss]")).to_have_attribute("open", "")
    labs.tell(run, ("usage", {"memory_mb": 321.0, "cpu_percent": 98.0}))
    expect(page.get_by_role("img", name="memory now 321")).to_be_visible()


def test_the_first_points_bring_the_curves_and_leave_the_log_where_it_is(labs, watch):
    page = watch().page
    run = labs.ask(do="begin")["run"]
    page.goto(f"/runs/{run}/")
    expect(page.get_by_role("slider")).to_have_count(0)
    labs.tell(run, *lines(40, "early"))
    log = page.locator("[data-log]")
    expect(log).to_contain_text("early 39")
    log.evaluate("box => { box.scrollTop = 0; }")
    expect(page.get_by_role("button", name="Go on following the log")).to_be_visible()
    labs.tell(run, ("metric", {"step": 1, "train": 0.5}), ("metric", {"step": 2, "train": 0.4}))
    expect(page.get_by_role("slider", name="Smoothing")).to_be_visible()
    assert log.evaluate("box => box.scrollTop") == 0
    page.get_by_role("button", name="Stop the run").click()
    expect(page.get_by_role("button", name="Stopping")).to_be_disabled()


def test_another_place_in_the_queue_is_drawn(labs, watch):
    page = watch().page
    run = labs.ask(do="begin")["run"]
    told = iter((3, 3, 2))

    def queue(route: Route) -> None:
        turn = json.dumps({"position": next(told, 2), "wait": 60})
        body = f"retry: 100\n\nevent: queue\ndata: {turn}\n\n"
        route.fulfill(content_type="text/event-stream", body=body)

    page.route("**/sse/**", queue)
    with page.expect_request(re.compile(rf"/runs/{run}/part/")):
        page.goto(f"/runs/{run}/")


def test_without_a_free_stream_the_same_events_are_asked_for(labs, watch):
    watched = watch()
    page = watched.page

    def full(route: Route) -> None:
        route.fulfill(status=503, body="{}")

    page.route("**/sse/**", full)
    page.goto(labs.page("training"))
    labs.tell(labs.runs["training"], *lines(1, "polled"))
    expect(page.locator("[data-log]")).to_contain_text("polled 0")
    watched.complaints = [said for said in watched.complaints if "503" not in said]


def test_without_script_the_page_tells_the_same_and_asks_again_by_itself(labs, watch):
    page = watch(script=False).page
    labs.tell(labs.runs["training"], *lines(1, "plain"))
    page.goto(labs.page("training"))
    expect(page.locator("[data-log]")).to_contain_text("plain 0")
    expect(page.locator("noscript meta")).to_have_count(1)
    page.goto(labs.page("passed"))
    page.get_by_role("slider", name="Smoothing").fill("60")
    page.get_by_role("checkbox", name=f"Run {labs.runs['failed']}").check()
    page.get_by_role("button", name="Draw it so").click()
    expect(page.get_by_text("Smoothed by 60 %")).to_be_visible()
    assert page.locator(".chart .past").count() == 2


# -- curves ------------------------------------------------------------------------------------
def test_the_slider_and_the_earlier_runs_redraw_by_keyboard_and_stay_in_the_address(labs, watch):
    page = watch().page
    page.goto(labs.page("passed"))
    slider = page.get_by_role("slider", name="Smoothing")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Smoothed by 20 %")).to_be_visible()
    expect(slider).to_be_focused()
    box = page.get_by_role("checkbox", name=f"Run {labs.runs['failed']}")
    box.focus()
    page.keyboard.press(" ")
    expect(page.locator(".chart .past")).to_have_count(2)
    expect(box).to_be_focused()
    assert re.search(r"\?smooth=20&beside=\d+$", page.url)
    page.reload()
    expect(page.locator(".chart .past")).to_have_count(2)


# -- before handing in -------------------------------------------------------------------------
def choose(page: Page, name: str, content: str) -> None:
    file = {"name": name, "mimeType": "", "buffer": content.encode()}
    page.locator("input[type=file]").set_input_files(file)


def test_a_file_is_looked_at_when_it_is_chosen(labs, watch, require_sandbox):
    page = watch(width=360).page
    page.goto(LAB)
    send = page.get_by_role("button", name="Train and grade")
    expect(send).to_be_disabled()
    choose(page, "solution.py", "import numqy\n\ndef train(data, run):\n    pass\n")
    expect(page.get_by_text("solution.py cannot be handed in yet.")).to_be_visible()
    expect(page.get_by_text("numqy is not there")).to_be_visible()
    expect(send).to_be_disabled()
    assert violations(page, "refused") == []

    source = ["%matplotlib inline\n", CODE.format(steps=3)]
    choose(page, "mine.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": source}]}))
    expect(page.get_by_text("mine.ipynb can be handed in.")).to_be_visible()
    expect(send).to_be_enabled()
    page.get_by_text("1 line of the notebook").click()
    expect(page.get_by_text("%matplotlib inline")).to_be_visible()
    assert violations(page, "accepted") == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_dropped_file_is_looked_at_as_well(labs, watch, require_sandbox):
    page = watch().page
    page.goto(LAB)
    page.evaluate(
        """code => {
            const files = new DataTransfer();
            files.items.add(new File([code], "dropped.py"));
            document.querySelector("[data-drop]").dispatchEvent(
                new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
        }""",
        CODE.format(steps=3),
    )
    expect(page.get_by_text("dropped.py can be handed in.")).to_be_visible()
    expect(page.get_by_role("button", name="Train and grade")).to_be_enabled()


def test_only_checking_works_without_script(labs, watch, require_sandbox):
    page = watch(script=False).page
    page.goto(LAB)
    choose(page, "solution.py", "def train(\n")
    page.get_by_role("button", name="Only check it").click()
    expect(page.get_by_text("solution.py cannot be handed in yet.")).to_be_visible()


# -- the end, last: it changes the run that the tests above follow -----------------------------
def test_when_it_ends_the_result_takes_its_place_and_the_focus(labs, watch):
    page = watch().page
    page.goto(labs.page("training"))
    expect(page.locator("#run-head")).to_contain_text("is training")
    labs.ask(do="pass", run=labs.runs["training"], value=0.987)
    expect(page.locator("#run-head")).to_have_text(re.compile("passed"))
    expect(page.locator("#run-head")).to_be_focused()
    expect(page.locator(".grade")).to_contain_text("98.7")
    expect(page).to_have_title(re.compile("passed"))
    expect(page.get_by_role("button", name="Stop the run")).to_have_count(0)
