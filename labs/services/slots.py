"""Numbers for the jobs that run on this machine at once, so that their sandboxes differ."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from labs.services.locks import alone

_SLOTS = 64


class NoSlot(OSError):
    """More jobs run here than any machine can carry; something holds on to its slots."""


def unused(folder: Path, number: int) -> contextlib.AbstractContextManager[bool]:
    """Whether nobody here has this number; then nobody gets it until the block is left."""
    return alone(folder / f"slot-{number}.lock")


@contextlib.contextmanager
def slot(folder: Path) -> Iterator[int]:
    """The lowest free number from 0; the kernel frees it even if this process is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_SLOTS):
        with unused(folder, number) as free:
            if free:
                yield number
                return
    raise NoSlot(f"All {_SLOTS} slots in {folder} are taken.")
