"""The event stream of a live run, in a browser whose line breaks: no line lost, none twice."""

import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cutter import Cutter, line_to
from tests.site import wait_for

# Told where a line broke, which is what these tests do to it.
OF_THE_LINE = ("ERR_", "503")


@pytest.fixture
def cutter(site) -> Iterator[Cutter]:
    with line_to(site.url) as cutter:
        yield cutter


@pytest.fixture
def run(labs) -> int:
    """A run that is training and has told nothing yet."""
    return int(labs.ask(do="begin")["run"])


@pytest.fixture
def follow(watch, run):
    """`follow(address)` opens the run's page; the line's own complaints are not the page's."""
    watched = watch()
    yield lambda address="": _opened(watched.page, f"{address}/runs/{run}/")
    watched.complaints[:] = [
        said for said in watched.complaints if not any(word in said for word in OF_THE_LINE)
    ]


def _opened(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.locator("#run-head")).to_contain_text("is training")
    return page


def lines(first: int, end: int) -> list[tuple[str, dict[str, str]]]:
    return [("log", {"line": f"line {number} {'·' * 40}\n"}) for number in range(first, end)]


def shown(page: Page) -> list[int]:
    return [int(n) for n in re.findall(r"line (\d+)", page.locator("[data-log]").text_content())]


def last_ids(cutter: Cutter) -> list[int]:
    heads = "\n".join(cutter.asked)
    return [int(n) for n in re.findall(r"last-event-id: (\d+)", heads, re.IGNORECASE)]


def test_a_line_that_breaks_in_the_midst_of_events_loses_and_doubles_none(
    labs, run, cutter, follow
):
    cutter.cut_after = 5_000  # some thirty lines, and a part of the next
    page = follow(cutter.url)
    for first in range(0, 150, 10):
        labs.tell(run, *lines(first, first + 10))
    expect(page.locator("[data-log]")).to_contain_text("line 149", timeout=60_000)
    assert shown(page) == list(range(150))
    resumed = last_ids(cutter)
    assert len(set(resumed)) >= 3
    assert resumed == sorted(resumed)


def test_the_web_process_killed_under_a_stream_loses_and_doubles_no_line(labs, run, site, follow):
    page = follow()
    labs.tell(run, *lines(0, 20))
    expect(page.locator("[data-log]")).to_contain_text("line 19")
    web = site.child("web")
    web.kill()
    web.wait(timeout=10)
    labs.tell(run, *lines(20, 40))
    wait_for(lambda: answers(site.url), 60, "the site did not come back")
    expect(page.locator("[data-log]")).to_contain_text("line 39", timeout=60_000)
    labs.tell(run, *lines(40, 60))
    expect(page.locator("[data-log]")).to_contain_text("line 59")
    assert shown(page) == list(range(60))


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def test_polling_goes_on_where_a_stream_broke_and_is_refused_since(labs, run, cutter, follow):
    page = follow(cutter.url)
    labs.tell(run, *lines(0, 20))
    expect(page.locator("[data-log]")).to_contain_text("line 19")
    cutter.refuse = True
    cutter.cut()
    with page.expect_response(lambda reply: "/events/?after=" in reply.url, timeout=30_000):
        labs.tell(run, *lines(20, 40))
    expect(page.locator("[data-log]")).to_contain_text("line 39")
    labs.tell(run, *lines(40, 60))
    expect(page.locator("[data-log]")).to_contain_text("line 59")
    assert shown(page) == list(range(60))
    assert len(cutter.asked) == 2


def test_a_browser_without_event_streams_polls_to_the_end(labs, run, watch):
    watched = watch()
    watched.page.add_init_script("delete window.EventSource")
    page = _opened(watched.page, f"/runs/{run}/")
    labs.tell(run, *lines(0, 20))
    expect(page.locator("[data-log]")).to_contain_text("line 19")
    assert shown(page) == list(range(20))
    labs.ask(do="pass", run=run, value=0.987)
    expect(page.locator("#run-head")).to_contain_text("passed")
