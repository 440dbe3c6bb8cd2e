"""How a result stands: on the leaderboard, in the class, beside baseline and reference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from statistics import median, quantiles
from typing import Any

# Below this, figures of "the class" are figures of somebody.
SMALLEST_CLASS = 5
_BIN = 10
NOBODY = "Anonymous learner"


@dataclass(frozen=True)
class Best:
    """A learner's best graded run in a lab."""

    user_id: int
    name: str
    run_id: int
    grade: str
    score: float
    metrics: Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A line of the leaderboard. Equal scores share a place (`tied`); the earlier run stands first.

    `name` is for others to read: "Anonymous learner" where the learner chose so and is not `you`.
    """

    place: int
    user_id: int
    name: str
    run_id: int
    grade: str
    score: float
    metrics: Mapping[str, Any]
    tied: bool = False
    you: bool = False
    anonymous: bool = False


@dataclass(frozen=True)
class Board:
    """The first places, and the reader's own wherever it is.

    `own` is None where the reader has no graded run, or only ones that a person looks at first;
    `own_held` tells the two apart. `learners` counts everybody on the board.
    """

    places: tuple[Place, ...]
    own: Place | None
    learners: int
    own_held: bool = False


def board(
    bests: Iterable[Best], *, limit: int, viewer: int | None, anonymous: frozenset[int]
) -> Board:
    """bests: one of each learner, in any order. viewer: the reader's user id, None for nobody."""
    ordered = sorted(bests, key=lambda best: (-best.score, best.run_id))
    shared = _counts(ordered)
    places: list[Place] = []
    own: Place | None = None
    number = 0
    for position, best in enumerate(ordered, start=1):
        if position == 1 or best.score != ordered[position - 2].score:
            number = position
        you = best.user_id == viewer
        if position > limit and not you:
            continue
        hidden = best.user_id in anonymous
        place = Place(
            place=number,
            user_id=best.user_id,
            name=NOBODY if hidden and not you else best.name,
            run_id=best.run_id,
            grade=best.grade,
            score=best.score,
            metrics=best.metrics,
            tied=shared[best.score] > 1,
            you=you,
            anonymous=hidden,
        )
        if you:
            own = place
        if position <= limit:
            places.append(place)
    return Board(tuple(places), own, len(ordered))


def _counts(ordered: Sequence[Best]) -> dict[float, int]:
    counts: dict[float, int] = {}
    for best in ordered:
        counts[best.score] = counts.get(best.score, 0) + 1
    return counts


@dataclass(frozen=True)
class Bin:
    """Learners whose best score is from `low` up to `high`; the last bin has its upper end."""

    low: float
    high: float
    learners: int


@dataclass(frozen=True)
class ClassFigures:
    """Best scores of a lab's learners: how many, their quartiles, and ten bins from 0 to 100."""

    learners: int
    lower_quartile: float
    median: float
    upper_quartile: float
    bins: tuple[Bin, ...]


def class_figures(scores: Sequence[float]) -> ClassFigures | None:
    """scores: the best of each learner, 0 to 100. None below five learners."""
    if len(scores) < SMALLEST_CLASS:
        return None
    lower, _, upper = quantiles(scores, n=4, method="inclusive")
    counts = [0] * (100 // _BIN)
    for score in scores:
        counts[min(int(score // _BIN), len(counts) - 1)] += 1
    return ClassFigures(
        learners=len(scores),
        lower_quartile=round(lower, 2),
        median=round(median(scores), 2),
        upper_quartile=round(upper, 2),
        bins=tuple(
            Bin(float(n * _BIN), float((n + 1) * _BIN), count) for n, count in enumerate(counts)
        ),
    )


@dataclass(frozen=True)
class Rival:
    """One of the lab's own files beside a result.

    mean, sd: what it reached over `seeds` fresh draws of the hidden set. `better` by `difference`
    (positive: the learner's is better, in either direction of the metric). `clear`: more than two
    standard deviations, so that another draw would hardly turn it round.
    """

    file: str
    name: str
    mean: float
    sd: float
    seeds: int
    difference: float
    better: bool
    clear: bool


def on_this_draw(metric: str) -> str:
    """Under which name a grade's metrics hold what the baseline reached on the same hidden set."""
    return f"baseline_{metric}"


@dataclass(frozen=True)
class SameDraw:
    """A result beside the baseline's on the same hidden set, which makes either luck the same.

    `less_error` is the share of the baseline's error that is gone (negative: there is more), where
    error is the distance from a perfect figure; None where the baseline makes none.
    """

    baseline: float
    difference: float
    less_error: float | None


def same_draw(metrics: Mapping[str, float], thresholds: Mapping[str, Any]) -> SameDraw | None:
    """None where the lab does not run its baseline on the draw, or the run has no figure."""
    name = str(thresholds.get("metric", ""))
    value, baseline = metrics.get(name), metrics.get(on_this_draw(name))
    if value is None or baseline is None:
        return None
    higher = thresholds.get("direction", "higher") == "higher"
    perfect = float(thresholds.get("perfect", 1.0 if higher else 0.0))
    error = abs(perfect - baseline)
    difference = (value - baseline) if higher else (baseline - value)
    return SameDraw(baseline, round(difference, 6), difference / error if error else None)


def comparison(
    value: float, thresholds: Mapping[str, Any], spread: Sequence[Mapping[str, Any]]
) -> list[Rival]:
    """A metric's value beside every file that the lab's spread names, weakest first."""
    sign = 1.0 if thresholds.get("direction", "higher") == "higher" else -1.0
    rivals = []
    for row in spread:
        difference = sign * (value - float(row["mean"]))
        rivals.append(
            Rival(
                file=str(row["file"]),
                name=PurePosixPath(str(row["file"])).stem,
                mean=float(row["mean"]),
                sd=float(row["sd"]),
                seeds=int(row["seeds"]),
                difference=round(difference, 6),
                better=difference > 0,
                clear=abs(difference) > 2 * float(row["sd"]),
            )
        )
    return sorted(rivals, key=lambda rival: sign * rival.mean)
