"""Cards that are missed again and again."""

from datetime import timedelta
from uuid import UUID

import pytest

from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.services import record_events
from quizzes.services.undo import undo
from tests.integration.quizzes.conftest import LAPTOP, NOW, sent

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TODAY = NOW + 60 * DAY


def lapse(user, times: int, *, first: int = 0, prompt: str = "c05-0") -> list[dict]:
    """`times` lapses, each after a review that brings the card back to review."""
    events = []
    for number in range(first, first + times):
        at = NOW + number * DAY
        events.append(sent(prompt, rating=4, at=at, seq=2 * number))
        events.append(sent(prompt, rating=1, at=at + MINUTE, seq=2 * number + 1))
    record_events(user, events, now=TODAY)
    return events


@pytest.fixture
def strict(ada):
    """Ada's leeches are suspended at the fourth lapse."""
    UserMemory.objects.create(user=ada, leech_lapses=4, leech_suspend=True)
    return ada


def test_a_leech_is_suspended_right_after_the_lapse_that_made_it_one(strict):
    lapse(strict, 3)
    assert not Card.objects.get().suspended
    events = lapse(strict, 1, first=3)
    assert Card.objects.get().suspended
    row = ReviewEventRow.objects.get(kind="suspend")
    assert row.reason == "leech"
    assert (row.effective_at - NOW - 3 * DAY - MINUTE).total_seconds() == 0.001
    record_events(strict, events, now=TODAY)
    assert ReviewEventRow.objects.filter(kind="suspend").count() == 1


def test_one_that_was_brought_back_is_suspended_again_after_half_as_many_lapses(strict):
    lapse(strict, 4)
    record_events(strict, [sent("c05-0", "unsuspend", at=NOW + 3 * DAY + 9 * MINUTE)], now=TODAY)
    again = sent("c05-0", rating=1, at=NOW + 3 * DAY + 10 * MINUTE, seq=99)
    record_events(strict, [again], now=TODAY)
    assert not Card.objects.get().suspended, "a miss while relearning is no lapse"
    lapse(strict, 1, first=4)
    assert not Card.objects.get().suspended
    lapse(strict, 1, first=5)
    assert Card.objects.get().suspended


def test_taking_the_lapse_back_takes_the_suspension_back(strict):
    events = lapse(strict, 4)
    now = NOW + 3 * DAY + 2 * MINUTE
    taken = undo(strict, device=LAPTOP, now=now)
    assert taken.act.event == UUID(events[-1]["id"])
    assert (Card.objects.get().suspended, Card.objects.get().lapses) == (False, 3)


def test_nothing_is_suspended_where_the_learner_did_not_ask_for_it(ada):
    lapse(ada, 9)
    assert not Card.objects.get().suspended
