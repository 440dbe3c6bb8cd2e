"""Import the learner's module and find train and predict in it."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.harness.problems import Problem


@dataclass(frozen=True)
class Entry:
    train: Callable[..., Any]
    predict: Callable[..., Any]


def load_entry(solution: Path, name: str) -> Entry:
    """Raises Problem, or whatever the module raises while it is imported.

    The module keeps its own name, so that a model whose class it defines can be read back in the
    predict job.
    """
    sys.path.insert(0, str(solution))
    module = importlib.import_module(name)
    missing = [each for each in ("train", "predict") if not callable(getattr(module, each, None))]
    if missing:
        wanted = {"train": "train(data, run)", "predict": "predict(model, inputs, run)"}
        raise Problem(
            "missing_function",
            f"{name}.py defines no {' and no '.join(wanted[each] for each in missing)}.",
        )
    return Entry(train=module.train, predict=module.predict)
