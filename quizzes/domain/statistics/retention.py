"""True retention: how much of what was tested was recalled."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import sqrt

from quizzes.domain.fsrs import AGAIN
from quizzes.domain.statistics.answers import PRACTICE, RESET, TESTS, Answer, Judged, Stage
from quizzes.domain.statistics.period import Period, Span

#: 95 % of a normal distribution lie within so many standard deviations.
DEVIATIONS = 1.959964


@dataclass(frozen=True)
class Retention:
    """True retention: of `reviews` at least one study day after the one before, `recalled`."""

    reviews: int
    recalled: int

    @property
    def share(self) -> float | None:
        """None without reviews: no evidence is not 0 %."""
        return self.recalled / self.reviews if self.reviews else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of confidence for the share; None without reviews."""
        share, n = self.share, self.reviews
        if share is None:
            return None
        z2 = DEVIATIONS**2
        centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = DEVIATIONS * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return (max(0.0, centre - half), min(1.0, centre + half))


NONE = Retention(0, 0)


@dataclass(frozen=True)
class RetentionSpan:
    """A span's retention, and apart for cards whose stability was below and above MATURE_DAYS."""

    span: Span
    all: Retention
    young: Retention
    mature: Retention


def retention(answers: Iterable[Judged]) -> Retention:
    """Over those of the answers that test memory."""
    reviews = recalled = 0
    for answer in answers:
        if answer.stage in TESTS:
            reviews += 1
            recalled += answer.rating > AGAIN
    return Retention(reviews, recalled)


def retention_by_span(answers: Iterable[Judged], period: Period) -> list[RetentionSpan]:
    """For every span of the period, in order."""
    by_span: dict[tuple[date, Stage], list[int]] = defaultdict(lambda: [0, 0])
    starts = period.starts()
    for answer in answers:
        if answer.stage in TESTS:
            tally = by_span[starts[answer.day], answer.stage]
            tally[0] += 1
            tally[1] += answer.rating > AGAIN
    found = []
    for span in period.spans():
        young = Retention(*by_span.get((span.first, Stage.YOUNG), (0, 0)))
        mature = Retention(*by_span.get((span.first, Stage.MATURE), (0, 0)))
        both = Retention(young.reviews + mature.reviews, young.recalled + mature.recalled)
        found.append(RetentionSpan(span, both, young, mature))
    return found


def true_retention(answers: Iterable[Answer], since: date, until: date) -> Retention:
    """The retention of study days since..until alone, without following memory.

    `answers` come in their total order and reach back to before the period.
    """
    first, end = since.toordinal(), until.toordinal()
    last: dict[str, int] = {}
    tested = recalled = 0
    for prompt, day, rating, _, _ in answers:
        if rating == RESET:
            last.pop(prompt, None)
        elif rating != PRACTICE:
            before = last.get(prompt, day)
            if before < day and first <= day <= end:
                tested += 1
                recalled += rating > AGAIN
            last[prompt] = max(day, before)
    return Retention(tested, recalled)
