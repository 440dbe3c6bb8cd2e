"""The metrics that labs are graded on, by scikit-learn."""

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, mean_squared_error

from labs.grading.maps import pixel_aucs, pointing_hits

Metric = Callable[[NDArray[Any], NDArray[Any]], float]

# Of maps one is graded and both are shown: the one is easy to picture, the other has less noise.
SHOWN_TOGETHER = ("pointing_game", "pixel_auc")
METRICS: Mapping[str, Metric] = {
    "accuracy": lambda truth, given: float(accuracy_score(truth, given)),
    "pointing_game": lambda truth, given: float(pointing_hits(truth, given).mean()),
    "pixel_auc": lambda truth, given: float(pixel_aucs(truth, given).mean()),
    "mse": lambda truth, given: float(mean_squared_error(truth, given)),
}
