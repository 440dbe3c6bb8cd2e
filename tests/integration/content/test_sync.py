"""What happens to stored prompts, and to those who learn them, when the files change."""

import shutil

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from content.domain.prompts import NumericAnswer
from content.models import Chapter, Deck, Figure, Prompt, Section
from content.services import check_course, sync_course
from studyhub.accounts.models import User
from tests.integration.content.conftest import Syncs
from tests.unit.content.test_rendering import png

pytestmark = pytest.mark.django_db

NOTES, QUESTIONS, HEAD = "01-pixels/notes.md", "01-pixels/questions.md", "01-pixels/chapter.toml"
FIRST = "How bright it is: 0 is black, 255 is white."


def stamps() -> dict[str, object]:
    rows = [*Chapter.objects.all(), *Section.objects.all(), *Prompt.objects.all()]
    return {f"{type(row).__name__} {row.pk}": row.updated_at for row in rows}


def test_the_first_sync_stores_everything(course: Syncs) -> None:
    report = course.sync()
    assert report.problems == ()
    assert len(report.created) == 1 + 2 + 8
    chapter = Chapter.objects.get()
    assert (chapter.slug, chapter.number, chapter.labs) == ("pixels", 1, ["brightness"])
    assert [section.slug for section in chapter.sections.all()] == ["grid", "shapes"]
    numeric = Prompt.objects.get(pk="c01-pixel-count")
    assert numeric.right_answer() == NumericAnswer(0.8, 0.02, "thousand")
    assert numeric.version == 1
    assert Deck.objects.get().licence == "CC BY 4.0"


def test_a_second_sync_changes_nothing(course: Syncs) -> None:
    course.sync()
    before = stamps()
    with CaptureQueriesContext(connection) as queries:
        report = course.sync()
    assert [report.created, report.changed, report.retired, report.restored] == [[], [], [], []]
    assert len(report.unchanged) == 11
    assert stamps() == before
    written = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []
    assert len(queries) <= 12


def test_a_changed_text_raises_the_version_and_keeps_the_prompt(course: Syncs) -> None:
    course.sync()
    course.folder.edit(QUESTIONS, FIRST, "Its brightness, from 0 for black to 255 for white.")
    report = course.sync()
    assert report.changed == ["c01-brightest"]
    prompt = Prompt.objects.get(pk="c01-brightest")
    assert (prompt.version, prompt.updated_at) == (2, course.now)
    assert "Its brightness" in prompt.answer_html
    assert Prompt.objects.get(pk="c01-grid-word").version == 1


def test_changed_facts_keep_the_version(course: Syncs) -> None:
    course.sync()
    course.folder.edit(QUESTIONS, "facts: S1-01", "facts: S1-01 S1-02")
    report = course.sync()
    assert report.changed == ["c01-brightest"]
    prompt = Prompt.objects.get(pk="c01-brightest")
    assert (prompt.version, prompt.facts) == (1, ["S1-01", "S1-02"])


def test_a_removed_prompt_is_retired_and_comes_back_as_the_same(course: Syncs) -> None:
    course.sync()
    text = course.folder.read(QUESTIONS)
    start, end = text.index("## c01-grid-word"), text.index("## c01-reading-order")
    course.folder.write(QUESTIONS, text[:start] + text[end:])
    report = course.sync()
    assert report.retired == ["c01-grid-word"]
    retired = Prompt.objects.get(pk="c01-grid-word")
    assert retired.retired_at == retired.updated_at == course.now

    report = course.sync()
    assert report.retired == []
    assert Prompt.objects.get(pk="c01-grid-word").retired_at == retired.retired_at

    course.folder.write(QUESTIONS, text)
    report = course.sync()
    assert report.restored == ["c01-grid-word"]
    assert Prompt.objects.get(pk="c01-grid-word").retired_at is None
    assert Prompt.objects.get(pk="c01-grid-word").version == 1


def test_removed_sections_and_chapters_are_retired(course: Syncs) -> None:
    course.folder.write("02-links/chapter.toml", course.folder.read(HEAD))
    course.folder.edit("02-links/chapter.toml", "number = 1", "number = 2")
    course.folder.edit("02-links/chapter.toml", '["S1"]', '["S1-03"]')
    course.folder.write("02-links/notes.md", "## Digits {#digits}\nfacts: S1-03\n\nRead on.\n")
    course.folder.write("02-links/questions.md", "")
    assert course.sync().problems == ()
    shutil.rmtree(course.folder.path / "02-links")
    report = course.sync()
    assert report.retired == ["links", "links#digits"]
    assert Chapter.objects.get(slug="links").retired_at == course.now


def test_a_problem_anywhere_stores_nothing(course: Syncs) -> None:
    course.sync()
    before = stamps()
    course.folder.edit(QUESTIONS, FIRST, "Brightness.")
    course.folder.edit(NOTES, "{{lab brightness}}", "{{lab gone}}")
    report = course.sync()
    assert len(report.problems) == 1
    assert stamps() == before
    assert Prompt.objects.get(pk="c01-brightest").answer["text"] == FIRST


