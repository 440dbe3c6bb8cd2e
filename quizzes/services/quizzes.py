"""Quizzes: drawn once, and drawn again from what was missed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction

from content.domain.prompts import OrderingAnswer
from content.models import Chapter, Prompt
from quizzes.domain.errors import QuizClosed, QuizConflict, QuizInvalid, QuizNotFound
from quizzes.domain.quiz import GRADABLE, check_request, draw, shuffled
from quizzes.models import QuizAttempt, QuizQuestion
from quizzes.selectors.memory import prompts_of_chapters
from quizzes.selectors.quizzes import attempt_of, missed_prompts
from quizzes.services.intake import locked_memory
from quizzes.services.quiz_answers import finish_overdue
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

    With `attempt_id`, chosen by the client, a repeated call gives the quiz that the first began;
    QuizConflict is raised where that one was asked for otherwise.

    `seconds` is the time limit, None without. Raises QuizInvalid, naming every wrong field, and
    QuizNotFound for a chapter that is not there. Fewer prompts than `size` make a shorter quiz.
    """
    check_request(chapters=chapters, size=size, feedback=feedback, seconds=seconds)
    slugs = list(dict.fromkeys(chapters))
    if begun := _begun(user, attempt_id, retake_of=None):
        if (begun.chapters, begun.feedback, begun.seconds) != (slugs, feedback, seconds):
            raise QuizConflict(
                "That quiz was begun otherwise, and stays so.", cure="Choose another random UUID."
            )
        return begun
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
    fields = {"chapters": slugs, "feedback": feedback, "seconds": seconds}
    return _begin(user, attempt_id, drawn, now=now, seed=seed, retake_of=None, **fields)


def retake_missed(
    user: User,
    attempt_id: UUID | str,
    *,
    now: datetime,
    seed: int,
    retake_id: UUID | None = None,
) -> QuizAttempt:
    """A new quiz of what the finished one has wrong or unanswered, in a new order.

    It tells its verdicts when the former did, and has no time limit. With `retake_id`, chosen by
    the client, a repeated call gives the quiz that the first began. Without one, it gives that
    quiz until it is finished, and then another.
    """
    finish_overdue(user, now=now)
    former = attempt_of(user, attempt_id)
    if retake_id is None:
        # The id follows from what is there, so that two calls at once begin one quiz.
        ended = former.retakes.exclude(finished_at=None).count()
        retake_id = uuid5(former.pk, f"retake {ended}")
    if begun := _begun(user, retake_id, retake_of=former):
        return begun
    if former.finished_at is None:
        raise QuizClosed(
            "This quiz is not finished.", cure="Finish it, then retake what it missed."
        )
    missed = missed_prompts(former)
    if not missed:
        raise QuizInvalid("Every answer was right; there is nothing to retake.")
    drawn = draw({"": missed}, len(missed), seed)
    fields = {"chapters": former.chapters, "feedback": former.feedback, "seconds": None}
    return _begin(user, retake_id, drawn, now=now, seed=seed, retake_of=former, **fields)


def _begun(
    user: User, attempt_id: UUID | None, *, retake_of: QuizAttempt | None
) -> QuizAttempt | None:
    """The quiz that an earlier call with this id began; raises QuizConflict for another one."""
    begun = QuizAttempt.objects.filter(pk=attempt_id).first() if attempt_id else None
    former = retake_of.pk if retake_of else None
    if begun is not None and (begun.user_id, begun.retake_of_id) != (user.pk, former):
        raise QuizConflict("That quiz id is taken.", cure="Choose another random UUID.")
    return begun


def _begin(
    user: User,
    attempt_id: UUID | None,
    drawn: Sequence[str],
    *,
    now: datetime,
    seed: int,
    retake_of: QuizAttempt | None,
    **fields: Any,
) -> QuizAttempt:
    with transaction.atomic():
        locked_memory(user)
        attempt, created = QuizAttempt.objects.get_or_create(
            id=attempt_id or uuid4(),
            defaults={
                "user": user,
                "seed": seed,
                "started_at": now,
                "retake_of": retake_of,
                **fields,
            },
        )
        if attempt.user_id != user.pk:
            raise QuizConflict("That quiz id is taken.", cure="Choose another random UUID.")
        if created:
            _ask(attempt, drawn)
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
