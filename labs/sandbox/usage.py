"""What a tree of processes uses now, read from /proc without any privilege over it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_KB = 1024


@dataclass(frozen=True)
class Usage:
    memory: int  # bytes, temporary files included
    processes: int  # threads included
    files: int


def tree(root: int) -> Iterator[int]:
    """root and its descendants. In a pid namespace orphans fall to root, so none gets away."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        for listing in Path(f"/proc/{pid}/task").glob("*/children"):
            waiting.extend(int(child) for child in _read(listing).split())


def memory_and_threads(root: int, cap: int) -> tuple[int, int]:
    """Bytes of memory and number of threads of a tree.

    Resident sizes count shared pages once a process and are cheap to read; proportional sizes
    (PSS) are exact, and their reading walks every page table. So PSS is read only where the sum
    of the former exceeds cap. A process that hides its PSS counts with its resident size.
    """
    resident: dict[int, int] = {}
    threads = 0
    for pid in tree(root):
        numbers = _numbers(Path(f"/proc/{pid}/status"))
        resident[pid] = (numbers.get("VmRSS", 0) + numbers.get("VmSwap", 0)) * _KB
        threads += numbers.get("Threads", 0)
    total = sum(resident.values())
    if total <= cap:
        return total, threads
    return sum(_proportional(pid) or size for pid, size in resident.items()), threads


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
