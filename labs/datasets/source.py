"""What a source is: a place that a published file may come from."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from labs.datasets.descriptions import SourceFile
from labs.datasets.progress import Stage

OnBytes = Callable[[Stage, int, int], None]  # (what is done, bytes done, bytes in all)


class SourceFailed(Exception):
    """This source did not give the file; the text says why, for a person."""


class SourceWrong(SourceFailed):
    """It gave another file than the published one: damaged, or changed by somebody."""

    def __init__(self, why: object) -> None:
        super().__init__(f"what it gave was removed: {why}")


class Source(Protocol):
    """Brings one file to `target`, whose checksum has then been seen to fit."""

    @property
    def name(self) -> str: ...

    def bring(self, file: SourceFile, target: Path, on_bytes: OnBytes) -> None:
        """Raises SourceFailed; never leaves a file at `target` that is not the right one."""
