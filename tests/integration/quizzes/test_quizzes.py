"""Quizzes from start to the schedule."""

from datetime import timedelta
from uuid import uuid4

import pytest

from quizzes.domain.errors import AnswerFormatError, QuizClosed, QuizInvalid, QuizNotFound
from quizzes.models import Card, QuizAnswer, ReviewEventRow
from quizzes.selectors import card_states, open_quizzes, quiz, reviews_per_day
from quizzes.services import (
    answer_question,
    finish_overdue,
    finish_quiz,
    retake_missed,
    review_prompt,
    start_quiz,
)
from tests.integration.quizzes.conftest import LAPTOP, NOW, RIGHT, WRONG, undo_last

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


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


def question(user, attempt, kind: str):
    return next(q for q in quiz(user, attempt.pk).questions if q.kind == kind)


def answer(user, attempt, kind: str, given, now=NOW):
    return answer_question(user, attempt.pk, question(user, attempt, kind).id, given, now=now)


def test_a_quiz_asks_every_kind_but_those_compared_by_eye(ada):
    attempt = begin(ada)
    assert {q.kind for q in quiz(ada, attempt.pk).questions} == set(RIGHT)


def test_questions_and_options_are_shuffled_once_and_stay(ada):
    first, again = begin(ada), begin(ada)
    assert quiz(ada, first.pk).questions == quiz(ada, first.pk).questions
    order = [(q.prompt, q.choices) for q in quiz(ada, first.pk).questions]
    assert [(q.prompt, q.choices) for q in quiz(ada, again.pk).questions] == order
    others = [begin(ada, seed=seed) for seed in range(3)]
    assert any([(q.prompt, q.choices) for q in quiz(ada, o.pk).questions] != order for o in others)


def test_no_question_gives_its_answer_away(ada):
    attempt = begin(ada)
    for q in quiz(ada, attempt.pk).questions:
        assert q.answer is None
        assert all(set(choice) == {"id", "html"} for choice in q.choices)


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_answer_is_praised_and_leaves_the_schedule_alone(ada, kind):
    result = answer(ada, begin(ada), kind, RIGHT[kind])
    assert (result.correct, result.score) == (True, 1.0)
    assert result.explanation_html == "<p>Explanation.</p>"
    assert not Card.objects.exists()
    assert ReviewEventRow.objects.get().kind == "practice"


@pytest.mark.parametrize("kind", WRONG)
def test_a_missed_prompt_enters_the_schedule(ada, kind):
    attempt = begin(ada)
    result = answer(ada, attempt, kind, WRONG[kind])
    assert result.correct is False
    assert result.score < 1
    card = card_states(ada, [f"c04-{kind}"], now=NOW)[f"c04-{kind}"]
    assert (card.phase, card.reps) == ("learning", 1)
    assert finish_quiz(ada, attempt.pk, now=NOW).scheduled == [f"c04-{kind}"]


def test_wrong_options_are_explained(ada):
    result = answer(ada, begin(ada), "choice", "wrong")
    assert (result.expected, result.option_notes["wrong"]) == ("right", "<p>Not this one.</p>")


def test_a_free_answer_counts_as_a_review_from_the_next_study_day_on(ada):
    review_prompt(ada, "c04-short", rating=3, device=LAPTOP, now=NOW - DAY)
    answer(ada, begin(ada), "short", "the SGD")
    assert card_states(ada, ["c04-short"], now=NOW)["c04-short"].reps == 2
    review_prompt(ada, "c04-choice", rating=3, device=LAPTOP, now=NOW - DAY)
    answer(ada, begin(ada), "choice", "right")
    assert card_states(ada, ["c04-choice"], now=NOW)["c04-choice"].reps == 1


def test_the_first_answer_stands(ada):
    attempt = begin(ada)
    first = answer(ada, attempt, "numeric", "4")
    again = answer(ada, attempt, "numeric", "3", now=NOW + MINUTE)
    assert again == first
    assert QuizAnswer.objects.count() == ReviewEventRow.objects.count() == 1


def test_a_wrong_form_is_explained_and_can_be_answered_again(ada):
    attempt = begin(ada)
    with pytest.raises(AnswerFormatError, match="a number such as 3.5"):
        answer(ada, attempt, "numeric", "three")
    assert not ReviewEventRow.objects.exists()
    assert answer(ada, attempt, "numeric", 3).correct


def test_with_feedback_at_the_end_nothing_is_told_before(ada):
    attempt = begin(ada, feedback="end")
    result = answer(ada, attempt, "numeric", "4")
    assert (result.given, result.correct, result.expected) == ("4", None, None)
    assert question(ada, attempt, "numeric").answer == result
    finish_quiz(ada, attempt.pk, now=NOW)
    told = question(ada, attempt, "numeric").answer
    assert (told.correct, told.expected, told.explanation_html) == (
        False,
        3.0,
        "<p>Explanation.</p>",
    )


