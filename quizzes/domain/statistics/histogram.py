"""How a quantity is spread over a learner's cards."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

#: Days, each step about the double of the one before; beyond the last are years.
STABILITY_EDGES = (1.0, 2.0, 4.0, 7.0, 14.0, 30.0, 60.0, 120.0, 240.0, 365.0)
DIFFICULTY_EDGES = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
RECALL_EDGES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True)
class Bin:
    """Values from `low` (None: any) up to, not including, `high` (None: any)."""

    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True)
class Histogram:
    """`median` is None without values; `place` is where it stands among the bins: 2.5 is in the
    middle of the third."""

    bins: list[Bin]
    count: int
    median: float | None


def histogram(values: Sequence[float], edges: Sequence[float]) -> Histogram:
    """Values between each two neighbouring edges, below the first and from the last on."""
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    lows: list[float | None] = [None, *edges]
    highs: list[float | None] = [*edges, None]
    bins = [Bin(low, high, n) for low, high, n in zip(lows, highs, counts, strict=True)]
    return Histogram(bins, len(values), median(values) if values else None)
