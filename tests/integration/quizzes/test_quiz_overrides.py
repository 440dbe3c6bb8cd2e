"""The learner's own verdict on a free answer: kept beside the graded one, counted, remembered."""

from datetime import timedelta
from uuid import uuid4

import pytest

from quizzes.domain.errors import QuizClosed, QuizInvalid, QuizNotFound
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors import card_states, quiz
from quizzes.services import (
    answer_question,
    finish_quiz,
    override_answer,
    retake_missed,
    review_prompt,
    start_quiz,
)
from tests.integration.quizzes.conftest import LAPTOP, NOW, RIGHT, WRONG

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FREE = ("numeric", "short", "cloze", "code")


def begin(user, **change):
    asked = {
        "chapters": ["mnist-basics"],
        "size": 10,
        "feedback": "each",
        "seconds": None,
        "now": NOW,
        "seed": 7,
    }
    return start_quiz(user, **{**asked, **change})


def number(user, attempt, kind: str) -> int:
    return next(q.id for q in quiz(user, attempt.pk).questions if q.kind == kind)


def answer(user, attempt, kind: str, given, now=NOW):
    return answer_question(user, attempt.pk, number(user, attempt, kind), given, now=now)


def judge(user, attempt, kind: str, correct: bool, now=NOW + MINUTE):
    asked = number(user, attempt, kind)
    return override_answer(user, attempt.pk, asked, correct=correct, now=now)


def card(user, kind: str, now=NOW):
    return card_states(user, [f"c04-{kind}"], now=now).get(f"c04-{kind}")


@pytest.mark.parametrize("kind", FREE)
def test_i_was_right_takes_a_first_miss_out_of_the_schedule(ada, kind):
    attempt = begin(ada)
    answer(ada, attempt, kind, WRONG[kind])
    assert card(ada, kind).reps == 1
    result = judge(ada, attempt, kind, True)
    assert (result.correct, result.override, result.counts) == (False, True, True)
    assert card(ada, kind) is None
    kinds = ReviewEventRow.objects.order_by("change_seq").values_list("kind", flat=True)
    assert list(kinds) == ["review", "void", "practice"]


def test_i_was_right_leaves_the_card_as_a_right_answer_would_have(ada, bob):
    for user, given in ((ada, "4"), (bob, "3")):
        review_prompt(user, "c04-numeric", rating=3, device=LAPTOP, now=NOW - 9 * DAY)
        attempt = begin(user)
        answer(user, attempt, "numeric", given)
        if user == ada:
            assert card(ada, "numeric").lapses == 0
            judge(ada, attempt, "numeric", True, now=NOW + 5 * DAY)
    ours, theirs = card(ada, "numeric"), card(bob, "numeric")
    assert (ours.reps, ours.stability, ours.due) == (2, theirs.stability, theirs.due)


def test_i_was_wrong_leaves_the_card_as_a_wrong_answer_would_have(ada, bob):
    for user, given in ((ada, "sgd"), (bob, "momentum")):
        review_prompt(user, "c04-short", rating=3, device=LAPTOP, now=NOW - 9 * DAY)
        attempt = begin(user)
        answer(user, attempt, "short", given)
        if user == ada:
            result = judge(ada, attempt, "short", False)
            assert (result.correct, result.counts) == (True, False)
    assert card(ada, "short") == card(bob, "short")


def test_an_override_counts_from_when_the_answer_was_given_whatever_came_since(ada, bob):
    for user, given in ((ada, "4"), (bob, "3")):
        review_prompt(user, "c04-numeric", rating=3, device=LAPTOP, now=NOW - 9 * DAY)
        attempt = begin(user)
        answer(user, attempt, "numeric", given)
        review_prompt(user, "c04-numeric", rating=3, device=LAPTOP, now=NOW + 3 * DAY)
        if user == ada:
            judge(ada, attempt, "numeric", True, now=NOW + 4 * DAY)
    assert card(ada, "numeric", NOW + 4 * DAY) == card(bob, "numeric", NOW + 4 * DAY)


