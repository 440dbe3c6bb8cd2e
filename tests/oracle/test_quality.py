"""Figures of prediction quality: the same on every machine, as data and seeds are fixed."""

import pytest

from tests.benchmarks import recall
from tests.revlogs import ABSENT


@pytest.fixture(scope="module")
def figures(require) -> dict[str, dict[str, float]]:
    require("data", recall.there(), ABSENT)
    return recall.figures()


def test_fitted_parameters_are_calibrated_on_the_real_log(figures):
    assert figures["fitted"]["rmse_bins"] <= 0.048
    assert figures["fitted"]["log_loss"] < figures["default"]["log_loss"]


def test_recalibration_improves_on_fitted_parameters(figures):
    assert figures["recalibrated"]["rmse_bins"] <= 0.046
    assert figures["recalibrated"]["log_loss"] <= 0.440


def test_recalibration_still_helps_when_it_learns_only_at_night(figures):
    assert figures["recalibrated at night"]["rmse_bins"] < figures["fitted"]["rmse_bins"]
    assert figures["recalibrated at night"]["log_loss"] < figures["fitted"]["log_loss"]
