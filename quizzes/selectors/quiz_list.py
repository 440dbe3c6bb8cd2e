"""A learner's quizzes, open and past, and what new ones can be drawn from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from content.models import Prompt
from quizzes.domain.errors import QuizNotFound
from quizzes.domain.quiz import GRADABLE
from quizzes.models import QuizAttempt
from quizzes.selectors.quizzes import attempt_of, counted_right, deadline
from studyhub.accounts.models import User

OPEN_SHOWN = 20


@dataclass(frozen=True)
class QuizRow:
    """A quiz in the list: `score` (0 to 1) is None until it is finished, and `right` until then
    too where the feedback comes at the end."""

    id: UUID
    chapters: list[str]
    feedback: str
    seconds: int | None
    started_at: datetime
    deadline: datetime | None
    finished_at: datetime | None
    score: float | None
    retake_of: UUID | None
    questions: int
    answered: int
    right: int | None


def quizzes_of(user: User) -> QuerySet[QuizAttempt]:
    """The learner's quizzes, each with the counts that `row_of` reads. Page them by
    `("-started_at", "-id")`."""
    return QuizAttempt.objects.filter(user=user).annotate(
        asked=Count("questions"),
        answered=Count("questions__answer"),
        right=Count("questions__answer", filter=counted_right("questions__")),
    )


def row_of(attempt: Any) -> QuizRow:
    """A row of `quizzes_of`."""
    told = attempt.feedback == QuizAttempt.Feedback.EACH or attempt.finished_at is not None
    return QuizRow(
        id=attempt.pk,
        chapters=list(attempt.chapters),
        feedback=attempt.feedback,
        seconds=attempt.seconds,
        started_at=attempt.started_at,
        deadline=deadline(attempt),
        finished_at=attempt.finished_at,
        score=attempt.score,
        retake_of=attempt.retake_of_id,
        questions=attempt.asked,
        answered=attempt.answered,
        right=attempt.right if told else None,
    )


def open_quizzes(user: User) -> list[QuizRow]:
    """The quizzes that the learner has not finished, newest first, at most twenty."""
    rows = quizzes_of(user).filter(finished_at=None).order_by("-started_at", "-id")
    return [row_of(attempt) for attempt in rows[:OPEN_SHOWN]]


def past_quizzes(user: User, *, before: str = "", limit: int = 20) -> tuple[list[QuizRow], str]:
    """Finished quizzes, newest first, and the cursor of the next page, empty on the last.

    `before` is such a cursor; one that names no quiz of the learner's gives the first page.
    """
    rows = quizzes_of(user).filter(finished_at__isnull=False).order_by("-started_at", "-id")
    try:
        mark = attempt_of(user, before) if before else None
    except QuizNotFound:
        mark = None
    if mark is not None:
        earlier = Q(started_at__lt=mark.started_at)
        rows = rows.filter(earlier | Q(started_at=mark.started_at, id__lt=mark.pk))
    found = [row_of(attempt) for attempt in rows[: limit + 1]]
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else ""


def gradable_counts() -> dict[str, int]:
    """How many questions a quiz can ask, by chapter slug."""
    rows = Prompt.objects.filter(
        chapter__retired_at=None, chapter__isnull=False, retired_at=None, kind__in=GRADABLE
    ).order_by()
    counts = rows.values_list("chapter__slug").annotate(count=Count("pk"))
    return {str(slug): int(count) for slug, count in counts}
