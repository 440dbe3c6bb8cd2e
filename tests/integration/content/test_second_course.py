"""The example course on another subject, beside the first: nothing is wired to the first one."""

from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from content import selectors
from content.domain.prompts import Kind
from content.format.course import load_course
from content.format.execution import execution_problems
from content.models import Chapter, Prompt, Section
from content.services import sync_course
from labs.web.related import chapter_of
from quizzes.models import Card
from quizzes.selectors.browse import browse
from quizzes.services import add_chapter, review_prompt, start_quiz
from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token
from studyhub.base import clock
from studyhub.web.plan import Standing
from tests.integration.content.conftest import Syncs

pytestmark = pytest.mark.django_db

EXAMPLE = Path(settings.BASE_DIR) / "content" / "examples" / "map-reading"
SLUG = "from-paper-to-ground"
PROMPTS = 16


@pytest.fixture
def both(course: Syncs) -> None:
    """The example first, then a course with a chapter of the same number."""
    assert sync_course(EXAMPLE, now=clock.now()).problems == ()
    assert course.sync().problems == ()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def text(browser: Client, path: str) -> str:
    reply = browser.get(path, follow=True)
    assert reply.status_code == 200, path
    return str(reply.content.decode())


def test_the_example_is_in_order_and_has_every_kind() -> None:
    loaded = load_course(EXAMPLE)
    assert [str(problem) for problem in loaded.problems] == []
    assert list(execution_problems(loaded.course)) == []
    (chapter,) = loaded.course.chapters
    assert {placed.prompt.kind for placed in chapter.prompts} == set(Kind)
    assert chapter.figures


def test_it_syncs_beside_the_shipped_course(course: Syncs) -> None:
    first = sync_course(settings.COURSE_DIR, now=course.now)
    assert first.problems == ()
    second = sync_course(EXAMPLE, now=course.now)
    assert (second.problems, second.changed, second.retired) == ((), [], [])
    again = sync_course(settings.COURSE_DIR, now=course.now)
    assert len(again.unchanged) == len(first.created)


@pytest.mark.usefixtures("both")
def test_chapters_stand_under_their_course(browser: Client) -> None:
    page = text(browser, "/chapters/")
    order = ["Reading a map", "1. From paper to ground", "How computers see", "1. Pixels"]
    assert [page.index(f">{words}<") for words in order] == sorted(
        page.index(f">{words}<") for words in order
    )


def test_chapters_are_in_reading_order_whenever_they_came(course: Syncs) -> None:
    assert course.sync().problems == ()
    assert sync_course(EXAMPLE, now=clock.now()).problems == ()
    head = course.folder.read("01-pixels/chapter.toml")
    head = head.replace("number = 1", "number = 2").replace('["S1"]', '["S1-03"]')
    course.folder.write("02-links/chapter.toml", head)
    course.folder.write("02-links/notes.md", "## Digits {#digits}\nfacts: S1-03\n\nRead on.\n")
    course.folder.write("02-links/questions.md", "")
    assert course.sync().problems == ()
    assert [chapter.slug for chapter in selectors.chapters()] == ["pixels", "links", SLUG]


@pytest.mark.usefixtures("both")
def test_a_chapter_leads_to_no_other_course(browser: Client) -> None:
    page = text(browser, f"/chapters/{SLUG}/")
    assert "<h1>From paper to ground</h1>" in page
    assert "“Reading a map”: CC BY 4.0." in page
    assert "/chapters/pixels/" not in page
    assert f"/chapters/{SLUG}/" not in text(browser, "/chapters/pixels/")


@pytest.mark.usefixtures("both")
def test_one_course_alone_has_no_heading_of_its_own(browser: Client) -> None:
    Section.objects.filter(chapter__slug=SLUG).delete()
    Chapter.objects.filter(slug=SLUG).update(retired_at=clock.now())
    page = text(browser, "/chapters/")
    assert "<h2><a href" in page
    assert "Reading a map" not in page


