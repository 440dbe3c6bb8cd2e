"""What a plan would change, shown before it is accepted. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from quizzes.domain.backlog import Postponement, pace_that_does, postponed
from quizzes.domain.breaks import Cleared, cleared
from quizzes.domain.errors import PlanInvalid
from quizzes.domain.exam import NEW_A_DAY_MAX, ExamForecast, first_day_that_fits, weighed
from quizzes.domain.pace import DaysOff, ExamPlan, new_a_day, study_days
from quizzes.domain.plan_request import check_break, check_exam, check_pace, check_room
from quizzes.domain.scheduler import Phase
from quizzes.models import UserMemory
from quizzes.selectors.due_cards import awake, bank_of, due_cards, held_for, reviewed_on
from quizzes.selectors.memory import memory_of, timeline_of, today_of
from quizzes.selectors.plans import breaks_ahead, calendar_of, new_by_chapter, plans_ahead
from studyhub.accounts.models import User
from studyhub.base.words import counted, full_day

#: Work off a backlog in this many days, where the learner's own pace never does.
BACKLOG_DAYS = 30
#: A recall that misses the wanted one by less is called reached: the prediction is no better.
NEAR = 0.015


@dataclass(frozen=True)
class ExamPreview:
    """`warnings` say in sentences what will be hard; empty where nothing is. `limits` are the
    learner's own (new, reviews) a day."""

    title: str
    day: date
    chapters: dict[str, str]
    retention: float
    forecast: ExamForecast
    limits: tuple[int, int]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class BreakPreview:
    first_day: date
    last_day: date
    cleared: Cleared
    limit: int

    @property
    def length(self) -> int:
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True)
class BacklogPreview:
    a_day: int
    postponement: Postponement


@dataclass(frozen=True)
class Backlog:
    """`due` reviews wait today, of which the day's limit leaves room for `room`."""

    due: int
    room: int

    @property
    def over(self) -> int:
        return max(0, self.due - self.room)


def preview_exam(
    user: User,
    *,
    title: str,
    day: date,
    chapters: Sequence[str],
    retention: float,
    now: datetime,
) -> ExamPreview:
    """What an exam would take; raises PlanInvalid where it cannot be planned, saying what would do.

    Chapters by slug. The learner's other exams are left out of the numbers, and named in a
    warning where their new cards come on top.
    """
    today = today_of(user, now)
    check_exam(title=title, day=day, chapters=chapters, retention=retention, today=today)
    slugs = tuple(dict.fromkeys(chapters))
    bank = bank_of(user, slugs)
    unknown = [slug for slug in slugs if slug not in bank.titles]
    if unknown:
        raise PlanInvalid(
            "This exam cannot be planned.",
            cure=f"There is nothing to ask in {unknown[0]!r}; see the chapter list.",
            errors={"chapters": [f"no questions in {slug!r}" for slug in unknown]},
        )
    memory = memory_of(user)
    others, breaks = plans_ahead(user.pk, today)
    check_room(len(others), "exams")
    plan = ExamPlan(day, today, slugs, retention)
    scheduling = timeline_of(user.pk).newest
    held = held_for(user, slugs, bank, today, scheduling)
    _check_days(plan, today, breaks)
    calendar = calendar_of(memory, today, breaks)
    found = weighed(plan, held, calendar, scheduling, memory.new_per_day)
    if found.new_a_day > NEW_A_DAY_MAX:
        raise _too_soon(plan, found, memory, today, breaks)
    together = found.new_a_day
    if others:
        waiting = {**new_by_chapter(user.pk, others, today), **held.waiting}
        together = new_a_day([plan, *others], waiting, today, breaks)
    return ExamPreview(
        title=title,
        day=day,
        chapters=bank.titles,
        retention=retention,
        forecast=found,
        limits=(memory.new_per_day, memory.reviews_per_day),
        warnings=_warnings(plan, found, memory, together, len(others)),
    )


def _check_days(exam: ExamPlan, today: date, breaks: Sequence[DaysOff]) -> None:
    if study_days(today, exam.day - timedelta(days=1), breaks) == 0:
        raise PlanInvalid(
            "Every day before this exam lies in a break.",
            cure="End the break early, or choose a later day.",
            errors={"day": ["leaves no day to study"]},
        )


