"""Make a job's folders readable for the user that its harness becomes.

A bind mount keeps the modes of what it shows. Under a strict umask root's files would be unreadable
inside, so such trees are copied first; a tree that is readable already is used where it is.
"""

import shutil
import stat
from pathlib import Path

from labs.sandbox.temporary import JOBS, HeldFolder


class Staging:
    """One job's copies, in a folder below `scratch` (None: the system's temporary folder)."""

    def __init__(self, scratch: Path | None) -> None:
        self._scratch = scratch
        self._folder: HeldFolder | None = None
        self._copies = 0

    def readable(self, path: Path) -> Path:
        """path itself, or a copy of it that everybody can read."""
        if readable_by_all(path):
            return path
        if self._folder is None:
            self._folder = HeldFolder(JOBS, self._scratch)
        self._copies += 1
        copy = self._folder.path / f"{self._copies}-{path.name}"
        if path.is_dir():
            shutil.copytree(path, copy, symlinks=True)
        else:
            shutil.copyfile(path, copy)
        for each in (copy, *copy.rglob("*")):
            if not each.is_symlink():
                each.chmod(0o755 if each.is_dir() else 0o644)
        return copy

    def close(self) -> None:
        if self._folder is not None:
            self._folder.remove()
            self._folder = None


def readable_by_all(path: Path) -> bool:
    """A file, or a folder with all that is below it."""
    return all(others_may_read(each) for each in (path, *path.rglob("*")))


def others_may_read(path: Path) -> bool:
    mode = path.lstat().st_mode
    needed = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(mode) else 0)
    return stat.S_ISLNK(mode) or mode & needed == needed
