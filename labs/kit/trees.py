"""Simple rules, and questions to forests: which columns count, which way, and why for this row.

Models are scikit-learn's; what it can do already is called, not written again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.inspection import partial_dependence, permutation_importance


@dataclass(frozen=True)
class Rule:
    """One column decides: by a cut (numbers: above it or not) or by value (names).

    answers: the class for each value, or for True (above the cut) and False; error: the share of
    training rows it gets wrong; other: the answer for a value not met before.
    """

    column: str
    cut: float | None
    answers: Mapping[Any, Any]
    other: Any
    error: float

    def predict(self, frame: pd.DataFrame) -> NDArray[Any]:
        values = frame[self.column]
        asked = values if self.cut is None else values > self.cut
        return np.array([self.answers.get(value, self.other) for value in asked])


def one_r(frame: pd.DataFrame, targets: ArrayLike) -> list[Rule]:
    """The best rule on each single column, the best of all first: a baseline that is hard to beat
    by much (after Holte, 1993, who cuts numbers into several intervals; here it is two)."""
    answers = np.asarray(targets)
    if not len(frame) or len(frame) != len(answers):
        raise ValueError(f"{len(frame)} rows and {len(answers)} targets: give one target a row.")
    rules = [_best_rule(str(name), frame[name], answers) for name in frame]
    return sorted(rules, key=lambda rule: rule.error)


def _best_rule(name: str, values: pd.Series, targets: NDArray[Any]) -> Rule:
    classes, codes = np.unique(targets, return_inverse=True)
    usual = classes[np.bincount(codes).argmax()]
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        groups = pd.Series(targets).groupby(values.to_numpy())
        answers = {value: group.mode()[0] for value, group in groups}
        rule = Rule(name, None, answers, usual, 0.0)
        return replace(rule, error=float((rule.predict(values.to_frame(name)) != targets).mean()))
    numbers = values.to_numpy(float, na_value=-np.inf)  # "above?" is no for what is missing
    order = np.argsort(numbers, kind="stable")
    below = np.eye(len(classes), dtype=int)[codes[order]].cumsum(axis=0)
    above = below[-1] - below
    right = below.max(axis=1) + above.max(axis=1)
    right[:-1][numbers[order][1:] == numbers[order][:-1]] = -1  # equal values stay together
    at = int(right.argmax())
    cut, following = numbers[order][at], numbers[order][min(at + 1, len(order) - 1)]
    middle = (
        float((cut + following) / 2)
        if np.isfinite(cut)
        else float(np.nextafter(following, -np.inf))
    )
    sides = {
        False: classes[below[at].argmax()],
        True: classes[above[at].argmax()] if above[at].any() else usual,
    }
    return Rule(name, middle, sides, usual, float(1 - right[at] / len(targets)))


def gini(targets: ArrayLike) -> float:
    """The chance that two rows drawn from the group differ: 0 if all are alike (Breiman, 1984)."""
    _, counts = np.unique(np.asarray(targets), return_counts=True)
    return float(1 - ((counts / counts.sum()) ** 2).sum())


def permutation_importances(
    model: Any, frame: pd.DataFrame, targets: ArrayLike, *, repeats: int = 5, seed: int = 0
) -> dict[str, float]:
    """How much worse the model's score gets when a column is shuffled, largest first.

    On rows that it was not trained on (Breiman, Random forests, 2001; Strobl and others, 2007, on
    why not by the impurity that the forest itself counts: it favours columns of many values).
    """
    found = permutation_importance(model, frame, targets, n_repeats=repeats, random_state=seed)
    pairs = zip(frame.columns, found.importances_mean.tolist(), strict=True)
    return dict(sorted(pairs, key=lambda pair: -pair[1]))


def dependence(
    model: Any, frame: pd.DataFrame, column: str, points: int = 20
) -> list[tuple[float, float]]:
    """(value, mean prediction) with one column set to that value in all rows, the others as they
    are: a partial dependence curve (Friedman, 2001). For a classifier, the last class's share.

    `line_plot({column: curve}, across=column, up="prediction")` draws it.
    """
    # Between two of the values there may be one that a whole number cannot hold.
    frame = frame.astype({column: "float64"})
    found = partial_dependence(
        model, frame, [column], grid_resolution=points, kind="average", percentiles=(0, 1)
    )
    return list(zip(found["grid_values"][0].tolist(), found["average"][-1].tolist(), strict=True))


def contributions(model: Any, row: pd.DataFrame) -> tuple[float, dict[str, float]]:
    """(start, {column: change}): start plus all changes is what the model predicts for this row.

    Along the row's path through each tree, every split moves the prediction, and the move counts
    for the split's column (Saabas, treeinterpreter, 2014). row: a frame of one row; model: a
    decision tree or a forest; for a classifier, the share of its last class.
    """
    if len(row) != 1:
        raise ValueError(f"contributions explains one row, not {len(row)}: frame.iloc[[7]].")
    trees = list(getattr(model, "estimators_", [model]))
    if not all(hasattr(tree, "tree_") for tree in trees):
        raise ValueError(f"{type(model).__name__} is no decision tree and no forest of them.")
    values = row.to_numpy(np.float32)
    start = 0.0
    moves = dict.fromkeys(map(str, row.columns), 0.0)
    for tree in trees:
        inner = tree.tree_
        said = inner.value[:, 0, -1] / len(trees)
        start += said[0]
        for node, child in pairwise(inner.decision_path(values).indices):  # a parent comes first
            moves[str(row.columns[inner.feature[node]])] += said[child] - said[node]
    used = {name: float(move) for name, move in moves.items() if move}
    return float(start), dict(sorted(used.items(), key=lambda pair: -abs(pair[1])))
