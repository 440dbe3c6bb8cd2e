"""Brings the queue back in line with the run rows: lost workers, lost messages."""

import re
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from labs.domain.runs import FINAL, RUNNING, STALE_AFTER, State
from labs.models import Run
from labs.queue import send_run_after_commit
from labs.services.claims import give_back
from labs.services.workers import is_dead
from labs.services.writes import write

# A long queue must not fill the broker with repeats; each message serves any waiting run.
_RESEND_AT_ONCE = 4
_ATTEMPT_FOLDER = re.compile(r"run-(\d+)-\d+")


@dataclass(frozen=True)
class Reconciled:
    """How many runs were taken from lost workers, and how many messages were sent again."""

    taken_back: int
    sent_again: int


def reconcile(*, now: datetime, patience: timedelta = STALE_AFTER) -> Reconciled:
    """What the beat does every 15 s; safe to run at any time, any number of times.

    A queued run whose message was sent longer ago than `patience` gets another one.
    """
    return Reconciled(release_lost_runs(now=now), _resend(now, sent_before=now - patience))


def release_lost_runs(*, now: datetime) -> int:
    """Gives back the runs whose lease ran out, or whose worker on this machine is dead."""
    count = 0
    for run in Run.objects.filter(state__in=RUNNING):
        if run.lease_until is not None and run.lease_until < now:
            # A renewal that comes in between keeps the run.
            expired = Q(lease_until__lt=now)
            count += give_back(run, why="Its worker fell silent.", now=now, where=expired)
        elif is_dead(run.worker):
            count += give_back(run, why="Its worker was stopped.", now=now)
    return count


def sweep(runs_folder: Path) -> int:
    """Removes what killed workers left of runs that have ended since; how many folders went."""
    left = [
        (int(named[1]), path)
        for path in runs_folder.iterdir()
        if (named := _ATTEMPT_FOLDER.fullmatch(path.name))
    ]
    # An ended run is never claimed again, so nobody can be using its folders.
    runs = Run.objects.filter(pk__in={run_id for run_id, _ in left}, state__in=FINAL)
    ended = set(runs.values_list("pk", flat=True))
    gone = [path for run_id, path in left if run_id in ended]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)


def _resend(now: datetime, *, sent_before: datetime) -> int:
    count = 0
    for device in ("cpu", "gpu", "either"):
        waiting = Run.objects.filter(state=State.QUEUED, device=device, sent_at__lte=sent_before)
        for run_id in waiting.order_by("id").values_list("pk", flat=True)[:_RESEND_AT_ONCE]:
            with transaction.atomic():
                mine = Q(state=State.QUEUED, sent_at__lte=sent_before)
                if write(run_id, where=mine, sent_at=now):
                    send_run_after_commit(run_id, device)
                    count += 1
    return count
