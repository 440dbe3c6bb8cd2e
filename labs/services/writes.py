"""Every write to a run and its events goes through here, fenced by what must still hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from labs.domain.events import Event
from labs.domain.runs import FINAL, State, sources
from labs.models import Run, RunEvent


@dataclass(frozen=True)
class Claim:
    """A worker's hold on a run; it ends when another attempt gets the run."""

    run_id: int
    attempt_id: UUID
    attempt: int

    @property
    def condition(self) -> Q:
        return Q(attempt_id=self.attempt_id)


class StopAsked(Exception):
    """The learner stopped the run, between two of its phases."""


class ClaimLost(Exception):
    """Another attempt has the run, or it ended: this worker must stop and write nothing."""


def write(run_id: int, *, where: Q, events: Sequence[Event] = (), **changes: Any) -> bool:
    """Changes one run and appends events, if `where` still holds; all of it or nothing.

    The row is updated first: its lock, and its counter, order the events of concurrent writers.
    """
    with transaction.atomic():
        counted = {"last_seq": F("last_seq") + len(events)} if events else {}
        if Run.objects.filter(where, pk=run_id).update(**counted, **changes) != 1:
            return False
        if events:
            last = Run.objects.values_list("last_seq", flat=True).get(pk=run_id)
            RunEvent.objects.bulk_create(
                RunEvent(run_id=run_id, seq=seq, at=event.at, kind=event.kind, data=event.data)
                for seq, event in enumerate(events, start=last - len(events) + 1)
            )
    return True


def move(
    run_id: int,
    to: State,
    *,
    now: datetime,
    where: Q | None = None,
    before: Sequence[Event] = (),
    note: str = "",
    **changes: Any,
) -> bool:
    """Takes a run to a state that the table allows; False if it is elsewhere by now.

    `before` are events that happened before the step; `note` tells the learner why.
    """
    data = {"state": str(to), **({"message": note} if note else {})}
    if to in FINAL or to is State.QUEUED:
        changes |= {"lease_until": None, "attempt_id": None}
    if to in FINAL:
        changes["finished_at"] = now
    return write(
        run_id,
        where=Q(state__in=sources(to)) & (where or Q()),
        events=[*before, Event("state", data, now)],
        state=to,
        progress=None,
        **changes,
    )
