"""What every tier of sandbox can do, and the words for it."""

from dataclasses import dataclass
from typing import Literal, Protocol

from labs.domain.jobs import Job, JobResult
from labs.sandbox.pipes import Event

State = Literal["running", "ended"]


class SandboxBroken(Exception):
    """The platform failed before the learner's code began; the text has what the sandbox said.

    The run can be tried again elsewhere: nothing of it is the learner's doing.
    """


@dataclass(frozen=True)
class TierStatus:
    """Whether a tier works here; if not, why, and what to type."""

    tier: int
    name: str
    works: bool
    reason: str
    cure: str


class Handle(Protocol):
    """One started job."""

    @property
    def job(self) -> Job: ...

    def events(self, timeout: float) -> list[Event]:
        """What was reported since the last call; waits up to `timeout` seconds for something."""


class Sandbox(Protocol):
    """Runs one job at a time per slot, and promises what its tier says.

    All but `start` may be called at any time, from any thread, and any number of times.
    No tier hides how long a job runs, how much it uses, the processor's model, or the names of the
    folders it was given; none defends against a bug in the kernel.
    """

    tier: int
    name: str
    shows_gpu: bool  # whether a job finds the machine's GPU

    def start(self, job: Job) -> Handle:
        """Begin a job and return at once. What goes wrong afterwards shows in `collect`."""

    def status(self, handle: Handle) -> State:
        """`ended` means that nothing of the job is running any more."""

    def stop(self, handle: Handle, reason: str) -> None:
        """Ask for the job's end; the first reason counts. A job that has ended stays as it is."""

    def collect(self, handle: Handle) -> JobResult:
        """Wait for the end and say how it was. A train job that is done has made `job.model`.

        Raises SandboxBroken, or OSError where the model could not be stored.
        """

    def cleanup(self, handle: Handle) -> None:
        """End the job if it still runs, and remove everything it left but `job.model`."""
