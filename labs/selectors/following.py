"""Reads for those who follow runs: how far each is."""

from collections.abc import Iterable
from dataclasses import dataclass

from labs.domain.runs import State, is_final
from labs.models import Run


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
