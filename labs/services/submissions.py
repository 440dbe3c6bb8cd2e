"""Handing in a file: checked, stored as submission and queued run, announced after commit."""

import hashlib
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from labs.domain.events import Event
from labs.domain.refusals import QueueFull, SubmissionConflict
from labs.domain.runs import LIVE, State
from labs.domain.uploads import Upload, read_upload
from labs.models import Lab, Run, RunEvent, Submission
from labs.queue import send_run_after_commit
from labs.selectors import lab as lab_by_slug
from studyhub.accounts.models import User

DEFAULT_SEED = 42
# One learner cannot fill the queue, by accident or not.
MAX_LIVE_RUNS = 20


def submit(
    user: User,
    lab_slug: str,
    upload: Upload,
    *,
    now: datetime,
    key: str | None = None,
    seed: int = DEFAULT_SEED,
) -> Run:
    """A queued run of the uploaded file.

    `key` is the client's own name for this submission: the same key again gives the first run
    instead of a second one. Raises UploadRefused, LabUnknown, QueueFull, and SubmissionConflict
    where the key was used for something else; nothing is stored then.
    """
    lab = lab_by_slug(lab_slug)
    digest = hashlib.sha256(upload.content).hexdigest()
    if key and (earlier := _by_key(user, key)):
        return _repeated(earlier, lab, digest)
    solution = read_upload(upload)
    try:
        with transaction.atomic():
            _check_room(user)
            submission = Submission.objects.create(
                user=user,
                lab=lab,
                filename=upload.name[-200:],
                content=upload.content,
                sha256=digest,
                dropped=[asdict(line) for line in solution.dropped],
                key=key or None,
                created_at=now,
            )
            return _queue_run(submission, seed=seed, now=now)
    except IntegrityError:
        # The same key arrived twice at once; the other one was first.
        earlier = _by_key(user, key) if key else None
        if earlier is None:
            raise
        return _repeated(earlier, lab, digest)


def run_again(submission: Submission, *, now: datetime, seed: int = DEFAULT_SEED) -> Run:
    """Another run of a file that was handed in before. Raises QueueFull."""
    with transaction.atomic():
        _check_room(submission.user)
        return _queue_run(submission, seed=seed, now=now)


def _queue_run(submission: Submission, *, seed: int, now: datetime) -> Run:
    run = Run.objects.create(
        submission=submission,
        user=submission.user,
        lab=submission.lab,
        device=submission.lab.device,
        seed=seed,
        created_at=now,
        sent_at=now,
        last_seq=1,
    )
    queued = Event("state", {"state": str(State.QUEUED)}, now)
    RunEvent.objects.create(run=run, seq=1, at=now, kind=queued.kind, data=queued.data)
    send_run_after_commit(run.pk, run.device)
    return run


def _check_room(user: User) -> None:
    if Run.objects.filter(user=user, state__in=LIVE).count() >= MAX_LIVE_RUNS:
        raise QueueFull(
            f"You have {MAX_LIVE_RUNS} runs waiting or running.",
            cure="Wait for one to end, or stop one.",
        )


def _by_key(user: User, key: str) -> Submission | None:
    return Submission.objects.filter(user=user, key=key).first()


def _repeated(earlier: Submission, lab: Lab, digest: str) -> Run:
    if earlier.lab_id != lab.pk or earlier.sha256 != digest:
        raise SubmissionConflict(
            "This key was used for another file.", cure="Send the new file with a new key."
        )
    return earlier.runs.earliest("pk")
