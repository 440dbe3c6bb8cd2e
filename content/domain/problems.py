"""What is wrong in a course's files, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """`file` is relative to the course folder; `line` counts from 1."""

    file: str
    line: int
    message: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}. {self.cure}"


class ProblemList:
    """Collects every problem, so that an author sees them all at once."""

    def __init__(self) -> None:
        self._found: set[Problem] = set()

    def add(self, file: str, line: int, message: str, cure: str) -> None:
        self._found.add(Problem(file, line, message, cure))

    def extend(self, problems: Iterable[Problem]) -> None:
        self._found.update(problems)

    def __len__(self) -> int:
        return len(self._found)

    def sorted(self) -> tuple[Problem, ...]:
        return tuple(sorted(self._found))
