"""Whether predicted recall comes true: predictions in bins against what was recalled.

Log loss and RMSE(bins) are those of open-spaced-repetition/srs-benchmark, so that a learner's
figures stand beside published ones: its bins group reviews by elapsed days, earlier reviews and
lapses, each on a geometric grid.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log, sqrt

from quizzes.domain.fsrs import AGAIN
from quizzes.domain.recalibration import Question, Recalibration, learned, recalibrated
from quizzes.domain.statistics.answers import TESTS, Judged
from quizzes.domain.statistics.retention import Retention

EDGES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.875, 0.9, 0.925, 0.95, 0.975)
#: No prediction is taken as surer than this, or one miss would outweigh everything.
SUREST = 1 - 1e-4
#: Recalibration takes 50 microseconds to learn an answer; so many show well what it does.
RECALIBRATED = 2_000


@dataclass(frozen=True)
class CalibrationBin:
    """Reviews predicted from `low` up to `high`: the mean prediction, and what was recalled."""

    low: float
    high: float
    predicted: float
    observed: Retention


@dataclass(frozen=True)
class Calibration:
    """`bins` without the empty ones. The measures are None without reviews.

    `log_loss` punishes confident misses (lower is better); `log_loss_constant` is what saying the
    overall share each time would give. `rmse` is RMSE(bins), a share: .04 is four points of a
    hundred. `predicted` is the mean prediction.
    """

    bins: list[CalibrationBin]
    observed: Retention
    predicted: float | None
    log_loss: float | None
    log_loss_constant: float | None
    rmse: float | None


@dataclass(frozen=True)
class Corrected:
    """The same `answers` predicted without and with recalibration: see `corrected`."""

    plain: Calibration
    recalibrated: Calibration


def corrected(answers: Sequence[Judged]) -> Corrected:
    """Each of the last RECALIBRATED tests, predicted from the ones before it alone.

    Recalibration begins anew with the first of them, so that it is never judged by answers that it
    had learned from.
    """
    tests = [answer for answer in answers if answer.stage in TESTS][-RECALIBRATED:]
    state = Recalibration()
    predictions = []
    for answer in tests:
        asked = Question(answer.predicted, answer.elapsed, answer.difficulty, answer.lapses)
        predictions.append(recalibrated(state, asked))
        state = learned(state, asked, recalled=answer.rating > AGAIN)
    return Corrected(calibration(tests), calibration(tests, predictions))


def calibration(
    answers: Sequence[Judged], predictions: Sequence[float] | None = None
) -> Calibration:
    """Over those of the answers that test memory; `predictions` take the place of theirs."""
    said = [answer.predicted for answer in answers] if predictions is None else predictions
    tally: dict[int, list[float]] = defaultdict(lambda: [0, 0.0, 0])
    groups: dict[tuple[int, int, int], list[float]] = defaultdict(lambda: [0, 0.0])
    loss = 0.0
    for answer, predicted in zip(answers, said, strict=True):
        if answer.stage not in TESTS:
            continue
        recalled = answer.rating > AGAIN
        p = min(max(predicted, 1 - SUREST), SUREST)
        loss -= log(p if recalled else 1 - p)
        counted = tally[bisect_right(EDGES, p)]
        counted[0] += 1
        counted[1] += p
        counted[2] += recalled
        group = groups[_group(answer)]
        group[0] += 1
        group[1] += p - recalled
    bins = [_bin(place, *tally[place]) for place in sorted(tally)]
    return _measured(bins, groups, loss)


def _bin(place: int, count: float, predicted: float, recalled: float) -> CalibrationBin:
    low, high = (0.0, *EDGES)[place], (*EDGES, 1.0)[place]
    return CalibrationBin(low, high, predicted / count, Retention(int(count), int(recalled)))


def _measured(
    bins: list[CalibrationBin], groups: dict[tuple[int, int, int], list[float]], loss: float
) -> Calibration:
    count = sum(each.observed.reviews for each in bins)
    observed = Retention(count, sum(each.observed.recalled for each in bins))
    share = observed.share
    if share is None:
        return Calibration([], observed, None, None, None, None)
    known = min(max(share, 1 - SUREST), SUREST)
    return Calibration(
        bins=bins,
        observed=observed,
        predicted=sum(each.predicted * each.observed.reviews for each in bins) / count,
        log_loss=loss / count,
        log_loss_constant=-(share * log(known) + (1 - share) * log(1 - known)),
        rmse=sqrt(sum(off * off / n for n, off in groups.values()) / count),
    )


def _group(answer: Judged) -> tuple[int, int, int]:
    """The benchmark's bin; its scale factors only name the bins and are left out."""
    return (
        floor(log(answer.elapsed) / log(3.62)),
        floor(log(answer.tests + 1) / log(1.89)),
        floor(log(answer.lapses) / log(1.73)) if answer.lapses else -1,
    )