def test_right_again_on_the_day_of_a_review_is_only_practice(ada):
    review_prompt(ada, "c04-numeric", rating=3, device=LAPTOP, now=NOW - MINUTE)
    attempt = begin(ada)
    answer(ada, attempt, "numeric", "4")
    judge(ada, attempt, "numeric", True)
    assert card(ada, "numeric").reps == 1


def test_saying_it_twice_changes_nothing_and_the_graded_verdict_takes_it_back(ada):
    attempt = begin(ada)
    answer(ada, attempt, "numeric", "4")
    missed = card(ada, "numeric")
    first = judge(ada, attempt, "numeric", True)
    count = ReviewEventRow.objects.count()
    assert judge(ada, attempt, "numeric", True) == first
    assert ReviewEventRow.objects.count() == count
    back = judge(ada, attempt, "numeric", False)
    assert (back.override, back.counts) == (None, False)
    assert card(ada, "numeric") == missed
    assert judge(ada, attempt, "numeric", True).counts
    assert Card.objects.filter(removed=False).count() == 0


def test_the_score_counts_the_override_and_says_so(ada):
    attempt = begin(ada)
    answer(ada, attempt, "numeric", "4")
    answer(ada, attempt, "cloze", ["loss", "no"])
    assert finish_quiz(ada, attempt.pk, now=NOW).score == pytest.approx(0.5 / 7)
    judge(ada, attempt, "numeric", True)
    judge(ada, attempt, "cloze", True)
    view = quiz(ada, attempt.pk)
    assert (view.score, view.overridden) == (pytest.approx(2 / 7), 2)
    again = finish_quiz(ada, attempt.pk, now=NOW)
    assert (again.score, again.scheduled, again.overridden) == (view.score, [], 2)


def test_what_was_overridden_as_right_is_not_retaken(ada):
    attempt = begin(ada)
    for kind in RIGHT:
        answer(ada, attempt, kind, WRONG[kind] if kind in ("code", "short") else RIGHT[kind])
    finish_quiz(ada, attempt.pk, now=NOW)
    judge(ada, attempt, "code", True)
    judge(ada, attempt, "numeric", False)
    retake = retake_missed(ada, attempt.pk, now=NOW, seed=1)
    assert {q.kind for q in quiz(ada, retake.pk).questions} == {"short", "numeric"}


@pytest.mark.parametrize("kind", ["choice", "multiple", "ordering"])
def test_what_was_chosen_is_beyond_dispute(ada, kind):
    attempt = begin(ada)
    answer(ada, attempt, kind, WRONG[kind])
    with pytest.raises(QuizInvalid, match="own words"):
        judge(ada, attempt, kind, True)


def test_there_is_nothing_to_dispute_before_the_verdict_is_told(ada):
    attempt = begin(ada, feedback="end")
    with pytest.raises(QuizClosed, match="no answer yet"):
        judge(ada, attempt, "numeric", True)
    answer(ada, attempt, "numeric", "4")
    with pytest.raises(QuizClosed, match="at its end"):
        judge(ada, attempt, "numeric", True)
    finish_quiz(ada, attempt.pk, now=NOW + MINUTE)
    assert judge(ada, attempt, "numeric", True).counts
    assert card(ada, "numeric") is None


def test_only_ones_own_answers_can_be_judged(ada, bob):
    attempt = begin(ada)
    answer(ada, attempt, "numeric", "4")
    asked = number(ada, attempt, "numeric")
    for user, quiz_id, question in (
        (bob, attempt.pk, asked),
        (ada, attempt.pk, 10**30),
        (ada, uuid4(), asked),
    ):
        with pytest.raises(QuizNotFound):
            override_answer(user, quiz_id, question, correct=True, now=NOW)
    assert card(ada, "numeric").reps == 1
