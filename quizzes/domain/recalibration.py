"""What recent answers say about the predictions, for statistics and for the order of a session.

A small logistic regression on top of FSRS, kept up to date after each answer: the log odds of the
predicted recall plus five corrections, each held near 0 by a normal prior (a Kalman filter for
logistic regression: Penny & Roberts 1999, "Dynamic logistic regression"). Evidence fades, so a
learner who changes is followed; without evidence the correction is none at all. It never moves a
due date: it says how well the learner was predicted lately, not how long they will remember.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, log1p
from typing import Any

VERSION = 1
SIZE = 5
#: How far a correction is believed to stray, in log odds per feature.
PRIOR_VARIANCE = 0.2**2
#: What one answer leaves of what was learned before it: half is forgotten after 3,500 answers.
KEPT = 0.9998
_LEFT = KEPT**2  # of a variance
#: Predictions are held this far from 0 and 1, as the benchmark's metrics do.
CERTAIN = 1e-4

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]

_NOTHING: Vector = (0.0,) * SIZE
_PRIOR: Matrix = tuple(
    tuple(PRIOR_VARIANCE if row == column else 0.0 for column in range(SIZE)) for row in range(SIZE)
)


@dataclass(frozen=True)
class Recalibration:
    """What was learned from `answers` answers; new, it corrects nothing.

    `mean` and `covariance` are those of the corrections, in log odds. `seq` is the number of the
    last change of the learner's log that was taken in.
    """

    mean: Vector = _NOTHING
    covariance: Matrix = _PRIOR
    answers: int = 0
    seq: int = 0


@dataclass(frozen=True)
class Question:
    """A review before its answer: FSRS's `recall` (0 to 1) after `days` study days, and the card's
    difficulty (1 to 10) and lapses as the reviews before it left them."""

    recall: float
    days: int
    difficulty: float
    lapses: int


def recalibrated(state: Recalibration, question: Question) -> float:
    """The corrected probability of recall, strictly between 0 and 1.

    Within the study day of the last review nothing is corrected: such answers are no test of
    memory, and nothing was learned from them.
    """
    if question.days < 1 or not state.answers:
        return question.recall
    return _chance(_log_odds(question.recall) + _dot(state.mean, _features(question)))


def learned(state: Recalibration, question: Question, *, recalled: bool) -> Recalibration:
    """`state` after one more answer; an answer within the study day teaches nothing."""
    if question.days < 1:
        return state
    features = _features(question)
    mean = tuple(KEPT * value for value in state.mean)
    faded = [[_LEFT * value for value in row] for row in state.covariance]
    for index in range(SIZE):
        faded[index][index] += (1 - _LEFT) * PRIOR_VARIANCE
    chance = _chance(_log_odds(question.recall) + _dot(mean, features))
    spread = [_dot(row, features) for row in faded]
    certainty = max(chance * (1 - chance), CERTAIN)
    gain = 1 / (1 / certainty + _dot(spread, features))
    covariance = tuple(
        tuple([row[column] - gain * spread[index] * spread[column] for column in range(SIZE)])
        for index, row in enumerate(faded)
    )
    surprise = float(recalled) - chance
    moved = tuple(mean[i] + surprise * _dot(covariance[i], features) for i in range(SIZE))
    return Recalibration(moved, covariance, state.answers + 1, state.seq)


def to_json(state: Recalibration) -> dict[str, Any]:
    return {
        "version": VERSION,
        "mean": list(state.mean),
        "covariance": [list(row) for row in state.covariance],
        "answers": state.answers,
        "seq": state.seq,
    }


def from_json(stored: Mapping[str, Any]) -> Recalibration:
    """What `to_json` wrote; a new state for anything else, such as another version's."""
    if stored.get("version") != VERSION:
        return Recalibration()
    state = Recalibration(
        tuple(stored["mean"]),
        tuple(tuple(row) for row in stored["covariance"]),
        stored["answers"],
        stored["seq"],
    )
    whole = all(isfinite(value) for row in (state.mean, *state.covariance) for value in row)
    return state if whole else Recalibration()


def _features(question: Question) -> Vector:
    """Roughly centred, so that the corrections are nearly independent of each other."""
    return (
        1.0,
        _log_odds(question.recall) - 2.0,
        log(question.days) - 1.5,
        log1p(question.lapses) - 0.7,
        (question.difficulty - 5) / 3,
    )


def _log_odds(chance: float) -> float:
    held = min(max(chance, CERTAIN), 1 - CERTAIN)
    return log(held / (1 - held))


def _chance(log_odds: float) -> float:
    return 1 / (1 + exp(-min(max(log_odds, -30.0), 30.0)))


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    """Written out: this runs eleven times for each answer."""
    a, b, c, d, e = left
    f, g, h, i, j = right
    return a * f + b * g + c * h + d * i + e * j
