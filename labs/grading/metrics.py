"""The metrics that labs are graded on, by scikit-learn."""

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, mean_squared_error

Metric = Callable[[NDArray[Any], NDArray[Any]], float]

METRICS: Mapping[str, Metric] = {
    "accuracy": lambda truth, given: float(accuracy_score(truth, given)),
    "mse": lambda truth, given: float(mean_squared_error(truth, given)),
}
