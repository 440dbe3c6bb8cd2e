"""What became of a run: the object that the API, the pages and `run_lab --json` show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.domain.jobs import JobError
from labs.domain.runs import State


@dataclass(frozen=True)
class RunOutcome:
    """How a run stands or ended.

    `score` is 0 at chance, 60 pass, 75 good, 90 excellent; grade and score are None unless graded.
    `metrics` are of the final part of the hidden set, `feedback` only of the other part.
    `seconds` has train, predict and total, as far as the run came. `predictions` are the bytes
    that were graded, kept for grading again; `draw` names the answers they were compared with.
    `device` is what the code was told to use, "" before that was known. `variant` is the lab's that
    the grade was given on, "" where the lab has none.
    """

    state: State
    grade: str | None = None
    score: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    hidden: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    log: str = ""
    error: JobError | None = None
    feedback: Mapping[str, Any] = field(default_factory=dict)
    flagged: str = ""  # why a person should look at it
    predictions: bytes | None = None
    draw: str = ""
    sandbox: str = ""
    device: str = ""
    variant: str = ""
    peak_memory_mb: float | None = None

    def to_json(self, *, lab: str, seed: int) -> dict[str, Any]:
        """The public object; predictions, feedback and the flag are not part of it."""
        return {
            "lab": lab,
            "state": str(self.state),
            "grade": self.grade,
            "score": self.score,
            "metrics": dict(self.metrics),
            "thresholds": dict(self.thresholds),
            "variant": self.variant,
            "seed": seed,
            "hidden": dict(self.hidden),
            "seconds": dict(self.seconds),
            "log": self.log,
            "error": self.error.to_json() if self.error else None,
            "sandbox": self.sandbox,
            "peak_memory_mb": self.peak_memory_mb,
        }
