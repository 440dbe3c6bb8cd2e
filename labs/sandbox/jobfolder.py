"""A job's folder on the disk, for tiers that cannot mount: what it reads, and where it works."""

import os
import shutil
import stat
from collections.abc import Collection
from pathlib import Path

from labs.sandbox.staging import readable_by_all
from labs.sandbox.temporary import JOBS, HeldFolder


class JobFolder:
    """In `scratch` (None: the system's temporary folder), open to enter for every user.

    uid: the user that works in `home`, None for the present one. Another user could not pass
    through folders that are closed to it, so for it everything is linked or copied in here.
    """

    def __init__(self, scratch: Path | None, uid: int | None) -> None:
        self._held = HeldFolder(JOBS, scratch)
        self.path = self._held.path
        self.path.chmod(0o755)
        self.uid = uid
        self.home = self.path / "home"
        self.home.mkdir(mode=0o700)
        if uid is not None:
            os.chown(self.home, uid, uid)

    def shown(self, name: str, source: Path) -> Path:
        """Where the job finds `source`: there, or in this folder as `name`."""
        if self.uid is None or _everybody_reads(source):
            return source
        return self.own(name, source)

    def own(self, name: str, source: Path) -> Path:
        """As above, but always in this folder."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        link_tree(source, target)
        return target

    def remove(self) -> None:
        """Repeatable."""
        self._held.remove()


def link_tree(source: Path, target: Path, leave_out: Collection[str] = ()) -> None:
    """target becomes what source is, readable for everybody. leave_out: names at any depth."""
    if source.is_symlink() or not source.is_dir():
        _link_or_copy(source, target)
        return
    target.mkdir()
    target.chmod(0o755)
    for each in source.iterdir():
        if each.name not in leave_out:
            link_tree(each, target / each.name, leave_out)


def everybody_passes(path: Path) -> bool:
    """Whether every user may go through the folders that lead to path."""
    return all(each.stat().st_mode & stat.S_IXOTH for each in path.resolve().parents)


def _everybody_reads(path: Path) -> bool:
    return everybody_passes(path) and readable_by_all(path)


def _link_or_copy(source: Path, target: Path) -> None:
    """A hard link costs nothing; it keeps owner and mode, so only what all may read is linked."""
    state = source.lstat()
    if stat.S_ISLNK(state.st_mode):
        target.symlink_to(os.readlink(source))
        return
    if state.st_mode & stat.S_IROTH:
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without hard links
            pass
        else:
            return
    shutil.copy2(source, target)
    target.chmod(0o755 if state.st_mode & stat.S_IXUSR else 0o644)
