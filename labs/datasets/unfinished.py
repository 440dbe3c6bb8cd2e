"""The part of a download that is here already: kept under a stable name, and gone on with.

Beside `target` lie `.NAME.unfinished`, the bytes so far, and `.NAME.unfinished.json`, which says
where they came from and by which validator the server knows that version (RFC 9110, 13.1.5).
Only the checksum of the whole decides whether the bytes are right. One process at a time may work
on a target.
"""

import errno
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from labs.datasets.transfer import CHUNK, WrongContent

MARK = ".unfinished"


class Unfinished:
    """`size` and `sha256` are those of the whole file."""

    def __init__(self, target: Path, *, sha256: str, size: int) -> None:
        self._target = target
        self._sha256 = sha256
        self._size = size
        self._part = target.with_name(f".{target.name}{MARK}")
        self._origin = target.with_name(f".{target.name}{MARK}.json")

    @property
    def done(self) -> int:
        """How many bytes are here; 0 where they are too many to be a part."""
        try:
            here = self._part.stat().st_size
        except FileNotFoundError:
            return 0
        return here if here < self._size else 0

    def validator(self, address: str) -> str | None:
        """What the server at this address called the version that the bytes are of."""
        try:
            origin = json.loads(self._origin.read_text())
            known = origin["validator"] if origin["address"] == address else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return known if isinstance(known, str) else None

    def receive(
        self,
        stream: IO[bytes],
        *,
        begin: int,
        address: str,
        validator: str | None,
        on_bytes: Callable[[int], None],
    ) -> bool:
        """Append the stream at byte `begin`; rename to `target` if that completes the right file.

        False where the stream ends early. Raises WrongContent, and removes what is here, where the
        file is another one or goes on after its size.
        """
        self._origin.write_text(json.dumps({"address": address, "validator": validator}))
        try:
            with self._part.open("r+b" if begin else "w+b") as out:
                digest = hashlib.sha256()
                for chunk in iter(lambda: out.read(min(CHUNK, begin - out.tell())), b""):
                    digest.update(chunk)
                out.truncate()
                done = begin
                while chunk := stream.read(min(CHUNK, self._size + 1 - done)):
                    digest.update(chunk)
                    out.write(chunk)
                    done += len(chunk)
                    on_bytes(done)
                out.flush()
                os.fsync(out.fileno())
        except OSError as failed:
            if failed.errno in (errno.ENOSPC, errno.EDQUOT):
                self.remove()  # others need the disk more than this download does
            raise
        if done < self._size:
            return False
        self._finish(digest.hexdigest(), done)
        return True

    def _finish(self, found: str, done: int) -> None:
        if done > self._size:
            self.remove()
            raise WrongContent(f"it is longer than {self._size:,} bytes")
        if found != self._sha256:
            self.remove()
            raise WrongContent(f"its sha256 is {found}, expected {self._sha256}")
        self._part.chmod(0o644)  # a worker may run as another user than the one who fetched
        self._part.replace(self._target)
        self.remove()

    def remove(self) -> None:
        """Repeatable."""
        self._part.unlink(missing_ok=True)
        self._origin.unlink(missing_ok=True)
