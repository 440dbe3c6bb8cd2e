"""How the supervisor starts the harness: one JSON argument, a job or the wait for one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from labs.domain.jobs import Job


@dataclass(frozen=True)
class Launch:
    """paths of the job are those inside the sandbox.

    events_fd takes JSON lines, output_fd the model or the predictions.
    uid: the user and group to become before any of the learner's code; None keeps the present one.
    rlimits: by the names of the `resource` module, in its units.
    confined: a sandbox was promised, so the harness refuses to go on if it keeps any privilege.
    ends_at: the moment of `time.monotonic()` when the job is killed.
    """

    job: Job
    events_fd: int
    output_fd: int
    uid: int | None
    rlimits: dict[str, int]
    confined: bool
    ends_at: float

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "job": self.job.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "job": Job.from_json(data["job"])})


@dataclass(frozen=True)
class WarmUp:
    """A start before there is a job: confine yourself, import, wait.

    door: a Unix socket (SOCK_SEQPACKET). The harness sends one byte when it is ready and is sent
    the JSON of a Launch with three descriptors: for stdout and stderr, for events, for the output.
    Its end without a job is the end of the harness.
    imports: names of modules; one that cannot be imported is left to the job to stumble over.
    uid: as in Launch.
    """

    door: int
    imports: tuple[str, ...]
    uid: int | None

    def to_json(self) -> dict[str, Any]:
        return {"door": self.door, "imports": list(self.imports), "uid": self.uid}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["door"], tuple(data["imports"]), data["uid"])
