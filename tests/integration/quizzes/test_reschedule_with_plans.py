"""Due dates set anew leave alone what an exam, a break or a spread backlog moved."""

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from quizzes import services
from quizzes.domain.days import zone
from quizzes.domain.errors import PlanInvalid
from quizzes.models import Card, ReviewEventRow
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


def _nothing_to_set(ada, *, now: datetime = NOW) -> None:
    before = dues(ada)
    assert to_reschedule(ada, now=now).cards == 0
    assert services.reschedule_now(ada, now=now).moved == 0
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


def test_after_new_settings_one_press_is_enough_where_a_break_is_planned(ada, settled):
    """The break brings some of the cards back to the very day that their answers gave them."""
    services.plan_break(ada, PLAN, first_day=in_days(2), last_day=in_days(6), now=NOW)
    services.set_scheduling(ada, {"desired_retention": 0.95}, now=_at(1))
    assert services.reschedule_now(ada, now=_at(2)).moved > 0
    services.tend(ada, now=_at(3))
    _nothing_to_set(ada, now=_at(4))


@pytest.mark.parametrize("learner", range(30))
def test_one_press_is_enough_for_every_learner_whatever_is_planned(ada, learner):
    chance = Random(learner)
    for name in NAMES:
        interval = chance.randint(2, 40)
        due = chance.randint(-5, interval - 1)
        due_in(ada, name, due, interval=interval, stability=float(chance.randint(2, 60)))
    if chance.random() < 0.3:
        easy = [chance.choice([0, 0.5, 1]) for _ in range(7)]
        services.change_settings(ada, {"easy_days": easy}, now=NOW)
    _plan_by_chance(ada, chance)
    retention = chance.choice([0.75, 0.8, 0.85, 0.95, 0.97])
    services.set_scheduling(ada, {"desired_retention": retention}, now=_at(5))
    services.reschedule_now(ada, now=_at(6))
    services.tend(ada, now=_at(7))
    _nothing_to_set(ada, now=_at(8))


def test_an_exam_that_draws_cards_of_a_spread_backlog_leaves_them_spread(ada):
    for name in NAMES:
        due_in(ada, name, -3, interval=26, stability=10.0)
    services.postpone(ada, PLAN, a_day=1, now=NOW)
    exam = UUID(int=78)
    services.plan_exam(
        ada, exam, title="Finals", day=in_days(4), chapters=["pets"], retention=0.97, now=_at(1)
    )
    assert ReviewEventRow.objects.filter(user=ada, device=exam).exists()
    _nothing_to_set(ada, now=_at(2))


def _at(second: int) -> datetime:
    return NOW + timedelta(seconds=second)


def _plan_by_chance(ada, chance: Random) -> None:
    first, exam_day = chance.randint(0, 10), chance.randint(3, 40)
    last = first + chance.randint(0, 20)
    again = last + chance.randint(2, 9)
    plans = [
        lambda now: services.plan_break(
            ada, UUID(int=1), first_day=in_days(first), last_day=in_days(last), now=now
        ),
        lambda now: services.plan_break(
            ada, UUID(int=2), first_day=in_days(again), last_day=in_days(again + 5), now=now
        ),
        lambda now: services.plan_exam(
            ada,
            UUID(int=3),
            title="Finals",
            day=in_days(exam_day),
            chapters=["pets"],
            retention=0.9,
            now=now,
        ),
        lambda now: services.postpone(ada, UUID(int=4), a_day=1, now=now),
    ]
    for second, plan in enumerate(chance.sample(plans, chance.randint(1, 4)), 1):
        with suppress(PlanInvalid):  # a backlog that would not shrink, an exam within a break
            plan(_at(second))


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
