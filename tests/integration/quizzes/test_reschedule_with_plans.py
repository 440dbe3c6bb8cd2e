"""Due dates set anew leave alone what an exam, a break or a spread backlog moved."""

from datetime import timedelta
from uuid import UUID

import pytest

from quizzes import services
from quizzes.domain.days import zone
from quizzes.domain.errors import PlanInvalid
from quizzes.models import Card
from quizzes.selectors.scheduling import to_reschedule
from quizzes.web.sitting import undo_context
from studyhub.base import words
from tests.integration.quizzes.conftest import LAPTOP, NOW
from tests.integration.quizzes.studied import TODAY, due_in, in_days

PLAN = UUID(int=77)
NAMES = [f"c05-{number}" for number in range(5)]


@pytest.fixture
def settled(ada) -> list[str]:
    """Five cards due in ten days, where the settings want them."""
    for name in NAMES:
        due_in(ada, name, 9)
    assert to_reschedule(ada, now=NOW).cards == 0
    return NAMES


def dues(user) -> dict[str, object]:
    return dict(Card.objects.filter(user=user).values_list("prompt_id", "due"))


def _nothing_to_set(ada) -> None:
    before = dues(ada)
    assert to_reschedule(ada, now=NOW).cards == 0
    assert services.reschedule_now(ada, now=NOW).moved == 0
    assert dues(ada) == before


def test_what_a_break_moved_is_not_set_anew(ada, settled):
    before = dues(ada)
    services.plan_break(ada, PLAN, first_day=TODAY, last_day=in_days(30), now=NOW)
    assert all(due > before[name] for name, due in dues(ada).items())
    _nothing_to_set(ada)


def test_what_an_exam_drew_is_not_set_anew(ada, settled):
    before = dues(ada)
    services.plan_exam(
        ada, PLAN, title="Finals", day=in_days(5), chapters=["pets"], retention=0.95, now=NOW
    )
    assert any(due < before[name] for name, due in dues(ada).items())
    _nothing_to_set(ada)


def test_a_spread_backlog_is_not_set_anew(ada):
    for name in NAMES:
        due_in(ada, name, -20)
    assert services.postpone(ada, PLAN, a_day=1, now=NOW) == 4
    _nothing_to_set(ada)


def test_a_break_does_not_hold_cards_that_new_settings_want_before_it(ada, settled):
    services.plan_break(ada, PLAN, first_day=in_days(7), last_day=in_days(30), now=NOW)
    services.set_scheduling(ada, {"desired_retention": 0.97}, now=NOW)
    assert services.reschedule_now(ada, now=NOW).moved == 5
    assert all(due < NOW + timedelta(days=7) for due in dues(ada).values())


def test_an_answer_that_falls_in_a_break_is_told_to_come_after_it(ada):
    services.plan_break(ada, PLAN, first_day=in_days(1), last_day=in_days(40), now=NOW)
    services.review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=NOW)
    said = undo_context(ada, NOW, undone=False)["said"]
    assert f"Back after your break, from {words.day(in_days(41))} on." in said


def test_a_refused_break_names_days_in_words_and_in_iso_for_programs(ada):
    services.plan_break(ada, PLAN, first_day=in_days(1), last_day=in_days(4), now=NOW)
    with pytest.raises(PlanInvalid) as refusal:
        services.plan_break(ada, UUID(int=78), first_day=TODAY, last_day=in_days(2), now=NOW)
    assert "3 March 2026" in refusal.value.cure
    assert "2026-03-03" not in refusal.value.cure
    assert "2026-03-03" in refusal.value.errors["first_day"][0]


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Factory"])
def test_a_time_zone_that_is_no_place_is_none(name):
    with pytest.raises(KeyError):
        zone(name)
