"""What a learner planned, and what it allows today."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, FloatField, JSONField, Q, Value

from quizzes.domain.pace import DaysOff, ExamPlan, new_a_day
from quizzes.domain.scheduler import Phase
from quizzes.models import Break, Card, Exam, UserMemory


@dataclass(frozen=True)
class Allowance:
    """What a study day may bring: `new` and `reviews` are the whole day's limits, what was begun
    or reviewed today counts against them. New cards of `first_chapters` (slugs) come before
    others. `break_until` is the last day of the break that today lies in, else None; `new` is 0
    then, and reviews stay allowed."""

    new: int
    reviews: int
    first_chapters: tuple[str, ...] = ()
    break_until: date | None = None


def allowance(memory: UserMemory, *, today: date) -> Allowance:
    """The limits of `memory` as plans change them on study day `today`: one query, and one more
    with an exam ahead. An exam raises the new cards of a day to the pace that was accepted."""
    exams, breaks = plans_ahead(memory.user_id, today)
    resting = [rest.last for rest in breaks if today in rest]
    chapters = tuple(dict.fromkeys(slug for exam in exams for slug in exam.chapters))
    new = memory.new_per_day
    if resting:
        new = 0
    elif exams:
        waiting = _new_by_chapter(memory.user_id, chapters, today)
        new = max(new, new_a_day(exams, waiting, today, breaks))
    return Allowance(new, memory.reviews_per_day, chapters, max(resting, default=None))


def plans_ahead(user_id: int, today: date) -> tuple[list[ExamPlan], list[DaysOff]]:
    """The learner's exams, the soonest first, and breaks that are not over, in one query."""
    exams = Exam.objects.filter(user_id=user_id, ended_at=None, day__gte=today).order_by()
    rests = Break.objects.filter(user_id=user_id, ended_at=None, last_day__gte=today).order_by()
    rows: Any = exams.values_list("created_at", "day", "day", "chapters", "retention").union(
        rests.values_list(
            "created_at",
            "first_day",
            "last_day",
            Value(None, JSONField()),
            Value(None, FloatField()),
        ),
        all=True,
    )
    found, breaks = [], []
    for created, first, last, chapters, retention in rows:
        if retention is None:
            breaks.append(DaysOff(first, last))
        else:
            found.append(ExamPlan(last, created.date(), tuple(chapters), retention))
    return sorted(found, key=lambda exam: exam.day), breaks


def _new_by_chapter(user_id: int, chapters: Collection[str], today: date) -> dict[str, int]:
    """Cards of these chapters that were not begun before today, by chapter slug."""
    rows = (
        Card.objects.filter(
            Q(phase=Phase.NEW) | Q(first_day=today),
            user_id=user_id,
            suspended=False,
            removed=False,
            prompt__retired_at=None,
            prompt__chapter__slug__in=chapters,
        )
        .order_by()
        .values_list("prompt__chapter__slug")
        .annotate(Count("pk"))
    )
    return {str(slug): count for slug, count in rows}
