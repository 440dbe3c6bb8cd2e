"""What a tree of processes uses now, read from /proc without any privilege over it."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_KB = 1024
_UTIME = 11  # in /proc/PID/stat, counted from the state; then stime, cutime and cstime
_UID = re.compile(r"^Uid:\t(\d+)\b.*?^Threads:\t(\d+)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Usage:
    """What a job uses now. cpu_seconds None: the tier measures nothing, and the zeros beside it
    are no measurements either."""

    memory: int  # bytes, temporary files included
    processes: int  # threads included
    files: int  # names in the temporary folders
    disk: int = 0  # bytes of files; 0 where file systems of the job's own hold it to its size
    cpu_seconds: float | None = 0.0  # of all processes, those included that their parents saw end


def tree(root: int) -> Iterator[int]:
    """root and its descendants. In a pid namespace orphans fall to root, so none gets away."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        for thread in _threads(pid):
            children = _read(Path(f"/proc/{pid}/task/{thread}/children"))
            waiting.extend(int(child) for child in children.split())


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:  # it ended as it was looked at
        return []


def memory_and_threads(root: int, cap: int) -> tuple[int, int]:
    """Those of a tree of processes."""
    return memory_and_threads_of(tree(root), cap)


def memory_and_threads_of(pids: Iterable[int], cap: int) -> tuple[int, int]:
    """Bytes of memory and number of threads of these processes.

    Resident sizes count shared pages once a process and are cheap to read; proportional sizes
    (PSS) are exact, and their reading walks every page table. So PSS is read only where the sum
    of the former exceeds cap. A process that hides its PSS counts with its resident size.
    """
    resident: dict[int, int] = {}
    threads = 0
    for pid in pids:
        numbers = _numbers(Path(f"/proc/{pid}/status"))
        resident[pid] = (numbers.get("VmRSS", 0) + numbers.get("VmSwap", 0)) * _KB
        threads += numbers.get("Threads", 0)
    total = sum(resident.values())
    if total <= cap:
        return total, threads
    return sum(_proportional(pid) or size for pid, size in resident.items()), threads


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time of these processes and of their children that ended."""
    ticks = 0
    for pid in pids:
        # the name of the program, in brackets, may hold anything
        fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
        ticks += sum(map(int, fields[_UTIME : _UTIME + 4]))
    return ticks / os.sysconf("SC_CLK_TCK")


def threads_of_this_user() -> int:
    """Threads of all processes of the user that this process has, as far as /proc shows them."""
    own = str(os.getuid())
    count = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        text = _read(status)
        if (found := _UID.search(text)) and found[1] == own:
            count += int(found[2])
    return count


def _proportional(pid: int) -> int:
    numbers = _numbers(Path(f"/proc/{pid}/smaps_rollup"))
    return (numbers.get("Pss", 0) + numbers.get("SwapPss", 0)) * _KB


def _numbers(path: Path) -> dict[str, int]:
    found = {}
    for line in _read(path).splitlines():
        name, _, rest = line.partition(":")
        first = rest.split(maxsplit=1)[:1]
        if first and first[0].isdigit():
            found[name] = int(first[0])
    return found


def _read(path: Path) -> str:
    """Empty for a process that has ended, or that may not be looked at."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
