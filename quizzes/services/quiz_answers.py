"""Answering a quiz, ending it, and disagreeing with its verdict."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from quizzes.domain.answers import check
from quizzes.domain.errors import AnswerFormatError, QuizClosed, QuizInvalid, QuizNotFound
from quizzes.domain.quiz import FREE, counted_score, ends, is_over
from quizzes.models import QuizAnswer, QuizAttempt, QuizQuestion, UserMemory
from quizzes.selectors.quizzes import (
    AnswerResult,
    QuizResult,
    QuizView,
    answer_result,
    attempt_of,
    view_of,
)
from quizzes.services.intake import locked_memory
from quizzes.services.quiz_memory import retell_answer, tell_answers
from studyhub.accounts.models import User


def answer_question(
    user: User, attempt_id: UUID | str, question_id: int, answer: Any, *, now: datetime
) -> AnswerResult:
    """Grades the first answer to a question; a second one is not graded and gives the first one's
    result. Memory hears of it at once, or at the end where the feedback comes at the end, so that
    no card tells what the quiz keeps to itself.

    Raises AnswerFormatError, with nothing graded, when the answer has the wrong form; QuizClosed
    after the end.
    """
    finish_overdue(user, now=now)
    with transaction.atomic():
        memory = locked_memory(user)
        attempt = attempt_of(user, attempt_id)
        each = attempt.feedback == QuizAttempt.Feedback.EACH
        question = _question(attempt, question_id)
        given = getattr(question, "answer", None)
        if given is None:
            _check_open(attempt)
            given = _graded(question, answer, now)
            if each:
                tell_answers(memory, user, [given], now=now)
        return answer_result(question, given, told=each or attempt.finished_at is not None)


def _question(attempt: QuizAttempt, question_id: int) -> QuizQuestion:
    question = attempt.questions.select_related("prompt", "answer").filter(pk=question_id).first()
    if question is None:
        raise QuizNotFound("This quiz has no such question.", cure="Reload the quiz.")
    return question


def _check_open(attempt: QuizAttempt) -> None:
    if attempt.finished_at is None:
        return
    if attempt.finished_at == ends(attempt.started_at, attempt.seconds):
        raise QuizClosed("The time is up.", cure="See the result, or retake what you missed.")
    raise QuizClosed("This quiz is finished.", cure="Start a new one, or retake what you missed.")


def _graded(question: QuizQuestion, answer: Any, now: datetime) -> QuizAnswer:
    prompt = question.prompt
    try:
        verdict = check(prompt.right_answer(), answer, prompt.kind)
    except AnswerFormatError as problem:
        problem.cure = problem.cure or "Nothing was graded; answer again."
        raise
    return QuizAnswer.objects.create(
        question=question,
        given=answer,
        correct=verdict.correct,
        score=verdict.score,
        expected=verdict.expected,
        message=verdict.message,
        scheduled=not verdict.correct,
        answered_at=now,
    )


def finish_quiz(user: User, attempt_id: UUID | str, *, now: datetime) -> QuizResult:
    """Ends the quiz and tells its result; finishing twice gives the same."""
    finish_overdue(user, now=now)
    with transaction.atomic():
        memory = locked_memory(user)
        attempt = attempt_of(user, attempt_id)
        if attempt.finished_at is None:
            _finish(memory, user, attempt, at=now, now=now)
        view = view_of(attempt)
    missed = [q.prompt for q in view.questions if q.answer is not None and not q.answer.counts]
    return QuizResult(attempt.pk, attempt.score or 0.0, view.questions, missed, view.overridden)


def quiz_now(user: User, attempt_id: UUID | str, *, now: datetime) -> QuizView:
    """The learner's quiz, which ends itself first where its time is up. Raises QuizNotFound for
    anybody else's."""
    finish_overdue(user, now=now)
    return view_of(attempt_of(user, attempt_id))


def finish_overdue(user: User, *, now: datetime) -> int:
    """Ends the learner's quizzes whose time is up, as of that time; gives how many these were.
    What was not answered counts 0."""
    open_ones = QuizAttempt.objects.filter(user=user, finished_at=None, seconds__isnull=False)
    overdue = [a.pk for a in open_ones if is_over(a.started_at, a.seconds, now)]
    if not overdue:
        return 0
    with transaction.atomic():
        memory = locked_memory(user)
        late = list(QuizAttempt.objects.filter(pk__in=overdue, finished_at=None))
        for attempt in late:
            end = ends(attempt.started_at, attempt.seconds) or now
            _finish(memory, user, attempt, at=end, now=now)
    return len(late)


def _finish(
    memory: UserMemory, user: User, attempt: QuizAttempt, *, at: datetime, now: datetime
) -> None:
    answers = _answers(attempt)
    if attempt.feedback == QuizAttempt.Feedback.END and answers:
        tell_answers(memory, user, answers, now=now)
    attempt.finished_at = at
    attempt.score = _score(attempt, answers)
    attempt.save(update_fields=["finished_at", "score"])


def _answers(attempt: QuizAttempt) -> list[QuizAnswer]:
    answers = QuizAnswer.objects.filter(question__attempt=attempt)
    return list(answers.select_related("question__prompt").order_by("question__position"))


def _score(attempt: QuizAttempt, answers: list[QuizAnswer]) -> float:
    points = sum(counted_score(answer.score, answer.override) for answer in answers)
    return points / attempt.questions.count()


def override_answer(
    user: User, attempt_id: UUID | str, question_id: int, *, correct: bool, now: datetime
) -> AnswerResult:
    """Lets the learner's own verdict on a free answer count in the quiz's score and in memory.

    What was graded stays beside it. The graded verdict takes the override back; saying the same
    twice changes nothing. There is no last day for it: the card is folded anew as if the answer
    had been judged so from the start. Raises QuizInvalid for an answer by recognition, which is
    right or wrong beyond dispute; QuizClosed before the verdict is told or without an answer.
    """
    finish_overdue(user, now=now)
    with transaction.atomic():
        memory = locked_memory(user)
        attempt = attempt_of(user, attempt_id)
        question = _question(attempt, question_id)
        answer = _open_to_dispute(attempt, question)
        if answer.counts != correct:
            retell_answer(memory, user, question, correct=correct, now=now)
            overridden = correct != answer.correct
            answer.override = correct if overridden else None
            answer.overridden_at = now if overridden else None
            answer.scheduled = not correct
            answer.save(update_fields=["override", "overridden_at", "scheduled"])
            if attempt.finished_at is not None:
                attempt.score = _score(attempt, _answers(attempt))
                attempt.save(update_fields=["score"])
        return answer_result(question, answer, told=True)


def _open_to_dispute(attempt: QuizAttempt, question: QuizQuestion) -> QuizAnswer:
    if question.prompt.kind not in FREE:
        raise QuizInvalid(
            "Only answers in your own words, numbers or code can be judged otherwise.",
            errors={"correct": ["this question is answered by choosing"]},
        )
    answer: QuizAnswer | None = getattr(question, "answer", None)
    if answer is None:
        raise QuizClosed("This question has no answer yet.", cure="Answer it first.")
    if attempt.feedback == QuizAttempt.Feedback.END and attempt.finished_at is None:
        raise QuizClosed("This quiz tells what was right at its end.", cure="Finish it first.")
    return answer