def test_the_score_counts_partial_credit_and_what_was_left_out(ada):
    attempt = begin(ada)
    answer(ada, attempt, "numeric", RIGHT["numeric"])
    answer(ada, attempt, "cloze", WRONG["cloze"])
    result = finish_quiz(ada, attempt.pk, now=NOW)
    assert result.score == pytest.approx(1.5 / 7)
    assert result.scheduled == ["c04-cloze"]
    assert len(result.questions) == 7


def test_finishing_twice_gives_the_same_result(ada):
    attempt = begin(ada)
    first = finish_quiz(ada, attempt.pk, now=NOW)
    assert finish_quiz(ada, attempt.pk, now=NOW + DAY) == first
    assert quiz(ada, attempt.pk).finished_at == NOW


def test_after_the_end_answers_are_refused(ada):
    attempt = begin(ada)
    answer(ada, attempt, "numeric", "3")
    finish_quiz(ada, attempt.pk, now=NOW)
    with pytest.raises(QuizClosed, match="finished"):
        answer(ada, attempt, "short", "SGD")
    assert answer(ada, attempt, "numeric", "3").correct


def test_the_time_limit_holds(ada):
    attempt = begin(ada, seconds=60)
    assert answer(ada, attempt, "numeric", "3", now=NOW + MINUTE).correct
    with pytest.raises(QuizClosed, match="time is up"):
        answer(ada, attempt, "short", "SGD", now=NOW + 2 * MINUTE)
    assert finish_quiz(ada, attempt.pk, now=NOW + 2 * MINUTE).score == pytest.approx(1 / 7)


def test_only_what_was_missed_is_retaken(ada):
    attempt = begin(ada)
    for kind in RIGHT:
        if kind != "ordering":
            answer(ada, attempt, kind, WRONG[kind] if kind == "code" else RIGHT[kind])
    with pytest.raises(QuizClosed):
        retake_missed(ada, attempt.pk, now=NOW, seed=1)
    finish_quiz(ada, attempt.pk, now=NOW)
    retake = retake_missed(ada, attempt.pk, now=NOW, seed=1)
    assert {q.kind for q in quiz(ada, retake.pk).questions} == {"code", "ordering"}
    for kind in ("code", "ordering"):
        answer(ada, retake, kind, RIGHT[kind])
    finish_quiz(ada, retake.pk, now=NOW)
    with pytest.raises(QuizInvalid, match="nothing to retake"):
        retake_missed(ada, retake.pk, now=NOW, seed=1)


def test_an_unfinished_quiz_is_found_again_on_another_device(ada, bob):
    assert open_quizzes(ada) == []
    attempt = begin(ada, seconds=60)
    answer(ada, attempt, "numeric", "3")
    [found] = open_quizzes(ada)
    assert (found.id, found.answered, found.questions) == (attempt.pk, 1, 7)
    assert open_quizzes(bob) == []
    finish_overdue(ada, now=NOW + DAY)
    assert open_quizzes(ada) == []


def test_a_quiz_answer_is_not_taken_back_by_undo(ada):
    answer(ada, begin(ada), "numeric", "4")
    assert undo_last(ada, device=LAPTOP, now=NOW) is None
    assert reviews_per_day(ada, now=NOW)[-1][1] == 1


def test_a_quiz_is_its_learners_own(ada, bob):
    attempt = begin(ada)
    asked = question(ada, attempt, "numeric").id
    for refused in (
        lambda: quiz(bob, attempt.pk),
        lambda: answer_question(bob, attempt.pk, asked, 3, now=NOW),
        lambda: finish_quiz(bob, attempt.pk, now=NOW),
        lambda: quiz(ada, uuid4()),
        lambda: quiz(ada, "nonsense"),
        lambda: answer_question(ada, begin(ada).pk, asked, 3, now=NOW),
    ):
        with pytest.raises(QuizNotFound):
            refused()


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"chapters": []}, QuizInvalid, "chapters"),
        ({"chapters": ["nowhere"]}, QuizNotFound, "chapters"),
        ({"size": 0}, QuizInvalid, "size"),
        ({"size": 1000}, QuizInvalid, "size"),
        ({"feedback": "never"}, QuizInvalid, "feedback"),
        ({"seconds": 1}, QuizInvalid, "seconds"),
    ],
)
def test_a_quiz_that_cannot_be_drawn_says_why(ada, change, error, field):
    with pytest.raises(error) as refusal:
        begin(ada, **change)
    assert field in refusal.value.errors


def test_a_mixed_quiz_draws_from_all_its_chapters(ada):
    attempt = begin(ada, chapters=["pets", "mnist-basics"], size=4)
    slugs = {q.prompt[:3] for q in quiz(ada, attempt.pk).questions}
    assert slugs == {"c04", "c05"}
