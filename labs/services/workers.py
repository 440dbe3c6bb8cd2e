"""Who a worker process is, and whether it still lives."""

import os
import socket
from pathlib import Path


def identity() -> str:
    """Host, process namespace and process id: enough for a neighbour to see that we died."""
    return f"{_place()}/{os.getpid()}"


def is_dead(worker: str) -> bool:
    """True only for a process that lived here and is gone; False where we cannot know."""
    place, _, pid = worker.rpartition("/")
    if place != _place() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _is_zombie(int(pid))


def _place() -> str:
    # Two containers may share a host name, and then each has a process 1.
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = "-"
    return f"{socket.gethostname()}/{namespace}"


def _is_zombie(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[:1] == ["Z"]
