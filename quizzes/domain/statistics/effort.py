"""Time spent answering."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import median

from quizzes.domain.statistics.answers import Judged
from quizzes.domain.statistics.period import Period, Span

#: An answer counts for at most this long: who takes longer has mostly left the table.
CAP_MS = 60_000


@dataclass(frozen=True)
class EffortSpan:
    """Answers of a span, and the seconds that they took, each capped."""

    span: Span
    answers: int
    seconds: float


@dataclass(frozen=True)
class Effort:
    """Answers, reviews and practice alike, with the time that they took, each capped at CAP_MS.

    `timed` of them say how long they took; `capped` of these took longer than the cap. `median` is
    in seconds, None without a timed answer. `days` counts study days with an answer.
    """

    spans: list[EffortSpan]
    answers: int
    timed: int
    capped: int
    seconds: float
    median: float | None
    days: int


def effort(answers: Iterable[Judged], period: Period) -> Effort:
    counts: dict[date, int] = defaultdict(int)
    spent: dict[date, int] = defaultdict(int)
    times: list[int] = []
    days: set[date] = set()
    starts = period.starts()
    for answer in answers:
        start = starts[answer.day]
        counts[start] += 1
        days.add(answer.day)
        if answer.milliseconds is not None:
            spent[start] += min(answer.milliseconds, CAP_MS)
            times.append(answer.milliseconds)
    spans = [
        EffortSpan(span, counts[span.first], spent[span.first] / 1000) for span in period.spans()
    ]
    return Effort(
        spans=spans,
        answers=sum(counts.values()),
        timed=len(times),
        capped=sum(time > CAP_MS for time in times),
        seconds=sum(spent.values()) / 1000,
        median=min(median(times), CAP_MS) / 1000 if times else None,
        days=len(days),
    )
