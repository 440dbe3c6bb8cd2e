"""What no job may be given: a place that every job sees."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from labs.sandbox.interpreter import SYSTEM
from labs.sandbox.protocol import SandboxBroken


def refuse_exposed(source: Path, folders: Iterable[Path]) -> None:
    """folders: of the interpreter. What lies below them, or below /usr, every job would see."""
    real = source.resolve()
    for folder in (SYSTEM, *folders):
        if real.is_relative_to(_real(folder)):
            raise SandboxBroken(
                f"{source} lies in {folder}, which every job can read. Move the project and "
                "STUDYHUB_HOME elsewhere."
            )


@lru_cache(maxsize=64)
def _real(folder: Path) -> Path:
    """Of the interpreter's own folders, which stay where they are while it runs."""
    return folder.resolve()
