"""Checksums of files, and of files that have been read before."""

import hashlib
import time
from functools import lru_cache
from pathlib import Path

_SETTLED_SECONDS = 2.0


def sha256_of(path: Path) -> str:
    """In hexadecimal; reads the whole file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def known_sha256(path: Path) -> str:
    """As `sha256_of`; a file that is the same one, unwritten since, is not read again.

    A change within the clock's tick leaves the same times, so what is as young as that is read.
    """
    state = path.stat()
    if time.time() - state.st_ctime < _SETTLED_SECONDS:
        return sha256_of(path)
    written = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    return _remembered(path, written)


@lru_cache(maxsize=256)
def _remembered(path: Path, written: tuple[int, ...]) -> str:
    return sha256_of(path)
