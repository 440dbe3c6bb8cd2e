"""Numbers for the jobs that run on this machine at once, so that their sandboxes differ."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

_SLOTS = 64


class NoSlot(OSError):
    """More jobs run here than any machine can carry; something holds on to its slots."""


@contextlib.contextmanager
def unused(folder: Path, number: int) -> Iterator[bool]:
    """Whether nobody here has this number; then nobody gets it until the block is left."""
    with (folder / f"slot-{number}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


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
