"""Copies bytes to a file that counts only once its checksum fits."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from studyhub.base.files import sha256_of

CHUNK = 1 << 18


class WrongContent(Exception):
    """What a source gave is not the file that the catalogue names."""


def is_file(path: Path, *, sha256: str, size: int) -> bool:
    """Whether exactly this file lies there; the size is looked at first, since it is cheap."""
    return path.is_file() and path.stat().st_size == size and sha256_of(path) == sha256


def receive(
    stream: IO[bytes], target: Path, *, sha256: str, size: int, on_bytes: Callable[[int], None]
) -> None:
    """Write the stream beside `target` and rename it there once size and sha256 fit.

    Reads at most one byte more than `size`, so a source cannot fill the disk. Raises WrongContent,
    and leaves nothing behind, where the content is another one.
    """
    digest = hashlib.sha256()
    done = 0
    with half_written(target) as (part, out):
        while chunk := stream.read(min(CHUNK, size + 1 - done)):
            digest.update(chunk)
            out.write(chunk)
            done += len(chunk)
            on_bytes(done)
            if done > size:
                raise WrongContent(f"it is longer than {size:,} bytes")
        if done < size:
            raise WrongContent(f"it ended after {done:,} of {size:,} bytes")
        if digest.hexdigest() != sha256:
            raise WrongContent(f"its sha256 is {digest.hexdigest()}, expected {sha256}")
        out.flush()
        os.fsync(out.fileno())
        part.replace(target)


@contextmanager
def half_written(target: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A file beside `target`, gone afterwards unless it was renamed."""
    descriptor, name = tempfile.mkstemp(".part", f".{target.name}.", target.parent)
    part = Path(name)
    part.chmod(0o644)  # a worker may run as another user than the one who fetched
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield part, out
    finally:
        part.unlink(missing_ok=True)
