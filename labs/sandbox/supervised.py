"""The part of the protocol that is the same in every tier: a supervision does the work."""

from abc import ABC, abstractmethod

from labs.domain.jobs import Job, JobResult
from labs.sandbox.cage import Cage
from labs.sandbox.protocol import Handle, State
from labs.sandbox.supervisor import Supervision


class SupervisedSandbox(ABC):
    tier: int
    name: str
    shows_gpu: bool

    @abstractmethod
    def _cage(self, job: Job) -> Cage: ...

    def start(self, job: Job) -> Handle:
        supervision = Supervision(job, self._cage(job))
        supervision.start()
        return supervision

    def status(self, handle: Handle) -> State:
        return "running" if _supervision(handle).running else "ended"

    def stop(self, handle: Handle, reason: str) -> None:
        _supervision(handle).stop(reason)

    def collect(self, handle: Handle) -> JobResult:
        return _supervision(handle).result()

    def cleanup(self, handle: Handle) -> None:
        supervision = _supervision(handle)
        supervision.stop("The job was cleaned up.")
        supervision.wait()


def _supervision(handle: Handle) -> Supervision:
    if not isinstance(handle, Supervision):
        raise TypeError(f"{handle!r} is not a handle of this sandbox")
    return handle
