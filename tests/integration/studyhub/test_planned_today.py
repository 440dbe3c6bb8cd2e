"""What the page of today says of the plan."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from quizzes.domain.days import study_day
from quizzes.services import add_chapter, change_settings, plan_break, plan_exam
from studyhub.accounts.models import User
from studyhub.base import clock

pytestmark = pytest.mark.django_db
CHAPTER = "mnist-basics"


@pytest.fixture
def ada(shipped_course: None) -> User:
    user = User.objects.create_user("ada")
    add_chapter(user, CHAPTER, now=clock.now())
    return user


def today_page(user: User) -> str:
    client = Client()
    client.force_login(user)
    return " ".join(client.get("/").content.decode().split())


def on(days: int):
    """So many study days from now; between midnight and four it is still the eve."""
    return study_day(clock.now(), "UTC", 4) + timedelta(days=days)


def test_without_a_plan_the_limits_are_said(ada):
    change_settings(ada, {"new_per_day": 3}, now=clock.now())
    assert "3 new cards a day and 200 reviews at most" in today_page(ada)


def test_a_newcomer_is_not_asked_to_plan(ada):
    assert "What you planned" not in today_page(User.objects.create_user("new"))


def test_an_exam_counts_down(ada):
    asked = {"title": "Finals", "day": on(20), "chapters": [CHAPTER], "retention": 0.9}
    plan_exam(ada, UUID(int=5), **asked, now=clock.now())
    shown = today_page(ada)
    assert "Finals, " in shown
    assert "days left. On track: about" in shown


def test_a_break_is_said_in_the_headline(ada):
    plan_break(ada, UUID(int=6), first_day=on(0), last_day=on(3), now=clock.now())
    shown = today_page(ada)
    assert "<h1>On a break until " in shown
    assert "You may study all the same" in shown
