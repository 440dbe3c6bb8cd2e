"""Fits FSRS to a learner's reviews, and judges whether a fit predicts better."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, log

import fsrs_rs_python

from quizzes.domain import fsrs
from quizzes.domain.errors import FitFailed
from quizzes.domain.fsrs import HIGHEST, LOWEST, RATINGS, Weights
from quizzes.domain.history import History, trial_moments, trials, until
from quizzes.domain.recalibration import CERTAIN

#: Below this many trials the parameters stay: a fit would follow chance.
TRIALS_MIN = 400
#: Below this many held-out trials nothing can be said about which parameters are better.
HELD_OUT_MIN = 60
HELD_OUT_SHARE = 0.2
#: A nightly fit waits for this share of new reviews, and for this many at least.
NEW_SHARE, NEW_MIN = 0.1, 100


@dataclass(frozen=True)
class Fit:
    """Fitted weights and how they compare. The log losses are over `held_out` trials that neither
    set of weights was fitted to; `weights` are those to use, fitted to everything."""

    weights: Weights
    log_loss_before: float
    log_loss_after: float
    trials: int
    held_out: int
    better: bool


def fitted_weights(found: Sequence[History]) -> Weights:
    """The weights that predict these reviews best, within the bounds of FSRS-6.

    The one place that knows the optimizer (`fsrs-rs-python`, a binding of the crate fsrs); another
    one can take its place. It takes ratings outside 1 to 4 without a word, so they are refused
    here; it stops at an item that is no trial, so none is given. It weighs later reviews
    more, so items go in by time. Raises FitFailed for what cannot be fitted.
    """
    items, cards, moments = [], [], []
    for card, history in enumerate(found):
        reviews = []
        for review in history:
            if review.rating not in RATINGS:
                raise FitFailed(f"A review is rated {review.rating}; ratings are 1 to 4.")
            reviews.append(fsrs_rs_python.FSRSReview(review.rating, review.days))
            if len(reviews) > 1 and review.days > 0:
                items.append(fsrs_rs_python.FSRSItem(reviews))
                cards.append(card)
                moments.append(review.at)
    order = sorted(range(len(items)), key=lambda index: (moments[index], cards[index]))
    fitted = fsrs_rs_python.FSRS([]).compute_parameters(
        [items[index] for index in order], card_ids=[cards[index] for index in order]
    )
    return _bounded(fitted)


def _bounded(fitted: Sequence[float]) -> Weights:
    if len(fitted) != len(LOWEST) or not all(isfinite(value) for value in fitted):
        raise FitFailed("The optimizer gave no usable parameters; the present ones stay.")
    return tuple(
        min(max(float(value), low), high)
        for value, low, high in zip(fitted, LOWEST, HIGHEST, strict=True)
    )


def log_loss(found: Sequence[History], weights: Weights, since: datetime | None = None) -> float:
    """Mean log loss of the predictions of trials from `since` on; NaN without any."""
    total, count = 0.0, 0
    for trial in trials(found, weights):
        if since is None or trial.review.at >= since:
            recall = fsrs.retrievability(weights, trial.memory.stability, trial.review.days)
            held = min(max(recall, CERTAIN), 1 - CERTAIN)
            total -= log(held if trial.review.recalled else 1 - held)
            count += 1
    return total / count if count else float("nan")


def held_out_from(found: Sequence[History], last_kept: datetime | None) -> tuple[datetime, int]:
    """From when on reviews judge a fit, and how many trials those are.

    The last fifth of all trials, or less: what the weights in force were fitted to (all before
    `last_kept`, None when they were not fitted) cannot judge them. Raises FitFailed, saying what is
    missing, where that leaves too few.
    """
    moments = trial_moments(found)
    if len(moments) < TRIALS_MIN:
        raise FitFailed(
            f"A fit needs {TRIALS_MIN} reviews that came a day or more after the one before; "
            f"there are {len(moments)}.",
            cure="Go on reviewing; until then the present parameters are used.",
        )
    cut = moments[-int(HELD_OUT_SHARE * len(moments))]
    if last_kept is not None:
        cut = max(cut, last_kept)
    count = sum(moment >= cut for moment in moments)
    if count < HELD_OUT_MIN:
        raise FitFailed(
            f"Since the last fit that was kept, {count} reviews came a day or more after the one "
            f"before; {HELD_OUT_MIN} are needed to tell whether a new fit is better.",
            cure="Go on reviewing and fit later.",
        )
    return cut, count


def fit(found: Sequence[History], in_force: Weights, last_kept: datetime | None) -> Fit:
    """Fits and judges; raises FitFailed where there is too little to fit or to judge by.

    Judged are weights fitted to what came before the held-out part. If they predict that part
    better than the weights in force, then weights fitted to everything are taken, provided that
    these are better on it too.
    """
    cut, held_out = held_out_from(found, last_kept)
    before = log_loss(found, in_force, cut)
    after = log_loss(found, fitted_weights(until(found, cut)), cut)
    weights = fitted_weights(found)
    better = after < before and log_loss(found, weights, cut) < before
    return Fit(weights, before, after, len(trial_moments(found)), held_out, better)


def due_for_fit(reviews: int, at_last_fit: int | None) -> bool:
    """Whether enough was reviewed since the last fit (None: there was none) to fit again."""
    if at_last_fit is None:
        return reviews >= TRIALS_MIN
    return reviews - at_last_fit >= max(NEW_MIN, NEW_SHARE * at_last_fit)
