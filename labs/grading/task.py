"""What an exercise's `task.py` offers: its data, how it is disguised, and what is true.

It is loaded by path, in the worker, and imports numpy, pandas and scikit-learn at most. Which rows
are hidden is not its business: it is handed row numbers.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from labs.domain.errors import ExerciseInvalid, Problem

FUNCTIONS = ("load", "training", "inputs", "truth")

# What may stand in a data folder: an array (never of objects), or anything that JSON can say.
Item = NDArray[Any] | Sequence[Any] | Mapping[str, Any]
Rows = NDArray[np.intp]


class Pool(Protocol):
    """Every example of the lab. `ids` names each for good: the split is drawn from these names."""

    ids: Sequence[str]


class Task(Protocol):
    """`random` is keyed by the deployment's secret, so a disguise is the same in every run."""

    def load(self, files: Mapping[str, Path]) -> Pool:
        """All examples, from the data sets' files by their names."""

    def training(self, pool: Any, rows: Rows, random: np.random.Generator) -> Mapping[str, Item]:
        """What the learner sees as data.NAME, for each name."""

    def inputs(self, pool: Any, rows: Rows, random: np.random.Generator) -> Item:
        """The disguised inputs that predict is given: nothing in them may tell the answer."""

    def truth(self, pool: Any, rows: Rows) -> NDArray[Any]:
        """The right answers, in the order of `rows`."""


def load_task(path: Path) -> Task:
    """Run the file as a module of its own; raises ExerciseInvalid where that fails."""
    name = f"labs_exercise_{path.parent.name.replace('-', '_')}_task"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise _unusable(path, f"cannot be loaded from {path}.", "Check the path.")
    module: ModuleType = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError, OSError, AttributeError, NameError, TypeError) as failed:
        raise _unusable(path, f"does not load: {failed!r}.", "Correct it.") from failed
    return cast(Task, module)


def _unusable(path: Path, message: str, cure: str) -> ExerciseInvalid:
    return ExerciseInvalid(path.parent.name, [Problem(path.name, "", message, cure)])