def test_a_failure_half_way_stores_nothing(course: Syncs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(type(Prompt._default_manager), "bulk_create", full)
    with pytest.raises(DatabaseError):
        course.sync()
    assert not Chapter.objects.exists()
    assert not Deck.objects.exists()


def test_personal_prompts_are_left_alone(course: Syncs) -> None:
    course.sync()
    ada = User.objects.create_user("ada")
    deck = Deck.objects.create(slug="seeing", title="Mine", owner=ada)
    Prompt.objects.create(
        pk="own-1",
        deck=deck,
        owner=ada,
        kind="basic",
        question="?",
        answer={"type": "text", "text": "!"},
        question_html="?",
        answer_html="!",
        question_text="?",
        position=0,
        updated_at=course.now,
    )
    before = Prompt.objects.filter(pk="own-1").values().get()
    assert course.sync().retired == []
    assert Prompt.objects.filter(pk="own-1").values().get() == before


def test_an_id_that_a_person_uses_is_refused(course: Syncs) -> None:
    ada = User.objects.create_user("ada")
    deck = Deck.objects.create(slug="mine", title="Mine", owner=ada)
    Prompt.objects.create(
        pk="c01-brightest",
        deck=deck,
        owner=ada,
        kind="basic",
        question="?",
        answer={"type": "text", "text": "!"},
        question_html="?",
        answer_html="!",
        question_text="?",
        position=0,
        updated_at=course.now,
    )
    (problem,) = course.sync().problems
    assert "in use in another deck" in problem.message
    assert (problem.file, problem.line) == (QUESTIONS, 1)


def test_two_courses_live_side_by_side(course: Syncs, tmp_path) -> None:
    course.sync()
    other = Syncs(type(course.folder)(tmp_path / "other"))
    other.folder.edit("course.toml", "seeing", "hearing")
    problems = other.sync().problems
    assert any("Another course has a chapter 'pixels'" in p.message for p in problems)
    assert any("Another course has a fact S1-01" in p.message for p in problems)
    for name in ("facts.tsv", "01-pixels/chapter.toml", "01-pixels/notes.md", QUESTIONS):
        other.folder.write(name, other.folder.read(name).replace("S1", "W1"))
    shutil.move(other.folder.path / "01-pixels", other.folder.path / "01-waves")
    text = other.folder.read("01-waves/questions.md").replace("c01-", "c21-")
    shutil.move(other.folder.path / "01-waves", other.folder.path / "21-waves")
    other.folder.write("21-waves/questions.md", text)
    notes = other.folder.read("21-waves/notes.md").replace("c01-", "c21-")
    other.folder.write("21-waves/notes.md", notes)
    other.folder.edit("21-waves/chapter.toml", "number = 1", "number = 21")
    report = other.sync()
    assert (report.problems, report.retired) == ((), [])
    assert course.sync().retired == []
    assert Chapter.objects.filter(retired_at=None).count() == 2


def test_a_prompt_knows_its_section(course: Syncs) -> None:
    course.sync()
    sections = {
        p.pk: p.section and p.section.slug for p in Prompt.objects.select_related("section")
    }
    assert sections["c01-brightest"] == "grid", "the notes place it there"
    assert sections["c01-shape-code"] == "shapes", "its header says so"
    assert sections["c01-grid-word"] == "grid", "that section teaches its fact"


def test_a_new_renderer_renders_again_without_touching_versions(
    course: Syncs, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.sync()
    monkeypatch.setattr("content.format.rendering.VERSION", 10_000)
    report = course.sync()
    assert set(report.changed) >= {"pixels#grid", "c01-brightest"}
    assert set(Prompt.objects.values_list("version", flat=True)) == {1}


def test_a_row_has_what_the_file_says(course: Syncs) -> None:
    course.sync()
    stored = Prompt.objects.get(pk="c01-axis-choice")
    assert stored.version == 1
    assert stored.requires == ["c01-shape-cloze"]
    assert stored.right_answer().right_ids
    assert stored.question.startswith("A stack of grey images")


def test_pictures_are_kept_for_pages_that_still_name_them(course: Syncs) -> None:
    course.folder.write("01-pixels/figures/mean.png", png(28, 28))
    course.folder.edit(NOTES, "{{lab", "![A mean](figures/mean.png)\n\n{{lab")
    assert course.sync().problems == ()
    course.folder.write("01-pixels/figures/mean.png", png(14, 14))
    assert "pixels#shapes" in course.sync().changed
    assert Figure.objects.count() == 2


def test_checking_touches_no_database(course: Syncs) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert check_course(course.folder.path) == ()
    assert len(queries) == 0


def test_the_shipped_course_syncs(settings, course: Syncs) -> None:
    report = sync_course(settings.COURSE_DIR, now=course.now)
    assert report.problems == ()
    again = sync_course(settings.COURSE_DIR, now=course.now)
    assert len(again.unchanged) == len(report.created)
