"""Time and memory of a fit of 100,000 reviews, in a process of its own.

The histories are simulated: cards of one learner whose memory follows FSRS-6 with weights that are
a quarter off the defaults, reviewed when recall is due to fall to 0.85 (give or take a third of the
interval), answered again, hard, good or easy by the chance that this memory gives. A card has 10
reviews on average, as in the real log that the figures of quality are quoted on.
"""

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from quizzes.domain import fsrs
from quizzes.domain.fitting import fit, fitted_weights
from quizzes.domain.history import History, Review

REVIEWS, SEED, MEAN_LENGTH = 100_000, 11, 10
FIRST = datetime(2024, 1, 1, 9, tzinfo=UTC)


def simulated(
    reviews: int = REVIEWS, seed: int = SEED, longest: int = 2_000, off: float = 0.25
) -> list[History]:
    """That many reviews of one learner, in cards, at most `longest` days apart; the same for the
    same seed. Their memory is up to `off` (a share) off the default weights."""
    chance = random.Random(seed)
    weights = tuple(
        min(max(value * chance.uniform(1 - off, 1 + off), low), high)
        for value, low, high in zip(fsrs.DEFAULT_WEIGHTS, fsrs.LOWEST, fsrs.HIGHEST, strict=True)
    )
    found: list[History] = []
    left = reviews
    while left > 0:
        length = min(left, 1 + min(int(chance.expovariate(1 / (MEAN_LENGTH - 1))), 60))
        found.append(tuple(card(chance, weights, length, longest)))
        left -= length
    return found


def card(
    chance: random.Random, weights: fsrs.Weights, length: int, longest: int
) -> Iterator[Review]:
    at = FIRST + timedelta(minutes=chance.randrange(400 * 1440))
    memory, days = None, 0
    for _ in range(length):
        if memory is None:
            rating = chance.choices((1, 2, 3, 4), (30, 5, 60, 5))[0]
        elif chance.random() < fsrs.retrievability(weights, memory.stability, days):
            rating = chance.choices((2, 3, 4), (8, 85, 7))[0]
        else:
            rating = 1
        yield Review(rating, days, at, 0)
        memory = fsrs.after(weights, memory, rating, days)
        due = fsrs.interval(weights, memory.stability, 0.85) * chance.uniform(0.67, 1.33)
        days = 0 if rating == 1 and chance.random() < 0.5 else max(1, round(min(due, longest)))
        at += timedelta(days=days, minutes=10)


def measured() -> dict[str, float]:
    """Seconds and megabytes (by which the peak of this process grows) of a fit alone, and seconds
    of a fit that is judged as well: two fits and three passes over all predictions."""
    found = simulated()
    fitted_weights(found[:500])  # what is loaded once is not the fit's
    before = peak_mb()
    begun = time.perf_counter()
    fitted_weights(found)
    fitted = {"seconds": time.perf_counter() - begun, "megabytes": peak_mb() - before}
    begun = time.perf_counter()
    fit(found, fsrs.DEFAULT_WEIGHTS, None)
    return {**fitted, "judged_seconds": time.perf_counter() - begun}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def for_the_table() -> Iterator[tuple[str, float, str]]:
    """(name, value, unit), measured in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.fit"], capture_output=True, text=True, check=True
    )
    figures = json.loads(done.stdout)
    yield "fit of 100,000 reviews", figures["seconds"], "s"
    yield "fit of 100,000 reviews, memory", figures["megabytes"], "MB"
    yield "fit of 100,000 reviews, and judged", figures["judged_seconds"], "s"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured()))
