"""Locks between the processes of one machine."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def alone(file: Path) -> Iterator[bool]:
    """Whether nobody else here holds this lock; then nobody gets it until the block is left.

    The kernel lets go of it even if this process is killed. Makes the file, which stays.
    """
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
