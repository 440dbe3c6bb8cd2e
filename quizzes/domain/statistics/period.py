"""The days that a statistic looks at, cut into spans that a chart can show."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Span:
    """Study days, both ends included."""

    first: date
    last: date


@dataclass(frozen=True)
class Period:
    """Study days `first` to `last`, cut into days, weeks (Monday first) or months by `unit`.

    The first and the last span may be cut short by the period.
    """

    first: date
    last: date
    unit: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def start_of(self, day: date) -> date:
        """The first day of the span that holds `day`; the key that spans are counted by."""
        if self.unit == "day":
            return day
        if self.unit == "week":
            return max(day - timedelta(days=day.weekday()), self.first)
        return max(day.replace(day=1), self.first)

    def starts(self) -> dict[date, date]:
        """`start_of` for every day of the period, for counting many answers."""
        days = (self.first + timedelta(days=offset) for offset in range(self.days))
        return {day: self.start_of(day) for day in days}

    def spans(self) -> list[Span]:
        """All spans in order, also those without an answer."""
        starts = []
        day = self.first
        while day <= self.last:
            starts.append(day)
            day = self._next(day)
        ends = [start - timedelta(days=1) for start in starts[1:]] + [self.last]
        return [Span(first, last) for first, last in zip(starts, ends, strict=True)]

    def _next(self, day: date) -> date:
        if self.unit == "day":
            return day + timedelta(days=1)
        if self.unit == "week":
            return day + timedelta(days=7 - day.weekday())
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def period(days: int | None, today: date, begun: date) -> Period:
    """The last `days` study days, or with None all since the learner began.

    Cut into days up to a month, weeks up to four months, months beyond: a phone shows some thirty
    spans apart.
    """
    first = begun if days is None else today - timedelta(days=days - 1)
    first = min(first, today)
    length = (today - first).days + 1
    unit = "day" if length <= 31 else "week" if length <= 120 else "month"
    return Period(first, today, unit)
