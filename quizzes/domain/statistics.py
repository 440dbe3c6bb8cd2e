"""What review histories say about a learner's memory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Retention:
    """True retention: of `reviews` at least one study day after the one before, `recalled`."""

    reviews: int
    recalled: int

    @property
    def share(self) -> float | None:
        """None without reviews: no evidence is not 0 %."""
        return self.recalled / self.reviews if self.reviews else None


def true_retention(reviews: Iterable[tuple[str, date, int]], since: date, until: date) -> Retention:
    """Over (prompt, study day, rating) in time order per prompt, for days since..until.

    Repetitions within a study day and first encounters are no test of memory and do not count.
    """
    last: dict[str, date] = {}
    tested = recalled = 0
    for prompt, day, rating in reviews:
        before = last.get(prompt)
        if before is not None and before < day and since <= day <= until:
            tested += 1
            recalled += rating > 1
        last[prompt] = max(day, before or day)
    return Retention(tested, recalled)


def workload(due_days: Iterable[date], today: date, days: int) -> list[tuple[date, int]]:
    """Cards due per study day from `today` on; what is overdue counts today."""
    counts = Counter(max(day, today) for day in due_days)
    return [(day, counts[day]) for day in _days(today, days)]


def per_day(counted: Sequence[tuple[date, int]], today: date, days: int) -> list[tuple[date, int]]:
    """Counts for each of the last `days` study days, today last; days without are 0."""
    counts = dict(counted)
    return [(day, counts.get(day, 0)) for day in _days(today - timedelta(days=days - 1), days)]


def _days(first: date, days: int) -> list[date]:
    return [first + timedelta(days=offset) for offset in range(days)]
