"""Due dates follow the plan: moved by events, once, and never against a review."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quizzes import tasks
from quizzes.models import Card, Exam, ReviewEventRow, UserMemory
from quizzes.selectors import changes
from quizzes.selectors.tending import learners_to_tend
from quizzes.services import (
    change_settings,
    end_break,
    plan_break,
    record_events,
    review_prompt,
    tend,
    tend_learner,
    tend_waiting,
)
from quizzes.services.refold import refold_cards
from tests.integration.quizzes.conftest import LAPTOP, NOW, PHONE, add_prompt, sent
from tests.integration.quizzes.studied import DAY, TODAY, due_day, due_in, in_days, learn

REST = UUID(int=77)


@pytest.fixture
def crowd(ada, deck):
    """Twelve cards of one deck, all due in eight days; ranges of two days and more either way."""
    names = [f"own-{number}" for number in range(12)]
    for name in names:
        add_prompt(deck, None, name, "numeric", owner=ada)
        due_in(ada, name, 8)
    return names


def moves() -> list[ReviewEventRow]:
    return list(ReviewEventRow.objects.filter(kind="set_due").order_by("change_seq"))


def test_a_crowded_day_is_evened_out_by_events_with_a_reason(ada, crowd):
    assert tend(ada, now=NOW) == len(moves()) > 3
    assert {row.reason for row in moves()} == {"balance"}
    for name in crowd:
        card = Card.objects.get(prompt=name)
        assert abs(card.due - card.due_base) <= 2 * DAY
        assert card.due_base.date() == in_days(8)


def test_tending_again_moves_nothing(ada, crowd):
    tend(ada, now=NOW)
    before = len(moves())
    assert tend(ada, now=NOW + timedelta(hours=1)) == 0
    assert tend(ada, now=NOW + DAY) == 0
    assert len(moves()) == before


def test_balancing_can_be_switched_off(ada, crowd):
    change_settings(ada, {"balance": False}, now=NOW)
    assert tend(ada, now=NOW) == 0


def test_a_free_weekday_is_cleared(ada, crowd):
    change_settings(ada, {"balance": False, "easy_days": [1, 0, 1, 1, 1, 1, 1]}, now=NOW)
    assert in_days(8).weekday() == 1
    assert tend(ada, now=NOW) == len(crowd)
    assert {row.reason for row in moves()} == {"easy-day"}
    assert not any(due_day(ada, name).weekday() == 1 for name in crowd)


def test_a_learning_card_is_never_moved(ada):
    change_settings(ada, {"easy_days": [0, 1, 1, 1, 1, 1, 1]}, now=NOW)
    review_prompt(ada, "c04-basic", rating=1, device=LAPTOP, now=NOW)
    assert tend(ada, now=NOW) == 0


def test_a_review_after_the_move_says_when_the_card_is_due(ada, crowd):
    tend(ada, now=NOW)
    moved = moves()[0].prompt_id
    card = review_prompt(ada, moved, rating=3, device=LAPTOP, now=NOW + 8 * DAY)
    assert card.due == card.due_base


def test_a_review_made_offline_before_the_move_wins_when_it_arrives(ada, crowd):
    tend(ada, now=NOW)
    moved = moves()[0].prompt_id
    late = sent(moved, at=NOW - timedelta(hours=1), device=PHONE)
    record_events(ada, [late], now=NOW + timedelta(hours=1))
    card = Card.objects.get(user=ada, prompt=moved)
    assert card.last_review == NOW - timedelta(hours=1)
    assert card.due > card.last_review


def test_moved_cards_arrive_on_the_other_device_by_pull(ada, crowd):
    phone = changes(ada, None).cursor
    tend(ada, now=NOW)
    pulled = changes(ada, phone).changes
    events = {c.data["prompt"]: c.data for c in pulled if c.type == "event"}
    cards = {c.id: c.data for c in pulled if c.type == "card"}
    assert set(events) == set(cards) == {row.prompt_id for row in moves()}
    for prompt, event in events.items():
        assert (event["kind"], event["reason"]) == ("set_due", "balance")
        assert cards[prompt]["due"] == event["due"] != cards[prompt]["due_base"]


def test_the_state_after_moves_is_what_the_events_fold_to(ada):
    for number in range(5):
        learn(ada, f"c05-{number}")
    plan_break(ada, REST, first_day=TODAY, last_day=in_days(12), now=NOW)
    before = {card.prompt_id: card.state() for card in Card.objects.filter(user=ada)}
    memory = UserMemory.objects.get(user=ada)
    UserMemory.objects.update(refold_wanted=memory.cursor)
    refold_cards(ada.pk)
    assert {card.prompt_id: card.state() for card in Card.objects.filter(user=ada)} == before
    assert len(moves()) == 5


def test_learners_are_tended_once_a_study_day_and_only_with_something_to_do(ada, bob, crowd):
    UserMemory.objects.get_or_create(user=bob)
    assert set(learners_to_tend(NOW, 9)) == {ada, bob}  # never tended yet
    _work_through(NOW)
    assert learners_to_tend(NOW, 9) == []
    assert learners_to_tend(NOW + DAY, 9) == []  # nobody answered since
    review_prompt(ada, "c04-basic", rating=3, device=LAPTOP, now=NOW)
    assert learners_to_tend(NOW, 9) == []  # tended today
    assert learners_to_tend(NOW + DAY, 9) == [ada]
    assert learners_to_tend(NOW + timedelta(hours=17), 9) == []  # 3:00, before the rollover
    _work_through(NOW + DAY)
    assert learners_to_tend(NOW + DAY, 9) == []


def test_an_exam_asks_for_tending_until_its_day_is_past(ada):
    UserMemory.objects.update_or_create(user=ada, defaults={"tended_day": TODAY})
    words = {"title": "Finals", "chapters": ["pets"], "retention": 0.9, "created_at": NOW}
    Exam.objects.create(user=ada, day=TODAY + 2 * DAY, **words)
    assert learners_to_tend(NOW + DAY, 9) == [ada]
    UserMemory.objects.update(tended_day=TODAY + 3 * DAY)
    assert learners_to_tend(NOW + 4 * DAY, 9) == []


def _work_through(now):
    """What the worker does with the messages of one round."""
    for user_id in tend_waiting(now=now):
        tend_learner(user_id, now=now, daily=True)


def test_a_second_message_of_the_day_does_nothing_but_a_changed_plan_does(ada, crowd):
    tend_learner(ada.pk, now=NOW, daily=True)
    before = len(moves())
    change_settings(ada, {"easy_days": [1, 1, 1, 0, 1, 1, 1]}, now=NOW)
    tend_learner(ada.pk, now=NOW, daily=True)
    assert len(moves()) == before
    tend_learner(ada.pk, now=NOW)
    assert UserMemory.objects.get(user=ada).tended_day == TODAY


def test_finding_who_waits_costs_one_query(ada, crowd):
    tend(ada, now=NOW)
    with CaptureQueriesContext(connection) as run:
        learners_to_tend(NOW + DAY, 100)
    assert len(run) == 1


def test_tending_many_cards_takes_no_more_queries_than_few(ada, crowd):
    with CaptureQueriesContext(connection) as many:
        tend(ada, now=NOW)
    assert len(many) < 40


def test_a_plan_taken_back_arrives_on_the_other_device_too(ada):
    before = {name: learn(ada, name, days_ago=1).due for name in ("c05-0", "c05-1")}
    last = max(before.values()).date()
    plan_break(ada, REST, first_day=in_days(1), last_day=last, now=NOW)
    phone = changes(ada, None).cursor
    end_break(ada, REST, now=NOW + timedelta(minutes=5))
    pulled = changes(ada, phone).changes
    assert {c.data["kind"] for c in pulled if c.type == "event"} == {"void"}
    cards = {c.id: c.data for c in pulled if c.type == "card"}
    assert set(cards) == set(before)
    assert all(card["due"] == card["due_base"] for card in cards.values())
    assert {c.prompt_id: c.due for c in Card.objects.filter(user=ada)} == before


def test_the_task_tends_a_learner_and_passes_over_one_who_is_gone(ada, crowd):
    tasks.tend(user_id=ada.pk)
    assert UserMemory.objects.get(user=ada).tended_day is not None
    tasks.tend(user_id=0)
    tasks.tend_waiting()


def test_limits_and_easy_days_reach_other_devices(ada):
    phone = changes(ada, None).cursor
    change_settings(ada, {"reviews_per_day": 33, "easy_days": [1, 1, 1, 1, 1, 0.5, 0]}, now=NOW)
    [change] = [c for c in changes(ada, phone).changes if c.type == "settings"]
    assert change.data["reviews_per_day"] == 33
    assert change.data["easy_days"] == [1, 1, 1, 1, 1, 0.5, 0]
