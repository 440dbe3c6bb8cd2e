"""Fitting: what is fitted, what is kept, and what is refused."""

import math
from datetime import timedelta

import pytest

from quizzes.domain import fitting, fsrs
from quizzes.domain.errors import FitFailed
from quizzes.domain.fsrs import DEFAULT_WEIGHTS, HIGHEST, LOWEST
from quizzes.domain.history import Review, trial_moments, until
from tests.benchmarks.fit import FIRST, simulated


@pytest.fixture(scope="module")
def learner():
    """6,000 reviews of a learner whose memory is a quarter off the defaults."""
    return simulated(6_000, seed=5)


def test_a_fit_predicts_what_it_has_not_seen_better_than_the_defaults(learner):
    fit = fitting.fit(learner, DEFAULT_WEIGHTS, None)
    assert fit.better
    assert fit.log_loss_after < fit.log_loss_before
    assert fsrs.problems_with(fit.weights) == []


def test_the_same_reviews_give_the_same_weights(learner):
    assert fitting.fitted_weights(learner) == fitting.fitted_weights(learner)


def test_weights_that_are_better_already_stay(learner):
    """The weights in force know the held-out reviews; none that do not will beat them."""
    fit = fitting.fit(learner, fitting.fitted_weights(learner), None)
    assert not fit.better
    assert fit.log_loss_after >= fit.log_loss_before


def test_what_the_weights_in_force_were_fitted_to_does_not_judge_them(learner):
    moments = trial_moments(learner)
    kept_at = moments[-100]
    cut, held_out = fitting.held_out_from(learner, kept_at)
    assert (cut, held_out) == (kept_at, 100)
    fifth, _ = fitting.held_out_from(learner, None)
    assert fifth < cut


def test_a_fit_right_after_a_kept_one_is_refused(learner):
    with pytest.raises(FitFailed, match="0 reviews came a day or more"):
        fitting.fit(learner, DEFAULT_WEIGHTS, trial_moments(learner)[-1] + timedelta(days=1))


def test_few_reviews_leave_the_parameters_alone():
    few = simulated(300, seed=1)
    with pytest.raises(FitFailed, match="needs 400 reviews"):
        fitting.fit(few, DEFAULT_WEIGHTS, None)


@pytest.mark.parametrize("rating", [0, 5, 7])
def test_a_rating_that_the_optimizer_would_take_silently_is_refused(rating):
    with pytest.raises(FitFailed, match=f"rated {rating}"):
        fitting.fitted_weights([(Review(rating, 0, FIRST, 0),)])


@pytest.mark.parametrize("rating", [1, 4])
def test_one_sided_answers_still_give_weights_in_bounds(rating):
    history = tuple(
        Review(rating, 3 if number else 0, FIRST + timedelta(days=3 * number), 0)
        for number in range(5)
    )
    weights = fitting.fitted_weights([history] * 200)
    assert all(low <= w <= high for w, low, high in zip(weights, LOWEST, HIGHEST, strict=True))


def test_histories_without_a_trial_are_no_trouble():
    assert fitting.fitted_weights([(Review(3, 0, FIRST, 0),)] * 500)


def test_log_loss_counts_what_came_since(learner):
    cut = trial_moments(learner)[-1]
    last = fitting.log_loss(learner, DEFAULT_WEIGHTS, cut)
    assert last != fitting.log_loss(learner, DEFAULT_WEIGHTS)
    assert math.isnan(fitting.log_loss(until(learner, FIRST), DEFAULT_WEIGHTS))


def test_an_optimizer_that_gives_nonsense_is_not_believed(monkeypatch):
    class FakeOptimizer:
        def __init__(self, _):
            pass

        def compute_parameters(self, *_, **__):
            return [float("nan")] * 21

    monkeypatch.setattr(fitting.fsrs_rs_python, "FSRS", FakeOptimizer)
    with pytest.raises(FitFailed, match="no usable parameters"):
        fitting.fitted_weights([])


@pytest.mark.parametrize(
    ("reviews", "last", "due"),
    [
        (399, None, False),
        (400, None, True),
        (499, 400, False),
        (500, 400, True),
        (5_400, 5_000, False),
    ],
)
def test_a_nightly_fit_waits_for_enough_new_reviews(reviews, last, due):
    assert fitting.due_for_fit(reviews, last) is due
