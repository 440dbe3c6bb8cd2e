"""Which of the kept models are removed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

OUTDONE = "Its model was removed: of each lab, your best and your newest run keep theirs."
NO_ROOM = (
    "Its model was removed: this site's room for models was used up, and the oldest went first."
)


@dataclass(frozen=True)
class Kept:
    """One file. `counts`: the score may be anybody's best (no person has to look at it first)."""

    run_id: int
    user_id: int
    lab_id: int
    score: float
    size: int  # bytes
    counts: bool = True


def to_remove(kept: Iterable[Kept], *, room: int) -> dict[int, str]:
    """Run ids with the reason. Kept are each learner's best and newest run of each lab; of these
    the oldest go until all fit into `room` bytes. Runs are numbered in the order of time."""
    groups: dict[tuple[int, int], list[Kept]] = defaultdict(list)
    for one in kept:
        groups[one.user_id, one.lab_id].append(one)
    gone: dict[int, str] = {}
    staying: list[Kept] = []
    for group in groups.values():
        newest = max(group, key=lambda one: one.run_id)
        best = max(group, key=lambda one: (one.counts, one.score, -one.run_id))
        for one in group:
            if one in (newest, best):
                staying.append(one)
            else:
                gone[one.run_id] = OUTDONE
    total = sum(one.size for one in staying)
    for one in sorted(staying, key=lambda one: one.run_id):
        if total <= room:
            break
        gone[one.run_id] = NO_ROOM
        total -= one.size
    return gone
