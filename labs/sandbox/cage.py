"""What a tier has to provide for one job; watching it is the same everywhere."""

import subprocess
from dataclasses import dataclass
from typing import Protocol

from labs.sandbox.usage import Usage


@dataclass(frozen=True)
class ChildEnds:
    """The ends of the pipes that a job writes into. output is stdout and stderr."""

    output: int
    events: int
    result: int


class Cage(Protocol):
    """How one tier confines one job."""

    def start(self, ends: ChildEnds, ends_at: float) -> "subprocess.Popen[bytes]":
        """Start the harness. The kernel ends it when the calling thread ends."""

    def began(self) -> None:
        """The harness is about to run the learner's code."""

    def usage(self, memory_cap: int) -> Usage:
        """What the job uses now. Exact near and above memory_cap bytes, an upper bound below."""

    def kill(self) -> None:
        """End everything that the job started, and return when it is gone. Repeatable."""

    def close(self) -> None:
        """Give back what only this job needed. Repeatable."""
