"""What a quiz keeps to itself until its end, how time ends it, and what is kept of it."""

from datetime import timedelta
from uuid import UUID

import pytest

from quizzes.domain.errors import QuizClosed, QuizConflict
from quizzes.models import QuizAttempt, ReviewEventRow
from quizzes.selectors import card_states, changes, past_quizzes, quiz, session
from quizzes.services import (
    finish_overdue,
    finish_quiz,
    quiz_now,
    retake_missed,
    review_prompt,
)
from tests.integration.quizzes.conftest import LAPTOP, NOW, RIGHT, WRONG
from tests.integration.quizzes.test_quiz_overrides import answer, begin, number

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
OWN = UUID("00000000-0000-4000-8000-000000000001")


def test_until_the_end_neither_card_nor_event_nor_session_tells_what_was_right(ada):
    attempt = begin(ada, feedback="end")
    for kind in RIGHT:
        answer(ada, attempt, kind, WRONG[kind])
    assert [c.type for c in changes(ada, "", 100).changes if c.type in ("card", "event")] == []
    assert session(ada, now=NOW).cards == []
    finish_quiz(ada, attempt.pk, now=NOW + MINUTE)
    assert ReviewEventRow.objects.filter(kind="review", rating=1).count() == len(RIGHT)


def test_memory_hears_at_the_end_as_of_when_each_answer_was_given(ada, bob):
    for user, feedback in ((ada, "end"), (bob, "each")):
        review_prompt(user, "c04-numeric", rating=3, device=LAPTOP, now=NOW - 9 * DAY)
        attempt = begin(user, feedback=feedback)
        answer(user, attempt, "numeric", "3")
        answer(user, attempt, "code", "[2]")
        finish_quiz(user, attempt.pk, now=NOW + 2 * DAY)
    ids = ["c04-numeric", "c04-code"]
    assert card_states(ada, ids, now=NOW) == card_states(bob, ids, now=NOW)
    finish_quiz(ada, QuizAttempt.objects.get(user=ada).pk, now=NOW + 3 * DAY)
    assert ReviewEventRow.objects.filter(user=ada).count() == 3


def test_a_quiz_whose_time_is_up_ends_itself_at_the_next_look(ada):
    attempt = begin(ada, seconds=600, feedback="end")
    answer(ada, attempt, "numeric", "3")
    assert quiz_now(ada, attempt.pk, now=NOW + 10 * MINUTE).finished_at is None
    view = quiz_now(ada, attempt.pk, now=NOW + DAY)
    assert (view.finished_at, view.score) == (NOW + 10 * MINUTE, pytest.approx(1 / 7))
    assert finish_overdue(ada, now=NOW + DAY) == 0
    assert finish_quiz(ada, attempt.pk, now=NOW + 2 * DAY).score == view.score


def test_an_answer_after_the_time_is_refused_but_a_repeated_one_is_not(ada):
    attempt = begin(ada, seconds=60)
    first = answer(ada, attempt, "numeric", "3")
    with pytest.raises(QuizClosed, match="time is up"):
        answer(ada, attempt, "short", "SGD", now=NOW + 2 * MINUTE)
    assert answer(ada, attempt, "numeric", "4", now=NOW + DAY) == first


def test_a_retake_that_is_sent_again_begins_no_second_quiz(ada, bob):
    attempt = begin(ada)
    finish_quiz(ada, attempt.pk, now=NOW)
    first = retake_missed(ada, attempt.pk, now=NOW, seed=1, retake_id=OWN)
    again = retake_missed(ada, attempt.pk, now=NOW + MINUTE, seed=2, retake_id=OWN)
    assert (first.pk, again.pk, again.retake_of_id) == (OWN, OWN, attempt.pk)
    assert quiz(ada, OWN).started_at == NOW
    other = begin(bob)
    finish_quiz(bob, other.pk, now=NOW)
    with pytest.raises(QuizConflict):
        retake_missed(bob, other.pk, now=NOW, seed=1, retake_id=OWN)
    with pytest.raises(QuizConflict):
        begin(ada, attempt_id=OWN)


def test_past_quizzes_are_paged_newest_first_and_a_page_stays_right_as_rows_are_added(ada, bob):
    made = []
    for day in range(5):
        attempt = begin(ada, now=NOW + day * DAY)
        finish_quiz(ada, attempt.pk, now=NOW + day * DAY)
        made.append(attempt.pk)
    begin(ada, now=NOW + 9 * DAY)
    finish_quiz(bob, begin(bob).pk, now=NOW)
    first, cursor = past_quizzes(ada, limit=2)
    late = begin(ada, now=NOW + 8 * DAY)
    finish_quiz(ada, late.pk, now=NOW + 8 * DAY)
    second, cursor = past_quizzes(ada, before=cursor, limit=2)
    third, end = past_quizzes(ada, before=cursor, limit=2)
    assert [row.id for row in [*first, *second, *third]] == made[::-1]
    assert end == ""
    assert past_quizzes(ada, before="nonsense", limit=1)[0][0].id == late.pk


def test_a_row_counts_what_was_right_but_not_before_it_may_be_told(ada):
    attempt = begin(ada, feedback="end")
    answer(ada, attempt, "numeric", "3")
    answer(ada, attempt, "code", "[2]")
    finish_quiz(ada, attempt.pk, now=NOW)
    [row] = past_quizzes(ada)[0]
    assert (row.right, row.answered, row.questions) == (1, 2, 7)


def test_no_page_tells_a_verdict_before_the_end(ada, client, chapters):
    attempt = begin(ada, feedback="end")
    client.force_login(ada)
    told = {}
    for kind in RIGHT:
        place = [q.id for q in quiz(ada, attempt.pk).questions].index(number(ada, attempt, kind))
        url = f"/quiz/attempt/{attempt.pk}/?q={place + 1}"
        answer(ada, attempt, kind, WRONG[kind])
        told[kind] = client.get(url).content.decode()
    for page in told.values():
        for word in ("Explanation", "Answer.", "Not yet", "Not this one", "missed", "override"):
            assert word not in page
