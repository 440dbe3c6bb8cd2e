"""What a fetch tells whoever waits for it: a progress bar in a terminal, or a page."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    WAITING = "waiting"  # another process fetches the same data set
    COPYING = "copying"
    DOWNLOADING = "downloading"
    UNPACKING = "unpacking"
    CONVERTING = "converting"
    READY = "ready"


@dataclass(frozen=True)
class Progress:
    """`done` of `total` bytes in this stage (total 0: not known); `source` is for people."""

    data_set: str
    file: str
    stage: Stage
    done: int = 0
    total: int = 0
    source: str = ""


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Reports to nobody."""
