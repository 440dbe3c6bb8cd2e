"""Temporary folders that tell by a lock that somebody still uses them.

What a process was killed with stays in the system's temporary folder, and nobody else knows of it.
The kernel lets go of the lock with the process, so the next one can tell and remove it.
"""

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path

from labs.harness.removal import remove

JOBS = "studyhub-work-"
PROBES = "studyhub-trial-"


class HeldFolder:
    """A new folder, open to its owner only, in `parent` (None: the system's temporary folder).

    It is held for as long as this process lives, or a child that it forked; the lock also keeps
    programs that clear up old temporary files away.
    """

    def __init__(self, prefix: str, parent: Path | None = None) -> None:
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            with contextlib.suppress(FileNotFoundError):  # swept by another before the lock
                self._held = os.open(self.path, os.O_RDONLY)
                fcntl.flock(self._held, fcntl.LOCK_EX)
                self.path.chmod(0o700)
                return

    def remove(self) -> None:
        """Repeatable."""
        remove(self.path)
        if self._held >= 0:
            os.close(self._held)
            self._held = -1


def sweep(prefix: str, parent: Path | None = None) -> None:
    """Removes one's own user's folders of this prefix that nobody holds any more."""
    for folder in Path(parent or tempfile.gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid != os.getuid():
                continue
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)
            finally:
                os.close(held)
