"""Cards that are missed again and again."""

from datetime import timedelta
from uuid import UUID

import pytest

from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.services import answer_question, override_answer, record_events, start_quiz
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


def test_a_lapse_after_one_that_was_taken_back_suspends_as_well(strict):
    lapse(strict, 4)
    undo(strict, device=LAPTOP, now=NOW + 3 * DAY + 2 * MINUTE)
    again = sent("c05-0", rating=1, at=NOW + 3 * DAY + 3 * MINUTE, seq=99)
    record_events(strict, [again], now=TODAY)
    assert Card.objects.get().suspended


def test_a_card_that_was_begun_anew_is_suspended_as_one_that_never_was(strict):
    lapse(strict, 4)
    at = NOW + 3 * DAY + 2 * MINUTE
    anew = [sent("c05-0", "unsuspend", at=at), sent("c05-0", "reset", at=at + MINUTE)]
    record_events(strict, anew, now=TODAY)
    lapse(strict, 3, first=5)
    assert not Card.objects.get().suspended
    lapse(strict, 1, first=8)
    assert Card.objects.get().suspended


def test_a_lapse_in_a_quiz_suspends_until_the_learner_judges_it_right(strict):
    lapse(strict, 3)
    at = NOW + 9 * DAY
    record_events(strict, [sent("c05-0", rating=4, at=at, seq=90)], now=at)
    asked = {"chapters": ["pets"], "size": 5, "feedback": "each", "seconds": None, "seed": 1}
    attempt = start_quiz(strict, now=at + DAY, **asked)
    question = attempt.questions.get(prompt="c05-0").pk
    answer_question(strict, attempt.pk, question, "4", now=at + DAY)
    assert Card.objects.get(prompt="c05-0").suspended
    override_answer(strict, attempt.pk, question, correct=True, now=at + DAY + MINUTE)
    assert not Card.objects.get(prompt="c05-0").suspended


def test_nothing_is_suspended_where_the_learner_did_not_ask_for_it(ada):
    lapse(ada, 9)
    assert not Card.objects.get().suspended
