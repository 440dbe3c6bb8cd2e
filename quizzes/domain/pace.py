"""How many new cards a day plans ask for: exams bring their cards in time, breaks bring none."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

#: The last new card of an exam comes so many days before it, so that it is reviewed before then.
LEAD_DAYS = 7


@dataclass(frozen=True)
class DaysOff:
    """A break: study days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class ExamPlan:
    """An exam on study day `day`, planned on `since`, about the chapters with these slugs;
    `retention` is the predicted recall that every card is to have on the day."""

    day: date
    since: date
    chapters: tuple[str, ...]
    retention: float = 0.9

    @property
    def last_new_day(self) -> date:
        """The day by which every card was met once: a week before, less where time is short."""
        lead = min(LEAD_DAYS, max(1, (self.day - self.since).days // 4))
        return max(self.day - timedelta(days=lead), self.since)


def study_days(first: date, last: date, breaks: Iterable[DaysOff] = ()) -> int:
    """Days from `first` to `last`, both included, that no break takes; 0 where there are none."""
    off = {
        max(rest.first, first) + timedelta(days=offset)
        for rest in breaks
        for offset in range((min(rest.last, last) - max(rest.first, first)).days + 1)
    }
    return max(0, (last - first).days + 1 - len(off))


def new_a_day(
    exams: Sequence[ExamPlan],
    new: Mapping[str, int],
    today: date,
    breaks: Collection[DaysOff] = (),
) -> int:
    """New cards a day, from today on, that bring the `new` cards of each chapter in time for all
    exams, which take the days one after the other. What is late comes before the exam still, all
    of it today where no day is left."""
    pace, met = 0, set[str]()
    for exam in sorted(exams, key=lambda exam: exam.last_new_day):
        met.update(exam.chapters)
        days = study_days(today, exam.last_new_day, breaks)
        if days == 0:
            days = study_days(today, exam.day - timedelta(days=1), breaks)
        pace = max(pace, ceil(sum(new.get(slug, 0) for slug in met) / max(1, days)))
    return pace


def dealt(cards: int, rooms: Sequence[int]) -> list[int]:
    """`cards` put on days one after the other, as many on each as there is room."""
    dealt = []
    for room in rooms:
        dealt.append(min(room, cards))
        cards -= dealt[-1]
    return dealt


def room_left(rooms: Sequence[int], *taken: Sequence[int]) -> list[int]:
    """What is left of each day's room."""
    return [room - sum(counts) for room, *counts in zip(rooms, *taken, strict=True)]
