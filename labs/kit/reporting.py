"""How far a fit is: on the run's page inside a lab, on the terminal at home."""

import sys
from collections.abc import Mapping
from typing import Protocol


class Run(Protocol):
    """The part of a lab's `run` that the kit uses. Everywhere, None stands for "no lab here"."""

    @property
    def deadline(self) -> float: ...

    def log(self, step: float | None = None, **metrics: float) -> None: ...

    def progress(self, done: float, total: float) -> None: ...


def report(run: Run | None, step: float, total: float, metrics: Mapping[str, float]) -> None:
    """One point on the run's curves and its bar moved; without a run, one line of text.

    An epoch's `seconds` stay in the text and the history: their curve would flatten the losses.
    """
    if run is not None:
        run.log(step=step, **{name: value for name, value in metrics.items() if name != "seconds"})
        run.progress(step, total)
        return
    figures = "  ".join(f"{name} {value:.4g}" for name, value in metrics.items())
    sys.stdout.write(f"{step:g}/{total:g}  {figures}\n")


def seconds_left(run: Run | None) -> float:
    """Until the job is killed; endless without a run."""
    return float("inf") if run is None else run.deadline
