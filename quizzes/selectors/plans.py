"""What a learner planned, and what it allows today."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, FloatField, JSONField, Q, QuerySet, Value

from quizzes.domain.balance import Calendar
from quizzes.domain.days import study_day
from quizzes.domain.errors import PlanNotFound
from quizzes.domain.pace import DaysOff, ExamPlan, new_a_day
from quizzes.domain.plan_request import PlanSettings
from quizzes.domain.scheduler import Phase
from quizzes.models import Break, Card, Exam, UserMemory
from quizzes.selectors.memory import memory_of, today_of
from studyhub.accounts.models import User


@dataclass(frozen=True)
class Allowance:
    """What a study day may bring: `new` and `reviews` are the whole day's limits, what was begun
    or reviewed today counts against them. New cards of `first_chapters` (slugs) come before
    others. `break_until` is the last day of the break that today lies in, else None; `new` is 0
    then, and reviews stay allowed. `breaks` are those that are not over."""

    new: int
    reviews: int
    first_chapters: tuple[str, ...] = ()
    break_until: date | None = None
    breaks: tuple[DaysOff, ...] = ()


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
        waiting = new_by_chapter(memory.user_id, exams, today)
        new = max(new, new_a_day(exams, waiting, today, breaks))
    until = max(resting, default=None)
    return Allowance(new, memory.reviews_per_day, chapters, until, tuple(breaks))


def plans_ahead(user_id: int, today: date) -> tuple[list[ExamPlan], list[DaysOff]]:
    """The learner's exams, the soonest first, and breaks that are not over, in one query."""
    exams = Exam.objects.filter(user_id=user_id, ended_at=None, day__gte=today).order_by()
    rests = Break.objects.filter(user_id=user_id, ended_at=None, last_day__gte=today).order_by()
    place = ("created_at", "user__time_zone", "user__rollover_hour")
    nothing = (Value(None, JSONField()), Value(None, FloatField()))
    rows: Any = exams.values_list(*place, "day", "day", "chapters", "retention").union(
        rests.values_list(*place, "first_day", "last_day", *nothing), all=True
    )
    found, breaks = [], []
    for created, tz, rollover, first, last, chapters, retention in rows:
        if retention is None:
            breaks.append(DaysOff(first, last))
        else:
            since = study_day(created, tz, rollover)
            found.append(ExamPlan(last, since, tuple(chapters), retention))
    return sorted(found, key=lambda exam: exam.day), breaks


def new_by_chapter(user_id: int, exams: Collection[ExamPlan], today: date) -> dict[str, int]:
    """Cards of these exams that were not begun before today, by chapter slug."""
    chapters = {slug for exam in exams for slug in exam.chapters}
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


@dataclass(frozen=True)
class ExamRow:
    """An exam that is planned, on study day `since`; `chapters` are slugs."""

    id: UUID
    title: str
    day: date
    chapters: tuple[str, ...]
    retention: float
    since: date

    def plan(self) -> ExamPlan:
        return ExamPlan(self.day, self.since, self.chapters, self.retention)


@dataclass(frozen=True)
class BreakRow:
    """A break that is planned or under way; both days included."""

    id: UUID
    first_day: date
    last_day: date

    def days_off(self) -> DaysOff:
        return DaysOff(self.first_day, self.last_day)


def plan_settings(user: User) -> PlanSettings:
    """What the learner's study days are held to; the defaults where they set nothing."""
    return settings_in(memory_of(user))


def settings_in(memory: UserMemory) -> PlanSettings:
    return PlanSettings(
        new_per_day=memory.new_per_day,
        reviews_per_day=memory.reviews_per_day,
        new_order=memory.new_order,
        easy_days=tuple(memory.easy_days),
        balance=memory.balance,
    )


def planned_exams(user: User, *, now: datetime) -> QuerySet[Exam]:
    """Exams that are neither past nor cancelled, the soonest first; one of today counts still."""
    rows = Exam.objects.filter(user=user, ended_at=None, day__gte=today_of(user, now))
    return rows.select_related("user").order_by("day", "id")


def planned_breaks(user: User, *, now: datetime) -> QuerySet[Break]:
    """Breaks that are planned or under way, the soonest first."""
    rows = Break.objects.filter(user=user, ended_at=None, last_day__gte=today_of(user, now))
    return rows.order_by("first_day", "id")


def exams_ahead(user: User, *, now: datetime) -> list[ExamRow]:
    return [exam_row(exam) for exam in planned_exams(user, now=now)]


def breaks_ahead(user: User, *, now: datetime) -> list[BreakRow]:
    return [break_row(rest) for rest in planned_breaks(user, now=now)]


def days_off_ahead(user: User, *, now: datetime) -> list[DaysOff]:
    """The breaks that are planned or under way, as days."""
    return [rest.days_off() for rest in breaks_ahead(user, now=now)]


def exam_row(exam: Exam) -> ExamRow:
    since = today_of(exam.user, exam.created_at)
    return ExamRow(exam.pk, exam.title, exam.day, tuple(exam.chapters), exam.retention, since)


def break_row(rest: Break) -> BreakRow:
    return BreakRow(rest.pk, rest.first_day, rest.last_day)


def planned_exam(user: User, exam_id: UUID) -> Exam:
    """The learner's exam, ended or not; raises PlanNotFound."""
    found = Exam.objects.filter(user=user, pk=exam_id).first()
    if found is None:
        raise PlanNotFound("You have no such exam.", cure="See your plan.")
    return found


def planned_break(user: User, break_id: UUID) -> Break:
    """The learner's break, ended or not; raises PlanNotFound."""
    found = Break.objects.filter(user=user, pk=break_id).first()
    if found is None:
        raise PlanNotFound("You have no such break.", cure="See your plan.")
    return found


def calendar_of(memory: UserMemory, today: date, breaks: Collection[DaysOff]) -> Calendar:
    return Calendar(today, tuple(memory.easy_days), tuple(breaks))
