"""What a lab's baseline answers to this very hidden set.

Where the draw of the hidden set moves all results up or down together, a figure says little alone:
beside the baseline's on the same draw it says how much better the work is.
"""

import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labs.domain.errors import ExerciseInvalid, Problem
from labs.domain.exercise import AnswerKind
from labs.grading.loading import BASELINE, Exercise
from labs.grading.task import Inputs, Item, load_module


class _NobodyListens:
    """The `run` of a learner's code, where no run is shown."""

    device, seed, deadline = "cpu", 0, float("inf")

    def log(self, step: float | None = None, **metrics: Any) -> None: ...

    def progress(self, done: float, total: float) -> None: ...

    def figure(self, name: str, figure: Any) -> None: ...


def baseline_answers(
    exercise: Exercise, shown: Mapping[str, Item], inputs: Inputs, count: int
) -> NDArray[np.float64]:
    """(count,): one answer an input of `inputs`, by a baseline that trained on `shown`.

    It runs here, in the worker, as `task.py` does: the lab's own file, without torch. Of
    probabilities the likeliest label counts. Raises ExerciseInvalid where it gives other shapes, or
    no numbers.
    """
    baseline = load_module(exercise.baseline)
    run = _NobodyListens()
    given = SimpleNamespace(**inputs) if isinstance(inputs, Mapping) else inputs
    with redirect_stdout(io.StringIO()):  # what it prints is for a run's log
        model = baseline.train(SimpleNamespace(**shown), run)
        answers = np.asarray(baseline.predict(model, given, run))
    asked = exercise.spec.answer
    if asked.kind is AnswerKind.LABELS and answers.shape == (count, len(asked.values)):
        answers = np.array(asked.values)[answers.argmax(axis=1)]
    if answers.shape != (count,) or answers.dtype.kind not in "biuf":
        message = f"answers with {answers.dtype} of shape {answers.shape} for {count} inputs."
        cure = "Return one answer an input, or leave same_split out of lab.toml."
        raise ExerciseInvalid(exercise.spec.slug, [Problem(BASELINE, "predict", message, cure)])
    return answers.astype(np.float64)
