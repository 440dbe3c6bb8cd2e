"""Ends what bubblewrap can leave behind when it is killed as it starts.

bwrap makes the namespace's first process and then lets it go on. Killed between the two, or before
that process has asked the kernel to die with it, bwrap leaves a process that waits, or a job that
runs, with nobody to end it (github.com/containers/bubblewrap/issues/633).
"""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

_NAME, _OURS = "bwrap", b"labs.harness"
_PARENT = re.compile(r"^PPid:\t(\d+)$", re.MULTILINE)
_FIRST_OF_ITS_NAMESPACE = re.compile(r"^NSpid:\t\d+(?:\t\d+)*\t1$", re.MULTILINE)


def end_orphans() -> int:
    """Kills one's own orphaned first processes, and so all in their namespaces; how many.

    Orphaned is one whose parent is no bwrap: its parent always is while all is well. Whose worker
    lives still has it, so this may be called at any time, beside other workers and sites.
    """
    ended = 0
    for pid in _orphans():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
            ended += 1
    return ended


def _orphans() -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended as it was looked at
            if _name(process) != _NAME or _OURS not in (process / "cmdline").read_bytes():
                continue
            status = (process / "status").read_text()
            [parent] = _PARENT.findall(status)
            if _FIRST_OF_ITS_NAMESPACE.search(status) and _name(Path("/proc", parent)) != _NAME:
                yield int(process.name)


def _name(process: Path) -> str:
    """Empty where there is none any more: process 0 stands for a parent that cannot be seen."""
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""
