"""How the planned exams stand."""

from dataclasses import dataclass
from datetime import datetime

from quizzes.domain.exam import weighed
from quizzes.selectors.due_cards import held_by_chapter, together
from quizzes.selectors.memory import memory_of, timeline_of, today_of
from quizzes.selectors.plans import ExamRow, breaks_ahead, calendar_of, exams_ahead
from quizzes.selectors.previews import NEAR
from studyhub.accounts.models import User


@dataclass(frozen=True)
class ExamStanding:
    """`new` cards are still to be met, at `new_a_day` until their last day; `waiting` reviews are
    due on an earlier day than today. `expected` is the share (0 to 1) of its cards that would be
    recalled on the day by keeping to the plan from now on; None on the day itself."""

    exam: ExamRow
    days_left: int
    cards: int
    new: int
    new_a_day: int
    waiting: int
    expected: float | None

    @property
    def on_track(self) -> bool:
        """Whether the plan leads to what is wanted, once what waits is caught up with."""
        return self.expected is None or self.expected >= self.exam.retention - NEAR


def exam_standings(user: User, *, now: datetime) -> list[ExamStanding]:
    """One for each planned exam, the soonest first."""
    exams = exams_ahead(user, now=now)
    if not exams:
        return []
    today, scheduling = today_of(user, now), timeline_of(user.pk).newest
    memory = memory_of(user)
    rests = [rest.days_off() for rest in breaks_ahead(user, now=now)]
    calendar = calendar_of(memory, today, rests)
    slugs = {slug for exam in exams for slug in exam.chapters}
    held = held_by_chapter(user, slugs, today, scheduling)
    standings = []
    for exam in exams:
        alone = together(held, exam.chapters)
        days_left = (exam.day - today).days
        found = (
            weighed(exam.plan(), alone, calendar, scheduling, memory.new_per_day)
            if days_left
            else None
        )
        standings.append(
            ExamStanding(
                exam=exam,
                days_left=days_left,
                cards=len(alone.inside) + sum(alone.waiting.values()),
                new=sum(alone.waiting.values()),
                new_a_day=found.new_a_day if found else 0,
                waiting=sum(card.due < 0 for card in alone.inside),
                expected=found.recall_with if found else None,
            )
        )
    return standings
