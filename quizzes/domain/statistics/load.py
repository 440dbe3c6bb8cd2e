"""Cards due and answers given, by study day."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Due:
    """Cards due: `overdue` from days before today, and per study day from today on."""

    overdue: int
    days: list[tuple[date, int]]


def workload(due_days: Iterable[date], today: date, days: int) -> list[tuple[date, int]]:
    """Cards due per study day from `today` on; what is overdue counts today."""
    counts = Counter(max(day, today) for day in due_days)
    return [(day, counts[day]) for day in _days(today, days)]


def due_days(due: Iterable[date], today: date, days: int) -> Due:
    """The same with what is overdue apart."""
    counts = Counter(due)
    overdue = sum(count for day, count in counts.items() if day < today)
    return Due(overdue, [(day, counts[day]) for day in _days(today, days)])


def per_day(counted: Sequence[tuple[date, int]], today: date, days: int) -> list[tuple[date, int]]:
    """Counts for each of the last `days` study days, today last; days without are 0."""
    counts = dict(counted)
    return [(day, counts.get(day, 0)) for day in _days(today - timedelta(days=days - 1), days)]


def _days(first: date, days: int) -> list[date]:
    return [first + timedelta(days=offset) for offset in range(days)]
