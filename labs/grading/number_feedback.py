"""What a learner is shown where answers are numbers: always from the feedback part."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labs.grading.groups import squared_error_by_group
from labs.grading.predictions import Predictions
from labs.grading.preparation import Truth

WORST = 12
BINS = 10
DISTINCT = 12  # true values up to so many have a row each, else they are put into bins
DIGITS = 4


def number_feedback(truth: Truth, given: Predictions) -> dict[str, Any]:
    """Errors by the true value, answers beside what was true, and worst examples, as JSON.

    `error` is a mean squared error. `by_actual` has one row for each true value, or each tenth of
    them, from the lowest: `answered` is the mean answer there, and `share` its part of the whole
    squared error. `by_answer` puts the answers into tenths from the lowest: `actual` is the mean of
    what was true there, `margin` 1.96 of its standard errors (null for a single example).
    `error_by_group` has a table for each way to tell groups apart that the lab names.
    """
    shown = np.flatnonzero(~truth.final)
    if not len(shown):
        return {}
    targets = truth.targets[shown].astype(np.float64)
    values = given.values[shown]
    squares = (values - targets) ** 2
    return {
        "examples": len(shown),
        "error": _short(squares.mean()),
        "by_actual": _by_actual(targets, values, squares),
        "by_answer": _by_answer(targets, values),
        "worst": _worst(truth, targets, values, shown),
        "error_by_group": squared_error_by_group(truth, given),
    }


def _by_actual(
    targets: NDArray[np.float64], values: NDArray[np.float64], squares: NDArray[np.float64]
) -> list[dict[str, Any]]:
    distinct = np.unique(targets)
    if len(distinct) <= DISTINCT:
        parts = [np.flatnonzero(targets == value) for value in distinct]
    else:
        parts = _tenths(targets)
    whole = squares.sum()
    return [
        {
            "from": _short(targets[part].min()),
            "to": _short(targets[part].max()),
            "examples": len(part),
            "answered": _short(values[part].mean()),
            "error": _short(squares[part].mean()),
            "share": _short(squares[part].sum() / whole) if whole else 0.0,
        }
        for part in parts
    ]


def _by_answer(targets: NDArray[np.float64], values: NDArray[np.float64]) -> list[dict[str, Any]]:
    return [
        {
            "from": _short(values[part].min()),
            "to": _short(values[part].max()),
            "examples": len(part),
            "answered": _short(values[part].mean()),
            "actual": _short(targets[part].mean()),
            "margin": _short(1.96 * targets[part].std(ddof=1) / math.sqrt(len(part)))
            if len(part) > 1
            else None,
        }
        for part in _tenths(values)
    ]


def _tenths(values: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Rows in groups of about equal size, by rising value; equal values stay together."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
    group = np.searchsorted(edges, values, side="left")
    return [np.flatnonzero(group == number) for number in np.unique(group)]


def _worst(
    truth: Truth,
    targets: NDArray[np.float64],
    values: NDArray[np.float64],
    shown: NDArray[np.intp],
) -> list[dict[str, Any]]:
    order = np.argsort(-np.abs(values - targets), kind="stable")[:WORST]
    return [
        {
            "actual": f"{targets[row]:.4g}",
            "predicted": f"{values[row]:.4g}",
            "confidence": None,
            "picture": None,
            "caption": truth.captions[shown[row]] if len(truth.captions) else None,
        }
        for row in order
    ]


def _short(value: float) -> float:
    return round(float(value), DIGITS)
