"""Whether a model errs more on some groups than on others: shown, never graded."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from labs.grading.predictions import Predictions
from labs.grading.preparation import Truth


def error_by_group(truth: Truth, given: Predictions) -> list[dict[str, Any]]:
    """Of the feedback part: `by` says what tells the groups apart, and each group has its `name`,
    its number of `examples` and `mistakes`, and `error`, the share of mistakes. Largest groups
    first; a group without an example in this part is left out. Empty where the lab names no groups.
    """
    wrong = (truth.targets != given.values)[~truth.final]
    tables = []
    for by, names in truth.groups.items():
        of_row = np.array(names)[~truth.final]
        found, sizes = np.unique(of_row, return_counts=True)
        order = np.argsort(-sizes, kind="stable")
        rows = [_row(str(found[n]), wrong[of_row == found[n]]) for n in order]
        tables.append({"by": by, "groups": rows})
    return tables


def _row(name: str, wrong: Any) -> Mapping[str, Any]:
    mistakes = int(wrong.sum())
    return {
        "name": name,
        "examples": len(wrong),
        "mistakes": mistakes,
        "error": round(mistakes / len(wrong), 4),
    }
