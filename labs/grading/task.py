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


class Frame(Protocol):
    """A pandas data frame of numbers and texts."""

    columns: Any

    def __getitem__(self, column: Any) -> Any: ...

    def __len__(self) -> int: ...

    def to_csv(self, path: Path, *, index: bool) -> None: ...


# What may stand in a data folder: an array (never of objects), a data frame, a file of the lab's
# data sets (data.NAME is its path), a list of photos as such files or as bytes (a list of paths),
# or anything that JSON can say.
Item = NDArray[Any] | Frame | Path | Sequence[Any] | Mapping[str, Any]
# One entry an input; a mapping's values, each of them so, are what predict is given as inputs.NAME.
Inputs = NDArray[Any] | Frame | Sequence[Any] | Mapping[str, Any]
Rows = NDArray[np.intp]
# {what tells groups apart: the name of each row's group}, such as {"sex": ["Female", "Male"]}
Groups = Mapping[str, Sequence[str]]


class Pool(Protocol):
    """Every example of the lab. `ids` names each for good: the split is drawn from these names."""

    ids: Sequence[str]


class Task(Protocol):
    """`random` is keyed by the deployment's secret, so a disguise is the same in every run."""

    def load(self, files: Mapping[str, Path]) -> Pool:
        """All examples, from the data sets' files by their names."""

    def training(self, pool: Any, rows: Rows, random: np.random.Generator) -> Mapping[str, Item]:
        """What the learner sees as data.NAME, for each name."""

    def inputs(self, pool: Any, rows: Rows, random: np.random.Generator) -> Inputs:
        """The disguised inputs that predict is given: nothing in them may tell the answer."""

    def truth(self, pool: Any, rows: Rows) -> NDArray[Any]:
        """The right answers, in the order of `rows`."""


def groups_of(task: Task, pool: Any, rows: Rows) -> Groups:
    """What the optional `groups(pool, rows)` of a task says: by which groups to show the error."""
    groups = getattr(task, "groups", None)
    if groups is None:
        return {}
    return {by: [str(name) for name in names] for by, names in groups(pool, rows).items()}


def renamed(task: Task, pool: Any, random: np.random.Generator) -> Any:
    """The pool after the task's optional `renamed(pool, random)`: names and numbers that are this
    deployment's own, the same ones in training and hidden examples. The ids stay."""
    rename = getattr(task, "renamed", None)
    return pool if rename is None else rename(pool, random)


def captions_of(task: Task, pool: Any, rows: Rows) -> Sequence[str]:
    """What the optional `captions(pool, rows)` calls each input on a run's page; empty without."""
    captions = getattr(task, "captions", None)
    return () if captions is None else [str(caption) for caption in captions(pool, rows)]


def load_task(path: Path) -> Task:
    """Run the file as a module of its own; raises ExerciseInvalid where that fails."""
    return cast(Task, load_module(path))


def load_module(path: Path) -> Any:
    """Run a file of an exercise, which is the site's own code, as a module of its own.

    Raises ExerciseInvalid where that fails.
    """
    name = f"labs_exercise_{path.parent.name.replace('-', '_')}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise _unusable(path, f"cannot be loaded from {path}.", "Check the path.")
    module: ModuleType = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError, OSError, AttributeError, NameError, TypeError) as failed:
        raise _unusable(path, f"does not load: {failed!r}.", "Correct it.") from failed
    return module


def _unusable(path: Path, message: str, cure: str) -> ExerciseInvalid:
    return ExerciseInvalid(path.parent.name, [Problem(path.name, "", message, cure)])
