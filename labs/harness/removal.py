"""Remove a folder that hostile code filled: nested beyond any path's length, closed to its owner.

Nothing may run in it any more.
"""

import contextlib
import os
from pathlib import Path

_TRIES = 3


def remove(folder: str | Path) -> None:
    """Leaves nothing, or what the machine does not let go. Repeatable; follows no link."""
    top = Path(folder)
    for _ in range(_TRIES):
        with contextlib.suppress(OSError):
            _empty(top)
            top.rmdir()
        if not os.path.lexists(top):
            return


def _empty(top: Path) -> None:
    """Folders are moved up before they are emptied, so no path grows long and nothing recurses."""
    waiting, moved = [top], 0
    while waiting:
        each = waiting.pop()
        each.chmod(0o700)
        with os.scandir(each) as entries:
            names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for name, is_folder in names:
            path = each / name
            if not is_folder:
                path.unlink()
                continue
            path.chmod(0o700)  # a folder that is closed cannot be moved
            place = top / f".removed-{os.getpid()}-{moved}"
            moved += 1
            path.rename(place)
            waiting.append(place)
        if each != top:
            each.rmdir()
