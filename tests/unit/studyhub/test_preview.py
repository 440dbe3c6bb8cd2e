"""The author's preview: pages out of files, findings in their places, the last good state.

No test here may use the database: a page that asked for it would fail.
"""

import os
import re
from pathlib import Path

import pytest
from django.test import Client

from content.format.course import load_course
from studyhub.preview import settings as preview_settings
from studyhub.preview import views
from studyhub.preview.watching import Watched
from tests.unit.content.courses import CourseFolder
from tests.unit.content.test_rendering import png

NOTES, QUESTIONS, HEAD = "01-pixels/notes.md", "01-pixels/questions.md", "01-pixels/chapter.toml"
CHAPTER, PROMPTS = "/chapters/pixels/", "/preview/prompts/pixels/"


@pytest.fixture
def course(tmp_path: Path) -> CourseFolder:
    return CourseFolder(tmp_path / "course")


@pytest.fixture
def watched(course: CourseFolder) -> Watched:
    watched = Watched(course.path)
    views.show(watched)
    return watched


@pytest.fixture
def author(watched: Watched, settings) -> Client:  # type: ignore[no-untyped-def]
    """A browser on the preview, with the preview's own addresses and middleware."""
    settings.ROOT_URLCONF = preview_settings.ROOT_URLCONF
    settings.MIDDLEWARE = preview_settings.MIDDLEWARE
    settings.ALLOWED_HOSTS = preview_settings.ALLOWED_HOSTS
    return Client(headers={"host": "127.0.0.1:8100"})


def page(author: Client, path: str) -> str:
    reply = author.get(path)
    assert reply.status_code == 200, path
    return reply.content.decode()


def before(text: str, first: str, then: str) -> bool:
    assert first in text
    assert then in text
    return text.index(first) < text.index(then)


def save(watched: Watched) -> None:
    """What the watching thread does after a file was saved."""
    assert watched.look()


def test_a_chapter_looks_as_on_the_site(author: Client) -> None:
    text = page(author, CHAPTER)
    assert '<h2 id="grid" tabindex="-1">A grid of numbers</h2>' in text
    assert '<details class="prompt" id="c01-brightest" data-in="grid">' in text
    assert '<math display="block"' in text
    assert 'class="f-recall"' in text
    assert "Lab: brightness" in text
    assert "studyhub/pages.css" in text
    assert "finding" not in text.replace("preview.css", "")


def test_all_prompts_are_shown_also_those_that_the_notes_do_not_place(author: Client) -> None:
    text = page(author, PROMPTS)
    for id_ in ("c01-brightest", "c01-axis-choice", "c01-reading-order", "c01-shape-code"):
        assert f'id="{id_}"' in text
    assert "The pictures are grey: one number a pixel." in text, "why an option is wrong"
    assert "picture element" in text


