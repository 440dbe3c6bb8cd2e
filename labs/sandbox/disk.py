"""What a job's files take of a disk that is not its own, looked at from outside."""

import contextlib
import ctypes
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from labs.sandbox.limits import FILES

_BLOCK = 512
_HEX = "([0-9a-f]+)"
# address, rights, offset, device, inode, name; the kernel's own shared memory is no file
_DELETED_MAPPING = re.compile(
    rf"^{_HEX}-{_HEX} \S+ {_HEX} {_HEX}:{_HEX} (\d+) +(?! |/dev/zero|/memfd:).* \(deleted\)$",
    re.MULTILINE,
)


def nameless_files(pids: Iterable[int]) -> int:
    """Bytes of files that have no name any more, which these processes hold open or mapped."""
    held: dict[tuple[int, int], int] = {}
    for pid in pids:
        for file, size in _nameless(pid):
            held[file] = max(held.get(file, 0), size)
    return sum(held.values())


@contextlib.contextmanager
def as_user(uid: int | None) -> Iterator[None]:
    """Look at files and processes as that user; None leaves the present one.

    Of this thread only, so it must do nothing else meanwhile. Root in a container may not look at
    other users' open files, though it may take on their eyes.
    """
    if uid is None or sys.platform != "linux":
        yield
        return
    libc = ctypes.CDLL(None)
    own = libc.setfsgid(uid), libc.setfsuid(uid)
    try:
        yield
    finally:
        libc.setfsuid(own[1])
        libc.setfsgid(own[0])


def named_files(folder: Path) -> tuple[int, int]:
    """Bytes and number of files below folder.

    The number is above limits.FILES where there are more, or a folder that cannot be looked into.
    """
    size = names = 0
    waiting = [str(folder)]
    while waiting and names <= FILES:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    names += 1
                    if names > FILES:
                        break
                    size += _size(entry)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except FileNotFoundError:
            continue
        except OSError:  # closed to its own user, or too deep for a path: honest code makes neither
            return size, FILES + 1
    return size, names


def _size(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    except FileNotFoundError:
        return 0


def _nameless(pid: int) -> Iterator[tuple[tuple[int, int], int]]:
    folder = f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                state = os.stat(f"{folder}/{name}")
                if stat.S_ISREG(state.st_mode) and not state.st_nlink:
                    yield (state.st_dev, state.st_ino), state.st_blocks * _BLOCK
    with contextlib.suppress(OSError):
        maps = Path(f"/proc/{pid}/maps").read_text(errors="replace")
        for found in _DELETED_MAPPING.finditer(maps):
            begin, end, offset, major, minor = (int(found[each], 16) for each in range(1, 6))
            yield (os.makedev(major, minor), int(found[6])), offset + end - begin
