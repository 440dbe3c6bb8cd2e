"""Reads for those who follow runs: how far each is, and how long it may wait."""

from collections.abc import Iterable
from dataclasses import dataclass

from labs.domain.runs import State, is_final
from labs.models import Run
from labs.selectors.queueing import queue_position, wait_estimate


@dataclass(frozen=True)
class Head:
    """The number of a run's newest event; ended: none will follow it."""

    seq: int
    ended: bool
    waits: bool


def heads(run_ids: Iterable[int]) -> dict[int, Head]:
    """By run id, in one query; a run that is gone is left out."""
    rows = Run.objects.filter(pk__in=run_ids).values_list("pk", "last_seq", "state")
    return {
        run_id: Head(seq, is_final(state), state == State.QUEUED) for run_id, seq, state in rows
    }


@dataclass(frozen=True)
class Turn:
    """position: runs ahead of it. wait: seconds until its grade; None without history."""

    position: int
    wait: float | None

    def to_json(self) -> dict[str, float | None]:
        return {"position": self.position, "wait": None if self.wait is None else round(self.wait)}


def turn_of(run: Run) -> Turn | None:
    """None once a worker has the run."""
    position = queue_position(run)
    return None if position is None else Turn(position, wait_estimate(run))


def turns_of(run_ids: Iterable[int]) -> dict[int, Turn]:
    """By run id; runs that wait no longer are left out."""
    waiting = Run.objects.filter(pk__in=run_ids, state=State.QUEUED)
    found = {run.pk: turn_of(run) for run in waiting}
    return {run_id: turn for run_id, turn in found.items() if turn is not None}