def test_pictures_of_pixels_are_served(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.write("01-pixels/figures/mean.png", png(28, 28))
    course.edit(NOTES, "{{lab", "![A mean](figures/mean.png)\n\n{{lab")
    save(watched)
    (address,) = re.findall(r'src="(/content/[^"]+)"', page(author, CHAPTER))
    assert author.get(address).content == png(28, 28)
    assert author.get("/content/figures/pixels/gone.png").status_code == 404
    assert author.get("/content/figures/waves/gone.png").status_code == 404


def test_a_finding_in_a_prompt_stands_beside_it(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.edit(QUESTIONS, "What does the number of a pixel say?", "What does $\\frac{1}$ say?")
    save(watched)
    notes = page(author, CHAPTER)
    assert before(notes, "The formula", 'id="c01-brightest"')
    assert before(notes, 'id="grid"', "The formula")
    prompts = page(author, PROMPTS)
    assert before(prompts, 'id="c01-brightest"', "The formula")
    assert before(prompts, "The formula", 'id="c01-shape-cloze"')


def test_a_finding_in_a_prompt_outside_the_notes_is_announced_above_them(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.edit(QUESTIONS, "What do you call one cell", "Is it a pixel? What do you call one cell")
    save(watched)
    assert before(page(author, CHAPTER), "1 finding more in prompts", "<h1>")
    prompts = page(author, PROMPTS)
    assert before(prompts, 'id="c01-grid-word"', "gives the answer away")
    assert before(prompts, "gives the answer away", 'id="c01-reading-order"')


def test_a_finding_in_the_notes_stands_before_its_paragraphs(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.edit(NOTES, "[the grid](#grid)", "[the grid](#grit)")
    save(watched)
    text = page(author, CHAPTER)
    assert before(text, 'id="c01-shape-cloze"', "There is no section")
    assert before(text, "There is no section", "Read on about")


def test_what_has_no_place_stands_above_the_chapter(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.edit(NOTES, "facts: S1-01", "facts: S1-02")
    save(watched)
    assert before(page(author, CHAPTER), "No section teaches S1-01", "<h1>")


def test_what_is_said_of_the_course_stands_on_its_first_page(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.edit("course.toml", 'licence = "CC BY 4.0"', "")
    save(watched)
    first = page(author, "/")
    assert "licence" in first
    assert "1 finding" in first
    assert "No finding" in first, "said of the chapter"


def test_a_broken_chapter_file_leaves_the_chapter_as_it_was(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.edit(HEAD, 'title = "Pixels"', 'title = "Pixels')
    save(watched)
    text = page(author, CHAPTER)
    assert before(text, "This is not TOML", "<h1>Pixels</h1>")
    assert "Shown as before:</b> the whole chapter" in text
    course.edit(HEAD, 'title = "Pixels', 'title = "Dots"')
    save(watched)
    assert "<h1>Dots</h1>" in page(author, CHAPTER)
    assert "Shown as before" not in page(author, CHAPTER)


def test_notes_that_cannot_be_read_are_shown_as_they_were(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.write(NOTES, b"## A grid \xff\xfe")
    save(watched)
    text = page(author, CHAPTER)
    assert before(text, "This file is not UTF-8", "<h1>")
    assert "Shown as before:</b> the notes" in text
    assert "A grid of numbers" in text


def test_a_prompt_without_a_form_is_shown_as_it_was_beside_what_is_wrong(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.edit(QUESTIONS, "kind: short", "kind: shrt")
    save(watched)
    text = page(author, PROMPTS)
    assert before(text, 'id="c01-grid-word"', "There is no kind")
    assert before(text, "There is no kind", "What do you call one cell")
    assert before(text, "Shown as before", "What do you call one cell")
    assert "Shown as before:</b> 1 prompt" in page(author, CHAPTER)
    assert before(text, "What do you call one cell", 'id="c01-reading-order"')


def test_a_prompt_that_never_had_a_form_is_spoken_of_above_the_others(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.write(QUESTIONS, course.read(QUESTIONS) + "\n## c01-new\nkind: shrt\n\nWhat?\n")
    save(watched)
    assert before(page(author, PROMPTS), "c01-new: There is no kind", 'id="c01-brightest"')
    assert before(page(author, CHAPTER), "c01-new: There is no kind", "<h1>")


def test_a_deleted_prompt_is_gone(author: Client, course: CourseFolder, watched: Watched) -> None:
    text = course.read(QUESTIONS)
    start, end = text.index("## c01-grid-word"), text.index("## c01-reading-order")
    course.write(QUESTIONS, text[:start] + text[end:])
    save(watched)
    assert "c01-grid-word" not in page(author, PROMPTS)


def test_a_chapter_that_never_could_be_read_has_a_page_that_waits(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.write("02-waves/chapter.toml", "number = ")
    save(watched)
    reply = author.get("/chapters/waves/")
    assert reply.status_code == 404
    assert "This is not TOML" in reply.content.decode()
    assert "preview.js" in reply.content.decode()


def test_a_fault_of_the_reader_itself_shows_no_traceback(
    author: Client, course: CourseFolder, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr("studyhub.preview.watching.load_course", fail)
    course.edit(NOTES, "A stack", "One stack")
    save(watched)
    assert "could not be read (RuntimeError)" in page(author, "/")
    assert "A stack of pictures" in page(author, CHAPTER)


def test_a_fault_in_drawing_one_prompt_leaves_the_others(
    author: Client, course: CourseFolder, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = views.drawing.render_prompt

    def fails_once(prompt, *rest):  # type: ignore[no-untyped-def]
        if prompt.id == "c01-grid-word":
            raise RuntimeError("oh")
        return whole(prompt, *rest)

    monkeypatch.setattr(views.drawing, "render_prompt", fails_once)
    course.edit(QUESTIONS, "What do you call one cell", "What would you call one cell")
    save(watched)
    text = page(author, PROMPTS)
    assert "This prompt cannot be drawn" in text
    assert 'id="c01-reading-order"' in text


@pytest.mark.parametrize("path", [NOTES, QUESTIONS, HEAD, "course.toml", "facts.tsv"])
def test_any_half_of_a_file_can_be_shown(
    author: Client, course: CourseFolder, watched: Watched, path: str
) -> None:
    whole = course.read(path)
    for share in (0, 0.1, 0.35, 0.6, 0.85):
        course.write(path, whole[: int(share * len(whole))])
        watched.look()
        for address in ("/", CHAPTER, PROMPTS):
            assert author.get(address).status_code == 200, (share, address)


def test_hostile_markdown_stays_text(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    script = "<script>steal()</script>"
    course.edit(NOTES, "A grey picture", f"{script} <img src=x onerror=steal()> A grey picture")
    course.edit(NOTES, "[the digits](https:", "[the digits](javascript:steal();https:")
    course.edit(NOTES, "## Shapes", f"## Shapes {script}")
    course.edit(QUESTIONS, "A grey picture is stored", f"{script} A grey picture is stored")
    course.edit(QUESTIONS, "kind: short", f"kind: {script}")
    course.edit(HEAD, 'title = "Pixels"', f'title = "{script}"')
    course.edit(
        "01-pixels/figures/ramp.svg",
        '<rect class="f-recall" x="0"',
        f'{script}<rect onload="x" x="0"',
    )
    save(watched)
    for address in ("/", CHAPTER, PROMPTS):
        reply = author.get(address)
        text = reply.content.decode()
        assert "steal()" in text or address == "/"
        for bad in ("<script>", "<img src=x", 'href="javascript', "onload="):
            assert bad not in text, (bad, address)
        assert "default-src 'none'" in reply["Content-Security-Policy"]
        assert "unsafe" not in reply["Content-Security-Policy"]


def test_another_name_for_this_machine_gets_nothing(author: Client) -> None:
    """A page elsewhere cannot read drafts through a name that it lets point here."""
    assert author.get("/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/review/", "/account/login/", "/admin/", "/labs/x/", "/api/v1/"])
def test_what_needs_the_site_says_so(author: Client, path: str) -> None:
    for reply in (author.get(path), author.post(path)):
        assert reply.status_code == 404
        assert "not part of the preview" in reply.content.decode()


def test_nothing_but_reading_is_answered(author: Client) -> None:
    assert author.post(CHAPTER).status_code == 405


def test_a_save_is_told_to_the_open_page(course: CourseFolder, watched: Watched) -> None:
    events = views._versions(watched)
    first = next(events)
    assert first == f"data: {watched.state.version}\n\n"
    assert watched.wait("", 0).version == watched.state.version
    course.edit(NOTES, "A stack", "One stack")
    save(watched)
    assert next(events) == f"data: {watched.state.version}\n\n" != first


def test_a_file_written_twice_alike_is_no_news(course: CourseFolder, watched: Watched) -> None:
    stat = (course.path / NOTES).stat()
    course.write(NOTES, course.read(NOTES))
    os.utime(course.path / NOTES, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert not watched.look()


def test_a_changed_figure_is_news(course: CourseFolder, watched: Watched) -> None:
    course.edit("01-pixels/figures/ramp.svg", 'width="40"', 'width="41"')
    save(watched)


def test_a_folder_that_goes_away_and_comes_back_is_followed(
    author: Client, course: CourseFolder, watched: Watched
) -> None:
    course.path.rename(course.path.with_name("away"))
    save(watched)
    assert "There is no folder" in page(author, "/")
    course.path.with_name("away").rename(course.path)
    save(watched)
    assert "A stack of pictures" in page(author, CHAPTER)


def test_what_lies_beside_the_chapters_is_not_searched(
    course: CourseFolder, watched: Watched
) -> None:
    course.write("drafts/deep/figures/large.txt", "x")
    save(watched)
    course.write("drafts/deep/figures/large.txt", "xy")
    assert not watched.look()


def test_the_findings_are_those_of_the_checks(course: CourseFolder, watched: Watched) -> None:
    course.edit(QUESTIONS, "requires: c01-shape-cloze", "requires: c01-gone")
    save(watched)
    assert watched.state.problems == load_course(course.path).problems != ()
