"""What an attack is: a program that means harm, and how one sees that it did it.

Where an attack says `REACHED`, it got what it wanted. `ABSENT` and a reason mean that this machine
lacks what the attack needs, which is worth something in a plain process only, and where the test
finds the same from outside (see absence.py, which knows the reasons).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

REACHED = "REACHED"
ABSENT = "ABSENT"

ROOT, USER = "root", "user"
BOTH = frozenset((ROOT, USER))
AS_ROOT = frozenset((ROOT,))
AS_USER = frozenset((USER,))
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """reached: the attack got through. broken: it failed for a reason that proves nothing.

    absent: why it could not be tried here; empty where it was. detail: what it met, in a few words.
    """

    reached: bool = False
    broken: bool = False
    absent: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Attack:
    """A program of its own, run in a process forked off one job, one after the other.

    The names `data`, `aim` (the targets, see scene.py), `PARENT` (whoever started the job), `TMP`,
    `call("system call", ...)`, EPERM and ENOSYS are there, and the modules it needs most.
    bare: the users as whom it succeeds in a plain process. why: what keeps it from the others.
    beyond: tiers that promise nothing here, and why.
    """

    name: str
    body: str
    bare: frozenset[str] = BOTH
    why: str = ""
    beyond: dict[int, str] = field(default_factory=dict)

    @property
    def program(self) -> str:
        return dedent(self.body)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Alone(Attack):
    """One that would disturb others: a job to itself, with `train` (and `predict`) of its own.

    MARKER in the body becomes a text that only processes of this job have in their command line.
    ends: the kinds of end that hold it; empty where any will do. "done" is a job that ended well.
    limits: what differs from a modest lab's. judge: what got through, seen from outside.
    shows: how a plain process that got through is known, beside its saying so. scans: how often
    nothing of it has to be found in a row; what forks on and on is easily missed.
    """

    ends: frozenset[str] = frozenset()
    limits: dict[str, float] = field(default_factory=dict)
    judge: Callable[[Any], str] | None = None
    shows: Callable[["Bare"], bool] | None = None
    bare_seconds: float = 12
    scans: int = 3


@dataclass(frozen=True)
class Bare:
    """What is left of a plain process: its output, and whether it or a child of it goes on."""

    output: bytes
    went_on: bool
    survivors: bool
    bystander_died: bool
    precious_gone: bool
    files_left: bool


@dataclass(frozen=True)
class Orphan(Alone):
    """One that wants to outlive the worker: whoever holds the sandbox is killed with -9."""


@dataclass(frozen=True)
class Answer(Attack):
    """The body of `predict(model, inputs, run)`; `send(bytes)` writes around the harness."""


@dataclass(frozen=True)
class Handed(Attack):
    """A file that is handed in. `make` gives its bytes; the body is not used."""

    file: str = "solution.zip"
    make: Callable[[], bytes] = bytes
