"""The author's preview in a browser: it follows each save, and hides nothing from anybody."""

from pathlib import Path

import pytest

from tests.browser.test_pages import violations
from tests.previews import previewing
from tests.unit.content.courses import CourseFolder

NOTES, QUESTIONS = "01-pixels/notes.md", "01-pixels/questions.md"
PAGES = ("", "chapters/pixels/", "preview/prompts/pixels/")


@pytest.fixture
def course(tmp_path: Path) -> CourseFolder:
    return CourseFolder(tmp_path / "course")


def test_a_save_is_shown_at_once_and_open_answers_stay_open(
    chromium, course: CourseFolder, tmp_path: Path
):
    with previewing(tmp_path, str(course.path), "--port", "0") as (address, _):
        context = chromium.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}chapters/pixels/")
        page.locator("#c01-brightest summary").click()
        page.get_by_text("How bright it is").wait_for()
        course.edit(NOTES, "A stack of pictures", "One stack of $\\frac{1}$ pictures")
        page.get_by_text("One stack of").wait_for(timeout=15_000)
        assert page.get_by_text("How bright it is").is_visible()
        assert "is broken" in page.locator(".finding").inner_text()
        assert complaints == []
        context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_in_a_preview_with_findings(
    chromium, course: CourseFolder, tmp_path: Path, width: int
):
    course.edit(QUESTIONS, "What does the number of a pixel say?", "What does $\\frac{1}$ say?")
    course.edit(NOTES, "facts: S1-01", "facts: S1-02")
    with previewing(tmp_path, str(course.path), "--port", "0") as (address, _):
        context = chromium.new_context(
            viewport={"width": width, "height": 740}, reduced_motion="reduce"
        )
        page = context.new_page()
        found, wide = [], []
        for path in PAGES:
            page.goto(address + path)
            wide += [path] if page.evaluate("document.documentElement.scrollWidth") > width else []
            for colours in ("light", "dark"):
                page.emulate_media(color_scheme=colours, reduced_motion="reduce")
                found += violations(page, f"{path} {colours}")
        assert (found, wide) == ([], [])
        context.close()
