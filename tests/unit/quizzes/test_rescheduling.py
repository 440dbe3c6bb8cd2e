"""What retention costs, and where cards go when due dates are set anew."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from quizzes.domain.balance import DueCard
from quizzes.domain.errors import SchedulingInvalid
from quizzes.domain.events import Reason
from quizzes.domain.fsrs import DEFAULT_WEIGHTS, Memory
from quizzes.domain.rescheduling import rescheduled, retention_costs
from quizzes.domain.scheduler import DEFAULT_SCHEDULING
from quizzes.domain.scheduling_request import change_to_defaults, checked_change

TODAY = date(2026, 3, 2)
CARDS = [(Memory(2.0 * 1.5**n, 3.0 + n % 6), n) for n in range(20)]


def card(stability: float, *, ago: int, due_in: int, chapter: str | None = None) -> DueCard:
    return DueCard(
        prompt="c04-a",
        due=TODAY + timedelta(days=due_in),
        base=TODAY + timedelta(days=due_in),
        last_day=TODAY - timedelta(days=ago),
        interval=ago + due_in,
        memory=Memory(stability, 5.0),
        chapter=chapter,
    )


def test_more_retention_costs_more_reviews_and_leaves_more_recalled():
    costs = retention_costs(CARDS, DEFAULT_SCHEDULING, (0.8, 0.9, 0.95))
    assert [cost.retention for cost in costs] == [0.8, 0.9, 0.95]
    reviews = [cost.reviews_a_day for cost in costs]
    assert reviews == sorted(reviews)
    assert reviews[2] > 1.8 * reviews[0] > 0
    recalled = [cost.recalled for cost in costs]
    assert recalled == sorted(recalled)
    assert all(cost.retention < cost.recalled < 1 for cost in costs)


def test_no_cards_cost_nothing_that_could_be_told():
    assert retention_costs([], DEFAULT_SCHEDULING, (0.9,)) == []


def test_a_card_goes_where_the_present_retention_wants_it():
    scheduling = replace(DEFAULT_SCHEDULING, desired_retention=0.8)
    [move] = rescheduled([card(10, ago=2, due_in=8)], scheduling, TODAY)
    assert move.reason is Reason.RESCHEDULE
    assert 15 < (move.day - TODAY).days < 45


def test_a_chapters_own_retention_decides_for_its_cards():
    scheduling = replace(DEFAULT_SCHEDULING, chapter_retention=(("pets", 0.97),))
    [strict] = rescheduled([card(100, ago=0, due_in=100, chapter="pets")], scheduling, TODAY)
    assert (strict.day - TODAY).days < 40


def test_what_would_be_overdue_is_due_today():
    [move] = rescheduled([card(10, ago=90, due_in=30)], DEFAULT_SCHEDULING, TODAY)
    assert move.day == TODAY


def test_what_is_overdue_and_stays_so_is_left_alone():
    assert rescheduled([card(10, ago=90, due_in=-30)], DEFAULT_SCHEDULING, TODAY) == []


def test_doing_it_again_moves_nothing():
    first = card(10, ago=2, due_in=30)
    [move] = rescheduled([first], DEFAULT_SCHEDULING, TODAY)
    assert rescheduled([replace(first, due=move.day)], DEFAULT_SCHEDULING, TODAY) == []


@pytest.mark.parametrize("due_in", [27, 30, 33])
def test_a_date_that_fuzz_could_have_given_stays(due_in):
    assert rescheduled([card(32, ago=2, due_in=due_in)], DEFAULT_SCHEDULING, TODAY) == []


def test_what_the_plan_evened_out_stays_and_what_the_learner_set_does_not():
    evened = replace(card(32, ago=2, due_in=33), due=TODAY + timedelta(days=36))
    assert rescheduled([evened], DEFAULT_SCHEDULING, TODAY) == []
    [move] = rescheduled(
        [replace(evened, due=TODAY + timedelta(days=60))], DEFAULT_SCHEDULING, TODAY
    )
    assert 25 < (move.day - TODAY).days < 35


def test_the_maximum_interval_holds():
    scheduling = replace(DEFAULT_SCHEDULING, maximum_interval=20)
    [move] = rescheduled([card(500, ago=0, due_in=400)], scheduling, TODAY)
    assert (move.day - TODAY).days <= 20


def test_only_what_changes_becomes_an_event():
    asked = {"desired_retention": 0.9, "maximum_interval": 365, "learning_steps": [60, 600]}
    assert checked_change(asked, DEFAULT_SCHEDULING, ()) == {"maximum_interval": 365}
    assert checked_change({}, DEFAULT_SCHEDULING, ()) == {}


def test_a_chapter_can_go_back_to_the_retention_for_all():
    held = replace(DEFAULT_SCHEDULING, chapter_retention=(("pets", 0.95),))
    asked = {"chapter_retention": {"pets": None, "mnist": None}}
    fields = checked_change(asked, held, {"pets", "mnist"})
    assert fields == {"chapter_retention": {"pets": None}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("desired_retention", 1.7),
        ("desired_retention", "0.9"),
        ("desired_retention", None),
        ("desired_retention", float("nan")),
        ("maximum_interval", 0),
        ("maximum_interval", 40_000),
        ("maximum_interval", 2.5),
        ("learning_steps", [0]),
        ("learning_steps", [60] * 21),
        ("learning_steps", 60),
        ("relearning_steps", ["10m"]),
        ("chapter_retention", {"pets": 0.2}),
        ("chapter_retention", {"nowhere": 0.9}),
        ("chapter_retention", ["pets"]),
    ],
)
def test_a_setting_out_of_bounds_is_named(name, value):
    with pytest.raises(SchedulingInvalid) as refusal:
        checked_change({name: value, "maximum_interval": value}, DEFAULT_SCHEDULING, {"pets"})
    assert name in refusal.value.errors


def test_the_way_back_names_everything_that_differs():
    held = replace(
        DEFAULT_SCHEDULING,
        weights=(0.3, *DEFAULT_WEIGHTS[1:]),
        desired_retention=0.8,
        chapter_retention=(("pets", 0.95),),
    )
    fields = change_to_defaults(held)
    assert fields["parameters"] == list(DEFAULT_WEIGHTS)
    assert fields["desired_retention"] == 0.9
    assert fields["chapter_retention"] == {"pets": None}
    assert change_to_defaults(DEFAULT_SCHEDULING) == {}
