from datetime import UTC, date, datetime, timedelta

import pytest

from content.domain.prompts import Kind
from quizzes.domain import events
from quizzes.domain.errors import QuizInvalid
from quizzes.domain.quiz import GRADABLE, check_request, draw, effect, is_over, shuffled

TODAY = date(2026, 3, 4)
YESTERDAY = TODAY - timedelta(days=1)
BANK = {"mnist-basics": [f"c04-{n}" for n in range(30)], "intro": ["c01-a", "c01-b"]}


def test_the_same_seed_draws_the_same_quiz_and_another_seed_another():
    assert draw(BANK, 10, 1) == draw({k: v[::-1] for k, v in reversed(BANK.items())}, 10, 1)
    assert draw(BANK, 10, 1) != draw(BANK, 10, 2)


def test_chapters_share_a_quiz_while_their_questions_last():
    drawn = draw(BANK, 6, 3)
    assert len(set(drawn)) == 6
    assert {"c01-a", "c01-b"} <= set(drawn)
    assert len(draw(BANK, 100, 3)) == 32


def test_an_ordering_is_never_shown_solved():
    for seed in range(50):
        assert shuffled(["a", "b"], seed, never=["a", "b"]) == ["b", "a"]


@pytest.mark.parametrize("kind", sorted(GRADABLE))
def test_a_missed_prompt_is_reviewed_as_again(kind):
    wrong = effect(kind, correct=False, last_day=TODAY, today=TODAY)
    assert (wrong.kind, wrong.rating) == (events.Kind.REVIEW, 1)


@pytest.mark.parametrize("kind", [Kind.NUMERIC, Kind.SHORT, Kind.CLOZE, Kind.CODE])
def test_a_free_answer_counts_as_good_from_the_next_study_day(kind):
    good = effect(kind, correct=True, last_day=YESTERDAY, today=TODAY)
    assert (good.kind, good.rating) == (events.Kind.REVIEW, 3)
    for last_day in (TODAY, None):
        again = effect(kind, correct=True, last_day=last_day, today=TODAY)
        assert again.kind is events.Kind.PRACTICE


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.MULTIPLE, Kind.ORDERING])
def test_recognising_is_only_practice(kind):
    assert effect(kind, correct=True, last_day=YESTERDAY, today=TODAY).kind is events.Kind.PRACTICE


def test_prompts_compared_by_eye_are_not_in_quizzes():
    assert Kind.BASIC not in GRADABLE
    assert len(GRADABLE) == 7


def test_every_wrong_field_of_a_request_is_named_at_once():
    with pytest.raises(QuizInvalid) as refusal:
        check_request(chapters=[], size=0, feedback="never", seconds=1)
    assert set(refusal.value.errors) == {"chapters", "size", "feedback", "seconds"}


def test_an_answer_on_its_way_when_time_runs_out_still_counts():
    start = datetime(2026, 3, 4, tzinfo=UTC)
    assert not is_over(start, 60, start + timedelta(seconds=63))
    assert is_over(start, 60, start + timedelta(seconds=66))
    assert not is_over(start, None, start + timedelta(days=9))
