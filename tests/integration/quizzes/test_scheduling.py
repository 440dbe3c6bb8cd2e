"""Scheduling settings, their way back, and due dates set anew."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from quizzes import services
from quizzes.domain.errors import SchedulingInvalid
from quizzes.domain.events import Kind
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.domain.scheduler import DEFAULT_SCHEDULING
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.selectors.scheduling import (
    chapters_of,
    costs_of,
    last_reschedule,
    reschedule_progress,
    scheduling_of,
    to_reschedule,
)
from quizzes.services import scheduling
from tests.integration.quizzes.conftest import NOW, add_prompt, sent

SOON = NOW + timedelta(days=9)


@pytest.fixture
def cards(ada) -> list[str]:
    """Five cards of chapter 5 in review, learned over the last days."""
    return learned(ada, [f"c05-{number}" for number in range(5)])


def learned(user, names: list[str]) -> list[str]:
    size = len(names)
    events = [
        sent(name, at=NOW + timedelta(days=day, minutes=n), seq=size * day + n, rating=3 + n % 2)
        for n, name in enumerate(names)
        for day in (0, 1, 4)
    ]
    services.record_events(user, events, now=SOON)
    return names


def dues(user) -> dict[str, object]:
    return dict(Card.objects.filter(user=user, due__isnull=False).values_list("prompt_id", "due"))


def test_settings_hold_for_reviews_from_now_on(ada, cards):
    before = dues(ada)
    after = services.set_scheduling(
        ada, {"desired_retention": 0.8, "chapter_retention": {"pets": 0.95}}, now=SOON
    )
    assert (after.desired_retention, after.chapter_retention) == (0.8, (("pets", 0.95),))
    assert scheduling_of(ada) == after
    assert dues(ada) == before


def test_asking_for_what_is_writes_no_event(ada):
    services.set_scheduling(ada, {"desired_retention": 0.9}, now=SOON)
    services.reset_scheduling(ada, now=SOON)
    assert not ReviewEventRow.objects.filter(user=ada).exists()


def test_one_wrong_setting_changes_none(ada):
    with pytest.raises(SchedulingInvalid) as refusal:
        services.set_scheduling(
            ada, {"maximum_interval": 100, "chapter_retention": {"nowhere": 0.9}}, now=SOON
        )
    assert refusal.value.errors == {"chapter_retention": ["there is no chapter 'nowhere'"]}
    assert scheduling_of(ada) == DEFAULT_SCHEDULING


def test_the_way_back_takes_fitted_weights_along(ada, cards):
    fitted = [0.3, *DEFAULT_WEIGHTS[1:]]
    services.record_events(ada, [sent(None, "parameters", at=SOON, parameters=fitted)], now=SOON)
    services.set_scheduling(ada, {"chapter_retention": {"pets": 0.95}}, now=SOON)
    assert services.reset_scheduling(ada, now=SOON + timedelta(1)) == DEFAULT_SCHEDULING


def test_rescheduling_puts_cards_where_the_settings_want_them(ada, cards):
    services.set_scheduling(ada, {"desired_retention": 0.99}, now=SOON)
    before = dues(ada)
    wanted = to_reschedule(ada, now=SOON).cards
    done = services.reschedule_now(ada, now=SOON)
    assert done.moved == done.cards == wanted > 0
    after = dues(ada)
    assert all(after[name] <= before[name] for name in cards)
    events = ReviewEventRow.objects.filter(user=ada, kind=Kind.SET_DUE)
    assert {row.reason for row in events} == {"reschedule"}
    assert services.reschedule_now(ada, now=SOON).moved == 0


def test_rescheduling_is_taken_back_as_one(ada, cards):
    before = dues(ada)
    services.set_scheduling(ada, {"desired_retention": 0.99}, now=SOON)
    moved = services.reschedule_now(ada, now=SOON).moved
    assert last_reschedule(ada, now=SOON) is not None
    assert services.undo_reschedule(ada, now=SOON) == moved
    assert dues(ada) == before
    assert services.undo_reschedule(ada, now=SOON) == 0


def test_an_answer_after_rescheduling_is_not_undone(ada, cards):
    services.set_scheduling(ada, {"desired_retention": 0.99}, now=SOON)
    moved = services.reschedule_now(ada, now=SOON).moved
    later = SOON + timedelta(hours=1)
    services.record_events(ada, [sent(cards[0], at=later, seq=99)], now=later)
    answered = dues(ada)[cards[0]]
    assert services.undo_reschedule(ada, now=later) == moved - 1
    assert dues(ada)[cards[0]] == answered


def test_many_cards_are_left_to_a_task_and_come_out_the_same(ada, bob, cards, monkeypatch):
    monkeypatch.setattr(scheduling, "AT_ONCE", 1)
    monkeypatch.setattr(scheduling, "PART", 2)
    asked = []
    monkeypatch.setattr(scheduling, "send_reschedule_after_commit", lambda *ids: asked.append(ids))
    services.set_scheduling(ada, {"desired_retention": 0.99}, now=SOON)
    waiting = services.reschedule_now(ada, now=SOON)
    assert waiting.moved is None
    assert reschedule_progress(ada).total == 5
    [(user_id, batch)] = asked
    assert services.reschedule_cards(user_id, scheduling.UUID(batch), now=SOON) == waiting.cards
    assert reschedule_progress(ada) is None
    assert to_reschedule(ada, now=SOON).cards == 0
    assert UserMemory.objects.get(user=ada).tended_day is None


def test_rescheduling_for_someone_who_is_gone_does_nothing(db):
    assert services.reschedule_cards(10**6, scheduling.SCHEDULER, now=SOON) == 0


def test_costs_are_of_the_learners_own_cards(ada, bob, cards):
    costs = costs_of(ada, now=SOON)
    assert [cost.retention for cost in costs] == [0.8, 0.85, 0.9, 0.95]
    assert costs[0].reviews_a_day < costs[-1].reviews_a_day
    assert costs_of(bob, now=SOON) == []


def test_a_sample_stands_for_a_large_collection(ada, deck, chapters, monkeypatch):
    many = [add_prompt(deck, chapters[1], f"many-{n:03}", "basic").pk for n in range(120)]
    learned(ada, many)
    everything = costs_of(ada, now=SOON)
    monkeypatch.setattr("quizzes.selectors.scheduling.SAMPLE", 40)
    cache.clear()
    for sampled, full in zip(costs_of(ada, now=SOON), everything, strict=True):
        assert sampled != full
        assert sampled.reviews_a_day == pytest.approx(full.reviews_a_day, rel=0.25)


def test_chapters_with_cards_can_have_a_retention_of_their_own(ada, cards):
    services.set_scheduling(ada, {"chapter_retention": {"pets": 0.95}}, now=SOON)
    [pets] = chapters_of(ada)
    assert (pets.slug, pets.retention) == ("pets", 0.95)
