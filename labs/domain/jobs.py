"""The plain words that the worker and the sandbox share: a job, its limits and its result.

One learner's run is two jobs: `train` makes a model file, `predict` answers hidden inputs with it.
Both sides speak JSON, so nothing here imports more than the standard library.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

Phase = Literal["train", "predict"]
Status = Literal["done", "failed", "timed_out", "stopped"]

LOG_BYTES = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """What one job may use. Wall seconds, sizes in MiB; memory includes temporary files."""

    train_seconds: float
    predict_seconds: float
    memory_mb: int
    disk_mb: int
    processes: int  # threads count as processes
    model_mb: int = 256
    predictions_mb: int = 64

    def seconds(self, phase: Phase) -> float:
        return self.train_seconds if phase == "train" else self.predict_seconds

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


@dataclass(frozen=True)
class Job:
    """One phase of a run.

    solution: folder that holds the learner's modules; entry: the one with train and predict.
    data: folder with manifest.json (`labs/harness/data.py` has the format).
    model: the file that train creates and predict reads.
    slot: number of the worker slot, from 0; concurrent jobs need different ones.
    """

    id: str
    phase: Phase
    solution: Path
    entry: str
    data: Path
    model: Path
    device: str
    seed: int
    limits: Limits
    slot: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "solution": str(self.solution),
            "data": str(self.data),
            "model": str(self.model),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            **{
                **data,
                "solution": Path(data["solution"]),
                "data": Path(data["data"]),
                "model": Path(data["model"]),
                "limits": Limits.from_json(data["limits"]),
            }
        )


@dataclass(frozen=True)
class JobError:
    """Why a job did not end well, in words for the learner.

    kind, of the learner's code: syntax, missing_function, import, raised, out_of_memory,
    out_of_time, disk_full, too_much_output, model_too_large, not_picklable, bad_predictions,
    too_many_files, too_many_processes, killed, stopped. Of the site: platform, no_worker, or the
    `kind` of a LabsError with underscores.
    detail is the traceback through the learner's own files, a sentence that says what to do, or
    empty.
    """

    kind: str
    message: str
    detail: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> Self:
        return cls(data["kind"], data["message"], data.get("detail", ""))


@dataclass(frozen=True)
class JobResult:
    """How a job ended. predictions: bytes nobody checked yet; None for train and on failure."""

    status: Status
    error: JobError | None
    seconds: float
    peak_memory_mb: float
    log: str  # the last 64 kB of output, free of terminal escapes
    predictions: bytes | None = None

    @property
    def ok(self) -> bool:
        return self.status == "done"