def _too_soon(
    exam: ExamPlan, found: ExamForecast, memory: UserMemory, today: date, breaks: Sequence[DaysOff]
) -> PlanInvalid:
    soonest = first_day_that_fits(exam, found.new, today, NEW_A_DAY_MAX, breaks)
    usual = first_day_that_fits(exam, found.new, today, memory.new_per_day, breaks)
    cure = "Choose fewer chapters."
    if soonest is not None:
        cure = f"From {full_day(soonest)} on it takes {NEW_A_DAY_MAX} a day"
        if usual is not None and usual != soonest:
            cure += f", from {full_day(usual)} on your own {memory.new_per_day} a day"
        cure += "; or choose fewer chapters."
    return PlanInvalid(
        f"Too few days: {found.new:,} new cards by {full_day(found.last_new_day)} are "
        f"{found.new_a_day:,} a day, and more than {NEW_A_DAY_MAX} do not stick.",
        cure=cure,
        errors={"day": [f"too soon for {found.new:,} new cards"]},
    )


def _warnings(
    exam: ExamPlan, found: ExamForecast, memory: UserMemory, together: int, others: int
) -> tuple[str, ...]:
    said = []
    if found.new_a_day > memory.new_per_day:
        said.append(
            f"{found.new_a_day} new cards a day are more than your limit of "
            f"{memory.new_per_day}; until {found.last_new_day.day} {found.last_new_day:%B} the "
            "exam’s pace counts."
        )
    if others and together > found.new_a_day:
        said.append(f"With your other exams it can be {together} new cards a day.")
    over = sum(round(reviews) > memory.reviews_per_day for reviews in found.reviews)
    if over:
        said.append(
            f"On {counted(over, 'day')} more reviews are expected than your limit of "
            f"{memory.reviews_per_day}. A limit of {ceil(max(found.reviews))} would do; below it "
            "some cards wait and are known less well."
        )
    if found.recall_with < exam.retention - NEAR:
        said.append(
            f"In {counted(found.study_days, 'day')} of study about {100 * found.recall_with:.0f} % "
            f"is within reach, not {100 * exam.retention:.0f} %."
        )
    return tuple(said)


def preview_break(user: User, *, first_day: date, last_day: date, now: datetime) -> BreakPreview:
    """What falls in a break and where it would go; raises PlanInvalid."""
    today = today_of(user, now)
    planned = [(rest.first_day, rest.last_day) for rest in breaks_ahead(user, now=now)]
    check_break(first=first_day, last=last_day, today=today, others=planned)
    check_room(len(planned), "breaks")
    memory = memory_of(user)
    rest = DaysOff(first_day, last_day)
    breaks = [*(DaysOff(*days) for days in planned), rest]
    found = cleared(
        due_cards(user),
        rest,
        calendar_of(memory, today, breaks),
        timeline_of(user.pk).newest.weights,
        memory.reviews_per_day,
    )
    return BreakPreview(first_day, last_day, found, memory.reviews_per_day)


def backlog(user: User, *, now: datetime) -> Backlog:
    """How many reviews are due, against what is left of today's limit."""
    today = today_of(user, now)
    memory = memory_of(user)
    due = awake(user).filter(phase=Phase.REVIEW, due__lte=now).count()
    return Backlog(due, max(0, memory.reviews_per_day - reviewed_on(user, today)))


def preview_backlog(user: User, *, a_day: int, now: datetime) -> BacklogPreview:
    """What postponing to `a_day` reviews a day would do; raises PlanInvalid, saying which pace
    would do, where the backlog would not shrink."""
    check_pace(a_day)
    today = today_of(user, now)
    memory = memory_of(user)
    _, breaks = plans_ahead(user.pk, today)
    calendar = calendar_of(memory, today, breaks)
    cards = due_cards(user)
    weights = timeline_of(user.pk).newest.weights
    found = postponed(cards, calendar, weights, a_day, reviewed_on(user, today))
    if found is None:
        enough = pace_that_does(cards, calendar, a_day, BACKLOG_DAYS)
        raise PlanInvalid(
            f"At {a_day} a day the backlog would not shrink: as many come due anyway.",
            cure=f"{enough} a day would work it off in about {BACKLOG_DAYS} days.",
            errors={"a_day": [f"too few; {enough} would do"]},
        )
    return BacklogPreview(a_day, found)