@pytest.mark.usefixtures("both")
def test_phones_learn_which_course_a_chapter_belongs_to(ada: User) -> None:
    _, secret = issue_device_token(ada, "phone")
    phone = Client(headers={"Authorization": f"Token {secret}"})
    rows = phone.get("/api/v1/chapters/").json()["results"]
    assert [(row["course"], row["slug"]) for row in rows] == [
        ("map-reading", SLUG),
        ("seeing", "pixels"),
    ]
    assert phone.get(f"/api/v1/chapters/{SLUG}/").json()["course"] == "map-reading"


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(
    ("deck", "title", "its"), [("map-reading", "Reading a map", SLUG), ("seeing", "How", "pixels")]
)
def test_each_course_can_be_reviewed_alone(
    browser: Client, ada: User, deck: str, title: str, its: str
) -> None:
    for slug in (SLUG, "pixels"):
        add_chapter(ada, slug, now=clock.now())
    assert Card.objects.filter(user=ada, prompt__chapter__slug=SLUG).count() == PROMPTS
    decks = text(browser, "/decks/")
    assert f'href="/review/?deck={deck}"' in decks
    assert title in decks
    asked = browser.get(f"/review/?deck={deck}").context["prompt"]
    assert asked.chapter.slug == its
    assert title in text(browser, f"/review/?deck={deck}")


@pytest.mark.usefixtures("both")
def test_cards_are_found_by_their_course(ada: User) -> None:
    for slug in (SLUG, "pixels"):
        add_chapter(ada, slug, now=clock.now())
    found = browse(ada, now=clock.now(), query="deck:map-reading", limit=100)
    assert {row.chapter for row in found.rows} == {SLUG}
    assert len(found.rows) == PROMPTS


@pytest.mark.usefixtures("both")
def test_a_quiz_asks_of_the_chosen_course_alone(browser: Client, ada: User) -> None:
    quiz = start_quiz(
        ada, chapters=[SLUG], size=8, feedback="each", seconds=None, now=clock.now(), seed=1
    )
    asked = {row.prompt_id for row in quiz.questions.all()}
    assert len(asked) == 8
    assert set(Prompt.objects.filter(pk__in=asked).values_list("chapter__slug", flat=True)) == {
        SLUG
    }
    assert "From paper to ground" in text(browser, "/quiz/")


@pytest.mark.usefixtures("both")
def test_statistics_tell_the_courses_apart(browser: Client, ada: User) -> None:
    for prompt in ("c01-bearing-back", "c01-brightest"):
        review_prompt(ada, prompt, rating=3, now=clock.now(), device=uuid4())
    page = text(browser, "/statistics/")
    assert "From paper to ground" in page
    assert "Pixels" in page
    facts = text(browser, "/statistics/facts/")
    assert f"/chapters/{SLUG}/#bearings" in facts
    assert "/chapters/pixels/#grid" in facts
    today = text(browser, "/")
    assert "From paper to ground" in today
    alone = text(browser, f"/statistics/?chapter={SLUG}")
    assert "From paper to ground" in alone


@pytest.mark.usefixtures("both")
def test_a_lab_belongs_to_the_chapter_that_names_it_not_to_its_number() -> None:
    lab = SimpleNamespace(slug="brightness", chapter=1)
    assert chapter_of(lab).slug == "pixels"
    assert chapter_of(SimpleNamespace(slug="no-chapters", chapter=1)) is None


@pytest.mark.usefixtures("both")
def test_coverage_is_told_course_by_course() -> None:
    told = {deck.slug: chapters for deck, chapters in selectors.coverage()}
    assert {slug: [c.slug for c in chapters] for slug, chapters in told.items()} == {
        "map-reading": [SLUG],
        "seeing": ["pixels"],
    }
    (chapter,) = told["map-reading"]
    assert len(chapter.facts) == 14
    assert all(cover.complete for cover in chapter.facts)
    assert (chapter.in_notes, chapter.asked, chapter.to_ask, chapter.prompts) == (14, 13, 13, 16)


def test_who_began_a_course_goes_on_with_it() -> None:
    names = ("first 1", "first 2", "second 1", "second 2")
    chapters = [SimpleNamespace(slug=name, deck_id=name.split()[0]) for name in names]

    def order(*begun: str) -> list[str]:
        recall = {name: SimpleNamespace(cards=3) for name in begun}
        standing = Standing(
            chapters=chapters, recall=recall, due=0, new=0, next_due=None, cards=0, labs=(), best={}
        )
        return [chapter.slug for chapter in standing.in_reading_order()]

    assert order() == list(names)
    assert order("second 1") == ["second 1", "second 2", "first 1", "first 2"]
    assert order("first 1") == ["first 1", "first 2", "second 1", "second 2"]


@pytest.mark.usefixtures("both")
def test_facts_lead_to_the_course_that_teaches_them() -> None:
    found = selectors.sections_by_fact(["MAP-10", "S1-02"])
    assert {fact: (s.chapter.slug, s.slug) for fact, s in found.items()} == {
        "MAP-10": (SLUG, "bearings"),
        "S1-02": ("pixels", "shapes"),
    }
