"""The pages of the plan: forms that work without script, in plain words."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from quizzes.models import Break, Exam, ReviewEventRow
from quizzes.selectors.plans import ExamRow, plan_settings
from quizzes.selectors.standings import ExamStanding
from quizzes.services import add_chapter, change_settings
from quizzes.web.plan_view import standing_words
from tests.integration.quizzes.studied import due_in

ID = "8f9d7d54-0000-4000-8000-00000000000b"


@pytest.fixture
def page(ada) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def on(days: int) -> str:
    return str(datetime.now(UTC).date() + timedelta(days=days))


def text(reply) -> str:
    return " ".join(reply.content.decode().split())


SETTINGS = {
    "new_per_day": "7",
    "reviews_per_day": "90",
    "new_order": "mixed",
    "easy_day": ["1", "1", "1", "1", "1", "0.5", "0"],
    "balance": "on",
}


def test_strangers_sign_in_first(db):
    assert Client().get("/plan/").status_code == 302


def test_a_newcomers_plan_explains_itself(page):
    shown = text(page.get("/plan/"))
    assert "A day by which you want to know some chapters" in shown
    assert "Behind" not in shown


def test_settings_are_kept_by_the_form(page, ada):
    assert page.post("/plan/", SETTINGS).status_code == 302
    found = plan_settings(ada)
    assert (found.new_per_day, found.new_order, found.easy_days[5:]) == (7, "mixed", (0.5, 0.0))
    page.post("/plan/", {**SETTINGS, "balance": ""})
    assert plan_settings(ada).balance is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"new_per_day": "-3"},
        {"new_per_day": ""},
        {"reviews_per_day": "9" * 40},
        {"new_order": "<b>"},
        {"easy_day": ["0"] * 7},
        {"easy_day": ["nan"] * 7},
        {"easy_day": ["1"]},
    ],
)
def test_settings_that_make_no_sense_are_refused_on_the_page(page, ada, wrong):
    before = plan_settings(ada)
    reply = page.post("/plan/", {**SETTINGS, **wrong})
    assert reply.status_code == 400
    assert "cannot be kept" in text(reply)
    for field in ("per day", "Easy_days", "new_order", "New order"):
        assert field not in text(reply).split("cannot be kept.")[1][:80]
    assert plan_settings(ada) == before


def test_an_exam_is_shown_with_what_it_takes_then_accepted(page, ada):
    asked = {"title": "<i>Finals", "day": on(20), "retention": "90", "chapter": ["pets"]}
    shown = text(page.get("/plan/exam/", asked))
    assert "&lt;i&gt;Finals" in shown
    assert "1 new card a day until" in shown
    assert "accepting adds them" in shown
    assert "The same as a table" in shown
    assert not Exam.objects.exists()
    for _ in range(2):
        assert page.post("/plan/exam/", {**asked, "id": ID}).status_code == 302
    assert Exam.objects.get().pk == UUID(ID)
    assert "days left. On track: about" in text(page.get("/plan/"))
    assert page.post(f"/plan/exam/{ID}/end/").status_code == 302
    assert Exam.objects.get().ended_at is not None


@pytest.mark.parametrize(
    "asked",
    [
        {"day": ""},
        {"day": "soon"},
        {"day": "1999-01-01"},
        {"retention": "inf"},
        {"chapter": ["no"]},
    ],
)
def test_an_exam_that_makes_no_sense_is_refused_with_the_form(page, asked):
    asked = {"day": on(9), "retention": "90", "chapter": ["pets"], **asked}
    reply = page.get("/plan/exam/", asked)
    assert reply.status_code == 400
    assert 'name="retention"' in text(reply)


def test_a_break_is_shown_then_taken_and_ended(page, ada):
    due_in(ada, "c05-1", 6, interval=6)
    asked = {"first_day": on(3), "last_day": on(9)}
    assert "7 days off" in text(page.get("/plan/break/", asked))
    page.post("/plan/break/", {**asked, "id": ID})
    assert "Call it off" in text(page.get("/plan/"))
    assert "meets your break" in text(page.get("/plan/break/", asked))
    page.post(f"/plan/break/{ID}/end/")
    assert Break.objects.get().ended_at is not None


def test_a_backlog_is_offered_spread_and_taken_back(page, ada):
    add_chapter(ada, "pets", now=datetime.now(UTC))
    change_settings(ada, {"reviews_per_day": 2}, now=datetime.now(UTC))
    for number in range(5):
        due_in(ada, f"c05-{number}", -3, interval=5)
    assert "5 reviews are due, 3 more than today has room for" in text(page.get("/plan/"))
    assert "3 days at 2 a day" in text(page.get("/plan/backlog/", {"a_day": "2"}))
    page.post("/plan/backlog/", {"a_day": "2", "id": ID})
    assert "3 cards were postponed today" in text(page.get("/plan/"))
    page.post(f"/plan/backlog/{ID}/back/")
    assert "postponed today" not in text(page.get("/plan/"))
    assert ReviewEventRow.objects.filter(kind="void").count() == 3


@pytest.mark.parametrize("path", ["exam", "break", "backlog"])
def test_without_a_question_the_form_is_shown(page, path):
    reply = page.get(f"/plan/{path}/")
    assert reply.status_code == 200
    assert "<form" in text(reply)


def test_a_pace_that_makes_no_sense_is_refused(page):
    assert page.get("/plan/backlog/", {"a_day": "none"}).status_code == 400


def test_others_plans_cannot_be_ended(page, bob):
    other = Client()
    other.force_login(bob)
    page.post("/plan/break/", {"first_day": on(3), "last_day": on(9), "id": ID})
    assert other.post(f"/plan/break/{ID}/end/").status_code == 404
    assert other.post(f"/plan/exam/{ID}/end/").status_code == 404
    assert other.post(f"/plan/backlog/{ID}/back/").status_code == 404


@pytest.mark.parametrize(
    ("expected", "waiting", "said"),
    [
        (0.98, 0, "On track: about 98"),
        (0.98, 1, "On track once you catch up: about 98"),
        (0.80, 0, "Behind: about 80"),
        (0.80, 1, "Behind: about 80"),
    ],
)
def test_an_exam_whose_plan_leads_to_what_is_wanted_is_not_called_behind(expected, waiting, said):
    at = datetime(2026, 11, 21, tzinfo=UTC)
    row = ExamRow(UUID(int=1), "Final", date(2026, 12, 5), ("pets",), 0.95, at)
    standing = ExamStanding(row, 14, 20, 0, 0, waiting, expected)
    assert said in standing_words(standing)
