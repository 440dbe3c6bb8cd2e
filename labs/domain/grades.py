"""From a metric to a grade and a score."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any


class Grade(StrEnum):
    EXCELLENT = "excellent"
    GOOD = "good"
    PASS = "pass"
    FAIL = "fail"

    @property
    def passed(self) -> bool:
        return self is not Grade.FAIL


class Direction(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Thresholds:
    """What a lab asks of its metric.

    `chance` is what guessing reaches and `perfect` what nothing can surpass; between them stand
    the three grades, each at least as hard as the one before. `possible` is the best that honest
    work reaches here (None: not known); a better figure is looked at by a person.
    """

    metric: str
    direction: Direction
    chance: float
    pass_: float
    good: float
    excellent: float
    perfect: float
    possible: float | None = None

    def grade(self, value: float) -> Grade:
        for grade, threshold in (
            (Grade.EXCELLENT, self.excellent),
            (Grade.GOOD, self.good),
            (Grade.PASS, self.pass_),
        ):
            if self._reaches(value, threshold):
                return grade
        return Grade.FAIL

    def score(self, value: float) -> float:
        """0 at chance or worse, 60 at pass, 75 at good, 90 at excellent, 100 at perfect."""
        knots = list(zip(self._ladder(), (0.0, 60.0, 75.0, 90.0, 100.0), strict=True))
        if not self._reaches(value, self.chance):
            return 0.0
        for (low, from_), (high, to) in pairwise(knots):
            if not self._reaches(value, high):
                return round(from_ + (to - from_) * (value - low) / (high - low), 2)
        return 100.0

    def beyond_possible(self, value: float) -> bool:
        return (
            self.possible is not None
            and value != self.possible
            and self._reaches(value, self.possible)
        )

    def to_json(self) -> dict[str, Any]:
        """For learners; `possible` is left out, since it would tell which figure is looked at."""
        return {
            "metric": self.metric,
            "direction": str(self.direction),
            "chance": self.chance,
            "pass": self.pass_,
            "good": self.good,
            "excellent": self.excellent,
            "perfect": self.perfect,
        }

    def _ladder(self) -> tuple[float, float, float, float, float]:
        return (self.chance, self.pass_, self.good, self.excellent, self.perfect)

    def _reaches(self, value: float, threshold: float) -> bool:
        return value >= threshold if self.direction is Direction.HIGHER else value <= threshold
