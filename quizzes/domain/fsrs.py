"""FSRS-6: how stability and difficulty change with each review.

Formulas and default parameters: open-spaced-repetition, "The Algorithm" (FSRS-6, 21 parameters);
tests prove equality with the `fsrs` package. Why they are written out here: docs/adr/0020.
Time is counted in whole study days; stability in days; difficulty from 1 to 10.
"""

from collections.abc import Sequence
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
    decay = -weights[20]
    factor = 0.9 ** (1 / decay) - 1
    return float((1 + factor * max(days, 0) / stability) ** decay)


def interval(weights: Weights, stability: float, desired_retention: float) -> float:
    """Days until retrievability falls to `desired_retention`, unrounded."""
    decay = -weights[20]
    factor = 0.9 ** (1 / decay) - 1
    return float(stability / factor * (desired_retention ** (1 / decay) - 1))


def after(weights: Weights, memory: Memory | None, rating: int, days: int) -> Memory:
    """Memory after a review rated `rating`, `days` study days after the one before (None: first).

    Reviews within one study day (`days` 0) follow the short-term rule, as in Anki.
    """
    if memory is None:
        return Memory(
            _within(weights[rating - 1], STABILITY_MIN, STABILITY_MAX),
            _within(_first_difficulty(weights, rating), 1, 10),
        )
    stability, difficulty = memory
    if days < 1:
        grown = _short_term(weights, stability, rating)
    else:
        recall = retrievability(weights, stability, days)
        step = _forgotten if rating == AGAIN else _recalled
        grown = step(weights, stability, difficulty, recall, rating)
    return Memory(
        _within(grown, STABILITY_MIN, STABILITY_MAX), _next_difficulty(weights, difficulty, rating)
    )


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _first_difficulty(w: Weights, rating: int) -> float:
    return w[4] - exp(w[5] * (rating - 1)) + 1


def _next_difficulty(w: Weights, difficulty: float, rating: int) -> float:
    damped = difficulty - w[6] * (rating - 3) * (10 - difficulty) / 9
    return _within(w[7] * _first_difficulty(w, EASY) + (1 - w[7]) * damped, 1, 10)


def _short_term(w: Weights, stability: float, rating: int) -> float:
    growth = exp(w[17] * (rating - 3 + w[18])) * float(stability ** -w[19])
    return stability * (growth if rating == AGAIN else max(growth, 1.0))


def _recalled(w: Weights, stability: float, difficulty: float, recall: float, rating: int) -> float:
    hard = w[15] if rating == HARD else 1.0
    easy = w[16] if rating == EASY else 1.0
    growth = exp(w[8]) * (11 - difficulty) * float(stability ** -w[9])
    return stability * (1 + growth * (exp((1 - recall) * w[10]) - 1) * hard * easy)


def _forgotten(w: Weights, stability: float, difficulty: float, recall: float, _: int) -> float:
    relearned = (
        w[11]
        * float(difficulty ** -w[12])
        * (float((stability + 1) ** w[13]) - 1)
        * exp((1 - recall) * w[14])
    )
    return min(relearned, stability / exp(w[17] * w[18]))
