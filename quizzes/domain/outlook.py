"""The coming weeks as the learner planned them: exams draw reviews and new cards, breaks bring
neither. Moves that are made only when a day is near, for easy days or a backlog, are not foreseen.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from quizzes.domain.pace import DaysOff, ExamPlan, dealt, new_a_day, room_left
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.workload import Aim, HeldCard, Workload, simulated


@dataclass
class Part:
    """The cards of one exam, or of none: those with a memory, and how many `new` by chapter."""

    held: list[HeldCard] = field(default_factory=list)
    new: dict[str | None, int] = field(default_factory=dict)

    def add_new(self, chapter: str | None) -> None:
        self.new[chapter] = self.new.get(chapter, 0) + 1


@dataclass(frozen=True)
class Plans:
    """What is ahead of `today`: exams, the soonest first, and breaks; and the learner's own pace
    of new cards."""

    today: date
    new_per_day: int
    exams: Sequence[ExamPlan] = ()
    breaks: Collection[DaysOff] = ()

    def exam_of(self, chapter: str | None) -> ExamPlan | None:
        """The soonest exam after today that is about the chapter."""
        found = (exam for exam in self.exams if chapter in exam.chapters and exam.day > self.today)
        return next(found, None)


def foreseen(
    parts: Mapping[ExamPlan | None, Part], plans: Plans, days: int, scheduling: Scheduling
) -> Workload:
    """What each of `days` study days from today on brings, all parts together.

    New cards of exams come first, as many a day as they need to come in time.
    """
    today = plans.today
    span = [today + timedelta(days=n) for n in range(days)]
    off = {n for n, day in enumerate(span) if any(day in rest for rest in plans.breaks)}
    exams = sorted((exam for exam in parts if exam is not None), key=lambda exam: exam.day)
    waiting = {str(slug): count for exam in exams for slug, count in parts[exam].new.items()}
    pace = new_a_day(exams, waiting, today, plans.breaks)
    rooms = [0 if n in off else max(pace, plans.new_per_day) for n in range(days)]
    usual = [0 if n in off else plans.new_per_day for n in range(days)]
    found = Workload((0.0,) * days, (0.0,) * days, 0.0)
    for exam in [*exams, *([None] if None in parts else [])]:
        part = parts[exam]
        new = dealt(sum(part.new.values()), rooms if exam else [max(0, room) for room in usual])
        rooms, usual = room_left(rooms, new), room_left(usual, new)
        aim = Aim((exam.day - today).days, exam.retention) if exam else None
        more = simulated(part.held, new, scheduling, off=off, aim=aim, beside=found.cards)
        found = _together(found, more)
    return found


def _together(one: Workload, other: Workload) -> Workload:
    return Workload(
        tuple(a + b for a, b in zip(one.reviews, other.reviews, strict=True)),
        tuple(a + b for a, b in zip(one.new, other.new, strict=True)),
        one.recalled + other.recalled,
    )
