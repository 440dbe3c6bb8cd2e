"""Brings the queue back in line with the run rows: lost workers, lost messages."""

import re
import shutil
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from labs.domain.jobs import JobError
from labs.domain.quotas import in_words
from labs.domain.runs import FINAL, RUNNING, STALE_AFTER, State
from labs.models import Run
from labs.queue import send_run_after_commit
from labs.services.claims import give_back
from labs.services.late_artefacts import awaiting_their_file
from labs.services.regrading import waiting_regradings
from labs.services.slots import unused
from labs.services.workers import is_dead
from labs.services.writes import move, write

# A long queue must not fill the broker with repeats; each message serves any waiting run.
_RESEND_AT_ONCE = 2
_OF_AN_ATTEMPT = re.compile(r"run-(\d+)-\d+(?:\.model)?")
_OF_A_COMMAND = re.compile(r"local-\d+")  # `run_lab`, whose runs have no row
_LONGEST_COMMAND = 24 * 3600  # seconds; longer than any run
_OF_A_WARM_SANDBOX = re.compile(r"warm-(\d+)")
# Beside train and predict: preparing the data, which may take minutes the first time, and grading.
_BESIDE_THE_JOBS = timedelta(hours=1)
_LONGEST_JOBS = 4 * 3600  # seconds, where the lab's row does not say


@dataclass(frozen=True)
class Reconciled:
    """How many runs were taken from lost workers, how many messages were sent again, and how many
    runs were ended because they waited or lasted too long."""

    taken_back: int
    sent_again: int
    overdue: int = 0


def reconcile(*, now: datetime, patience: timedelta = STALE_AFTER) -> Reconciled:
    """What the beat does every 5 s; safe to run at any time, any number of times.

    A queued run whose message was sent longer ago than `patience` gets another one.
    """
    overdue = end_overdue_runs(now=now)
    waiting_regradings(now=now)
    taken_back = release_lost_runs(now=now)
    return Reconciled(taken_back, _resend(now, sent_before=now - patience), overdue)


def end_overdue_runs(*, now: datetime) -> int:
    """Times out what no worker took for LAB_QUEUE_HOURS, and what one holds beyond all its limits.

    The sandbox holds the limits of train and predict; this is for a worker that hangs itself
    while it renews its lease. What it still writes is refused.
    """
    count = 0
    longest_wait = timedelta(hours=settings.LAB_QUEUE_HOURS)
    for run in Run.objects.filter(state=State.QUEUED, created_at__lt=now - longest_wait):
        error = JobError(
            "no_worker",
            f"No worker of this site took this run for {settings.LAB_QUEUE_HOURS} hours.",
            "Run it again later; if it waits again, tell whoever runs this site.",
        )
        # A run that a worker had and lost is old without having waited so long: it stays.
        waits = Q(state=State.QUEUED, attempt=0)
        count += _time_out(run, error, now, waits)
    for run in Run.objects.filter(state__in=RUNNING).select_related("lab"):
        limits = run.lab.limits
        jobs = limits.get("train_seconds", _LONGEST_JOBS) + limits.get("predict_seconds", 0)
        most = timedelta(seconds=jobs) + _BESIDE_THE_JOBS
        if run.claimed_at is not None and run.claimed_at < now - most:
            tried = in_words(most.total_seconds())
            error = JobError(
                "platform",
                f"This site did not come to an end with it within {tried}.",
                "Run it again; if that happens again, tell whoever runs this site.",
            )
            count += _time_out(run, error, now, Q(attempt_id=run.attempt_id))
    return count


def _time_out(run: Run, error: JobError, now: datetime, where: Q) -> bool:
    return move(
        run.pk, State.TIMED_OUT, now=now, where=where, note=error.message, error=error.to_json()
    )


def release_lost_runs(*, now: datetime) -> int:
    """Gives back the runs whose lease ran out, or whose worker on this machine is dead."""
    count = 0
    for run in Run.objects.filter(state__in=RUNNING):
        if run.lease_until is not None and run.lease_until < now:
            # A renewal that comes in between keeps the run.
            expired = Q(lease_until__lt=now)
            count += give_back(run, why="Its worker fell silent.", now=now, where=expired)
        elif is_dead(run.worker):
            count += give_back(run, why="Its worker is gone.", now=now)
    return count


def sweep(runs_folder: Path) -> int:
    """Removes what killed workers left: of runs that have ended since, or went with their learner's
    account, of warm sandboxes, and of `run_lab`.

    How many files and folders went. A model that is still to be packed stays (`pack_missing`).
    """
    left = [
        (int(named[1]), path)
        for path in runs_folder.iterdir()
        if (named := _OF_AN_ATTEMPT.fullmatch(path.name))
    ]
    # An ended run is never claimed again, so nobody can be using its folders.
    runs = Run.objects.filter(pk__in={run_id for run_id, _ in left}).exclude(state__in=FINAL)
    in_use = set(runs.values_list("pk", flat=True)) | awaiting_their_file(runs_folder)
    gone = [path for run_id, path in left if run_id not in in_use]
    gone += [path for path in runs_folder.iterdir() if _left_by_a_command(path)]
    for path in gone:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(gone) + _sweep_warm(runs_folder)


def _left_by_a_command(path: Path) -> bool:
    if not _OF_A_COMMAND.fullmatch(path.name):
        return False
    try:
        return path.stat().st_mtime < time.time() - _LONGEST_COMMAND
    except FileNotFoundError:
        return False  # it has just ended


def _sweep_warm(runs_folder: Path) -> int:
    """Folders of warm sandboxes whose slot nobody has: the worker died with them."""
    count = 0
    for path in runs_folder.iterdir():
        if named := _OF_A_WARM_SANDBOX.fullmatch(path.name):
            with unused(runs_folder, int(named[1])) as nobodys:
                if nobodys:
                    shutil.rmtree(path, ignore_errors=True)
                    count += 1
    return count


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
