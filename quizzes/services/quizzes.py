"""Quizzes: start, answer, finish, retake what was missed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction

from content.domain.prompts import OrderingAnswer
from content.models import Chapter, Prompt
from quizzes.domain import events
from quizzes.domain.answers import check
from quizzes.domain.days import study_day
from quizzes.domain.errors import (
    AnswerFormatError,
    QuizClosed,
    QuizConflict,
    QuizInvalid,
    QuizNotFound,
)
from quizzes.domain.quiz import GRADABLE, check_request, draw, effect, is_over, shuffled
from quizzes.models import Card, QuizAnswer, QuizAttempt, QuizQuestion, UserMemory
from quizzes.selectors.memory import prompts_of_chapters
from quizzes.selectors.quizzes import (
    AnswerResult,
    QuizResult,
    answer_result,
    attempt_of,
    question_views,
)
from quizzes.services.cards import QUIZ, record
from quizzes.services.intake import locked_memory
from studyhub.accounts.models import User


def start_quiz(
    user: User,
    *,
    chapters: Sequence[str],
    size: int,
    feedback: str,
    seconds: int | None,
    now: datetime,
    seed: int,
    attempt_id: UUID | None = None,
) -> QuizAttempt:
    """Draws a quiz from the chapters' gradable prompts; the same seed draws the same one.

    With `attempt_id`, chosen by the client, a repeated call gives the quiz that the first began.

    `seconds` is the time limit, None without. Raises QuizInvalid, naming every wrong field, and
    QuizNotFound for a chapter that is not there. Fewer prompts than `size` make a shorter quiz.
    """
    check_request(chapters=chapters, size=size, feedback=feedback, seconds=seconds)
    begun = attempt_id and QuizAttempt.objects.filter(user=user, pk=attempt_id).first()
    if begun:
        return begun
    slugs = list(dict.fromkeys(chapters))
    found = set(
        Chapter.objects.filter(slug__in=slugs, retired_at=None).values_list("slug", flat=True)
    )
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        raise QuizNotFound(
            f"There is no chapter {missing[0]!r}.",
            cure="See the chapter list.",
            errors={"chapters": [f"there is no {slug!r}" for slug in missing]},
        )
    bank = prompts_of_chapters(slugs, GRADABLE)
    drawn = draw(bank, size, seed)
    if not drawn:
        raise QuizInvalid("These chapters have no questions that can be graded yet.")
    with transaction.atomic():
        locked_memory(user)
        attempt, created = QuizAttempt.objects.get_or_create(
            id=attempt_id or uuid4(),
            defaults={
                "user": user,
                "chapters": slugs,
                "feedback": feedback,
                "seconds": seconds,
                "seed": seed,
                "started_at": now,
            },
        )
        if attempt.user_id != user.pk:
            raise QuizConflict("That quiz id is taken.", cure="Choose another random UUID.")
        if created:
            _ask(attempt, drawn)
    return attempt


def retake_missed(user: User, attempt_id: UUID | str, *, now: datetime, seed: int) -> QuizAttempt:
    """A new quiz of what the finished one has wrong or unanswered, in a new order."""
    former = attempt_of(user, attempt_id)
    if former.finished_at is None:
        raise QuizClosed(
            "This quiz is not finished.", cure="Finish it, then retake what it missed."
        )
    missed = former.questions.exclude(answer__correct=True).values_list("prompt_id", flat=True)
    if not missed:
        raise QuizInvalid("Every answer was right; there is nothing to retake.")
    with transaction.atomic():
        attempt = QuizAttempt.objects.create(
            user=user,
            chapters=former.chapters,
            feedback=former.feedback,
            seed=seed,
            started_at=now,
            retake_of=former,
        )
        _ask(attempt, draw({"": list(missed)}, len(missed), seed))
    return attempt


def _ask(attempt: QuizAttempt, prompt_ids: Sequence[str]) -> None:
    prompts = Prompt.objects.in_bulk(list(prompt_ids))
    questions = []
    for position, prompt_id in enumerate(prompt_ids):
        prompt = prompts[prompt_id]
        right = prompt.right_answer()
        solved = [i.id for i in right.items] if isinstance(right, OrderingAnswer) else []
        ids = [choice["id"] for choice in prompt.choices]
        order = shuffled(ids, attempt.seed + position, never=solved)
        questions.append(
            QuizQuestion(attempt=attempt, prompt=prompt, position=position, choices=order)
        )
    QuizQuestion.objects.bulk_create(questions)


def answer_question(
    user: User, attempt_id: UUID | str, question_id: int, answer: Any, *, now: datetime
) -> AnswerResult:
    """Grades the first answer to a question and tells memory about it; a second one is not
    graded and gives the first one's result.

    Raises AnswerFormatError, with nothing graded, when the answer has the wrong form; QuizClosed
    after the end.
    """
    with transaction.atomic():
        memory = locked_memory(user)
        attempt = attempt_of(user, attempt_id)
        told = attempt.feedback == QuizAttempt.Feedback.EACH
        question = _question(attempt, question_id)
        given = getattr(question, "answer", None)
        if given is not None:
            return answer_result(question, given, told=told or attempt.finished_at is not None)
        _check_open(attempt, now)
        return answer_result(question, _graded(memory, user, question, answer, now), told=told)


def _question(attempt: QuizAttempt, question_id: int) -> QuizQuestion:
    question = attempt.questions.select_related("prompt", "answer").filter(pk=question_id).first()
    if question is None:
        raise QuizNotFound("This quiz has no such question.", cure="Reload the quiz.")
    return question


def _check_open(attempt: QuizAttempt, now: datetime) -> None:
    if attempt.finished_at is not None:
        raise QuizClosed(
            "This quiz is finished.", cure="Start a new one, or retake what you missed."
        )
    if is_over(attempt.started_at, attempt.seconds, now):
        raise QuizClosed("The time is up.", cure="Finish the quiz to see the result.")


def _graded(
    memory: UserMemory, user: User, question: QuizQuestion, answer: Any, now: datetime
) -> QuizAnswer:
    prompt = question.prompt
    try:
        verdict = check(prompt.right_answer(), answer, prompt.kind)
    except AnswerFormatError as problem:
        problem.cure = problem.cure or "Nothing was graded; answer again."
        raise
    last_day = (
        Card.objects.filter(user=user, prompt=prompt, removed=False)
        .values_list("last_day", flat=True)
        .first()
    )
    today = study_day(now, user.time_zone, user.rollover_hour)
    does = effect(prompt.kind, correct=verdict.correct, last_day=last_day, today=today)
    record(
        memory,
        user,
        does.kind,
        prompt.pk,
        question.attempt_id,
        now,
        event_id=uuid5(question.attempt_id, str(question.pk)),
        fields={"rating": does.rating, "version": prompt.version, "reason": QUIZ},
    )
    return QuizAnswer.objects.create(
        question=question,
        given=answer,
        correct=verdict.correct,
        score=verdict.score,
        expected=verdict.expected,
        message=verdict.message,
        scheduled=does.kind is events.Kind.REVIEW and not verdict.correct,
        answered_at=now,
    )


def finish_quiz(user: User, attempt_id: UUID | str, *, now: datetime) -> QuizResult:
    """Ends the quiz and tells its result; finishing twice gives the same."""
    with transaction.atomic():
        locked_memory(user)
        attempt = attempt_of(user, attempt_id)
        answers = list(
            QuizAnswer.objects.filter(question__attempt=attempt).order_by("question__position")
        )
        if attempt.finished_at is None:
            attempt.finished_at = now
            attempt.score = sum(a.score for a in answers) / attempt.questions.count()
            attempt.save(update_fields=["finished_at", "score"])
        views = question_views(attempt)
    missed = {answer.question_id for answer in answers if answer.scheduled}
    scheduled = [view.prompt for view in views if view.id in missed]
    return QuizResult(attempt.pk, attempt.score or 0.0, views, scheduled)
