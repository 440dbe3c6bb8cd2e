"""Stopping a run."""

from datetime import datetime

from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from labs.domain.runs import RUNNING, State, is_final
from labs.models import Run
from labs.selectors import run_for
from labs.services.writes import move, write
from studyhub.accounts.models import User


def cancel(user: User, run_id: int, *, now: datetime) -> Run:
    """Ends a waiting run at once and asks the worker of a running one to stop.

    A run that ended stays as it is, so asking twice is harmless. Raises RunUnknown.
    """
    run = run_for(user, run_id)
    while not is_final(run.state):
        if run.state == State.QUEUED:
            done = move(run.pk, State.CANCELLED, now=now, where=Q(state=State.QUEUED))
        else:
            asked = Coalesce("cancel_requested_at", Value(now))
            done = write(run.pk, where=Q(state__in=RUNNING), cancel_requested_at=asked)
        # Where a worker was faster, the run is looked at again.
        run.refresh_from_db(
            fields=("state", "cancel_requested_at", "finished_at", "last_seq", "progress")
        )
        if done:
            break
    return run
