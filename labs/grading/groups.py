"""Whether a model errs more on some groups than on others: shown, never graded."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labs.grading.predictions import Predictions
from labs.grading.preparation import Truth

Row = Callable[[str, NDArray[Any]], Mapping[str, Any]]


def error_by_group(truth: Truth, given: Predictions) -> list[dict[str, Any]]:
    """Of the feedback part: `by` says what tells the groups apart, and each group has its `name`,
    its number of `examples` and `mistakes`, and `error`, the share of mistakes. Largest groups
    first; a group without an example in this part is left out. Empty where the lab names no groups.
    """
    return _tables(truth, truth.targets != given.values, _mistakes)


def squared_error_by_group(truth: Truth, given: Predictions) -> list[dict[str, Any]]:
    """The same where answers are numbers: `error` is the mean squared error, `mistakes` missing."""
    return _tables(truth, (truth.targets - given.values) ** 2, _squares)


def _tables(truth: Truth, errors: NDArray[Any], row: Row) -> list[dict[str, Any]]:
    shown = ~truth.final
    tables = []
    for by, names in truth.groups.items():
        of_row = np.array(names)[shown]
        found, sizes = np.unique(of_row, return_counts=True)
        order = np.argsort(-sizes, kind="stable")
        rows = [row(str(found[n]), errors[shown][of_row == found[n]]) for n in order]
        tables.append({"by": by, "groups": rows})
    return tables


def _mistakes(name: str, wrong: NDArray[Any]) -> Mapping[str, Any]:
    mistakes = int(wrong.sum())
    return {
        "name": name,
        "examples": len(wrong),
        "mistakes": mistakes,
        "error": round(mistakes / len(wrong), 4),
    }


def _squares(name: str, squares: NDArray[Any]) -> Mapping[str, Any]:
    return {"name": name, "examples": len(squares), "error": round(float(squares.mean()), 4)}
