"""What no job may be given: a place that every job sees."""

from collections.abc import Iterable
from pathlib import Path

from labs.sandbox.interpreter import SYSTEM
from labs.sandbox.protocol import SandboxBroken


def refuse_exposed(source: Path, folders: Iterable[Path]) -> None:
    """folders: of the interpreter. What lies below them, or below /usr, every job would see."""
    for folder in (SYSTEM, *folders):
        if source.resolve().is_relative_to(folder.resolve()):
            raise SandboxBroken(
                f"{source} lies in {folder}, which every job can read. Move the project and "
                "STUDYHUB_HOME elsewhere."
            )
