"""The `run` object that train and predict receive."""

import io
import math
import sys
import time
from typing import Any

from labs.harness.channels import Events

_FREE_POINTS = 2_000  # a run may log this many points as fast as it likes
_POINT_GAP = 0.05  # seconds between the points after those
_PROGRESS_GAP = 0.1
_FIGURE_BYTES = 256 * 1024
_FIGURES = 20


class Run:
    """What a learner's code may know of its run, and how it reports.

    device: "cpu" or "cuda"; seed: the number that random, numpy and torch were seeded with.
    """

    def __init__(self, *, device: str, seed: int, ends_at: float, events: Events) -> None:
        self.device = device
        self.seed = seed
        self._ends_at = ends_at
        self._events = events
        self._points = 0
        self._last_point = 0.0
        self._last_progress = 0.0
        self._figures = 0

    @property
    def deadline(self) -> float:
        """Seconds left until the job is killed."""
        return max(0.0, self._ends_at - time.monotonic())

    def log(self, step: float | None = None, **metrics: Any) -> None:
        """Put a point on the run's curves: `run.log(step=i, loss=loss, accuracy=acc)`.

        Numbers, and arrays or tensors of one number. Without a step, points are counted. After
        2,000 points, those that follow each other faster than 20 a second are thinned.
        """
        now = time.monotonic()
        self._points += 1
        if self._points > _FREE_POINTS and now - self._last_point < _POINT_GAP:
            return
        self._last_point = now
        point = {name: _number(name, value) for name, value in metrics.items()}
        at = self._points if step is None else float(step)
        self._events.send("metric", {"step": at, **point})

    def progress(self, done: float, total: float) -> None:
        """Say how far the work is: `run.progress(epoch, epochs)`."""
        now = time.monotonic()
        if done < total and now - self._last_progress < _PROGRESS_GAP:
            return
        self._last_progress = now
        self._events.send("progress", {"done": float(done), "total": float(total)})

    def figure(self, name: str, figure: Any) -> None:
        """Show a picture on the run's page: a matplotlib figure (or any savefig), or SVG text.

        At most 20 a job, 256 kB each; what is too much is left out, with a line in the log.
        """
        svg = figure if isinstance(figure, str) else _as_svg(figure)
        self._figures += 1
        if self._figures > _FIGURES:
            sys.stderr.write(f"figure {name!r} left out: a job may show {_FIGURES}\n")
        elif len(svg.encode()) > _FIGURE_BYTES:
            sys.stderr.write(f"figure {name!r} left out: over {_FIGURE_BYTES // 1024} kB\n")
        else:
            self._events.send("figure", {"name": str(name), "svg": svg})


def _number(name: str, value: Any) -> float | None:
    """None stands for a number that is not finite: JSON has no word for it."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"run.log({name}=...) takes a number, not {type(value).__name__}") from None
    return number if math.isfinite(number) else None


def _as_svg(figure: Any) -> str:
    if not hasattr(figure, "savefig"):
        raise TypeError(
            f"run.figure takes SVG text or a matplotlib figure, not {type(figure).__name__}"
        )
    file = io.BytesIO()
    figure.savefig(file, format="svg")
    return file.getvalue().decode()
