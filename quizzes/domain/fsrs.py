"""FSRS-6: how stability and difficulty change with each review.

Formulas and default parameters: open-spaced-repetition, "The Algorithm" (FSRS-6, 21 parameters);
tests prove equality with the `fsrs` package. Why they are written out here: docs/adr/0020.
Time is counted in whole study days; stability in days; difficulty from 1 to 10.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import exp
from typing import NamedTuple

VERSION = "fsrs-6"
AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4
RATINGS = (AGAIN, HARD, GOOD, EASY)

Weights = tuple[float, ...]

DEFAULT_WEIGHTS: Weights = (
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796,
    1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
)  # fmt: skip
LOWEST: Weights = (
    0.001, 0.001, 0.001, 0.001, 1.0, 0.001, 0.001, 0.001, 0.0, 0.0, 0.001,
    0.001, 0.001, 0.001, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.1,
)  # fmt: skip
HIGHEST: Weights = (
    100.0, 100.0, 100.0, 100.0, 10.0, 4.0, 4.0, 0.75, 4.5, 0.8, 3.5,
    5.0, 0.25, 0.9, 4.0, 1.0, 6.0, 2.0, 2.0, 0.8, 0.8,
)  # fmt: skip
STABILITY_MIN, STABILITY_MAX = 0.001, 36_500.0
CACHED_RETENTIONS = 1_000


class Memory(NamedTuple):
    stability: float
    difficulty: float


def problems_with(weights: Sequence[float]) -> list[str]:
    """Why these numbers cannot be FSRS-6 parameters; empty when they can."""
    if len(weights) != len(DEFAULT_WEIGHTS):
        return [f"{VERSION} takes {len(DEFAULT_WEIGHTS)} parameters, {len(weights)} were given"]
    return [
        f"parameter {index} is {value}, it must lie between {low} and {high}"
        for index, (value, low, high) in enumerate(zip(weights, LOWEST, HIGHEST, strict=True))
        if not low <= value <= high
    ]


def retrievability(weights: Weights, stability: float, days: float) -> float:
    """Probability of recall `days` after the last review: 1 at once, 0.9 after `stability` days."""
    return model(weights).retrievability(stability, days)


def interval(weights: Weights, stability: float, desired_retention: float) -> float:
    """Days until retrievability falls to `desired_retention`, unrounded."""
    return model(weights).interval(stability, desired_retention)


def after(weights: Weights, memory: Memory | None, rating: int, days: int) -> Memory:
    """Memory after a review rated `rating`, `days` study days after the one before (None: first).

    Reviews within one study day (`days` 0) follow the short-term rule, as in Anki.
    """
    return model(weights).after(memory, rating, days)


@lru_cache(maxsize=256)
def model(weights: Weights) -> "Model":
    return Model(weights)


class Model:
    """The formulas for one set of weights; what depends on the weights alone is worked out once.

    Hard, Good and Easy differ by a factor only, and intervals need the lesser ones of them as
    well, so their stabilities are computed together.
    """

    def __init__(self, weights: Weights) -> None:
        self.w = w = weights
        self.decay = -w[20]
        self.factor: float = 0.9 ** (1 / self.decay) - 1
        self._exp_w8 = exp(w[8])
        self._most_after_lapse = exp(w[17] * w[18])
        self._same_day = [exp(w[17] * (rating - 3 + w[18])) for rating in RATINGS]
        self._first = [
            Memory(
                _within(w[rating - 1], STABILITY_MIN, STABILITY_MAX),
                _within(self._first_difficulty(rating), 1, 10),
            )
            for rating in RATINGS
        ]
        self._eased = w[7] * self._first_difficulty(EASY)
        self._reach: dict[float, float] = {}

    def retrievability(self, stability: float, days: float) -> float:
        return float((1 + self.factor * max(days, 0) / stability) ** self.decay)

    def interval(self, stability: float, desired_retention: float) -> float:
        reach = self._reach.get(desired_retention)
        if reach is None:
            reach = float(desired_retention ** (1 / self.decay) - 1)
            if len(self._reach) < CACHED_RETENTIONS:
                self._reach[desired_retention] = reach
        return stability / self.factor * reach

    def after(self, memory: Memory | None, rating: int, days: int) -> Memory:
        if memory is None:
            return self._first[rating - 1]
        difficulty = self.next_difficulty(memory.difficulty, rating)
        if rating != AGAIN:
            return Memory(self.recalled(memory, days)[rating - HARD], difficulty)
        stability = memory.stability
        if days < 1:
            grown = stability * (self._same_day[0] * float(stability ** -self.w[19]))
        else:
            grown = self._forgotten(memory, days)
        return Memory(_within(grown, STABILITY_MIN, STABILITY_MAX), difficulty)

    def recalled(self, memory: Memory | None, days: int) -> tuple[float, float, float]:
        """Stability after Hard, Good and Easy."""
        if memory is None:
            _, hard, good, easy = self._first
            return hard.stability, good.stability, easy.stability
        w, (stability, difficulty) = self.w, memory
        if days < 1:
            power = float(stability ** -w[19])
            _, h, g, e = self._same_day
            grown = (
                stability * max(h * power, 1.0),
                stability * max(g * power, 1.0),
                stability * max(e * power, 1.0),
            )
        else:
            recall = self.retrievability(stability, days)
            growth = self._exp_w8 * (11 - difficulty) * float(stability ** -w[9])
            growth *= exp((1 - recall) * w[10]) - 1
            grown = (
                stability * (1 + growth * w[15]),
                stability * (1 + growth),
                stability * (1 + growth * w[16]),
            )
        return (
            _within(grown[0], STABILITY_MIN, STABILITY_MAX),
            _within(grown[1], STABILITY_MIN, STABILITY_MAX),
            _within(grown[2], STABILITY_MIN, STABILITY_MAX),
        )

    def next_difficulty(self, difficulty: float, rating: int) -> float:
        w = self.w
        damped = difficulty - w[6] * (rating - 3) * (10 - difficulty) / 9
        return _within(self._eased + (1 - w[7]) * damped, 1, 10)

    def _first_difficulty(self, rating: int) -> float:
        return self.w[4] - exp(self.w[5] * (rating - 1)) + 1

    def _forgotten(self, memory: Memory, days: int) -> float:
        w, (stability, difficulty) = self.w, memory
        recall = self.retrievability(stability, days)
        relearned = (
            w[11]
            * float(difficulty ** -w[12])
            * (float((stability + 1) ** w[13]) - 1)
            * exp((1 - recall) * w[14])
        )
        return min(relearned, stability / self._most_after_lapse)


def _within(value: float, low: float, high: float) -> float:
    # Called three times a review; min and max take three times as long.
    return low if value < low else high if value > high else value
