"""Handing in a file: checked, stored as submission and queued run, announced after commit."""

import hashlib
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from labs.domain.events import Event
from labs.domain.refusals import QueueFull, SubmissionConflict
from labs.domain.runs import State
from labs.domain.uploads import Upload
from labs.models import Lab, Run, RunEvent, Submission
from labs.queue import send_run_after_commit
from labs.selectors import lab as lab_by_slug
from labs.selectors import run_for
from labs.services.checking import accept
from labs.services.quotas import check_room, lane
from studyhub.accounts.models import User

DEFAULT_SEED = 42


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
        return _repeated(earlier, lab, digest, seed)
    solution = accept(upload)
    try:
        with transaction.atomic():
            check_room(user, lab, now=now)
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
    except (IntegrityError, QueueFull):
        # The same key arrived twice at once; the other one was first, and may have had the last
        # place that was free.
        earlier = _by_key(user, key) if key else None
        if earlier is None:
            raise
        return _repeated(earlier, lab, digest, seed)


def run_again(
    user: User, run_id: int, *, now: datetime, seed: int | None = None, key: str | None = None
) -> Run:
    """A new run of the file that an earlier run had. `seed` None: the earlier run's own.

    Of another learner's run only staff may ask; it belongs to that learner, counts in nobody's
    quota, and waits in the lane that comes last. `key` as in `submit`.
    Raises RunUnknown, QueueFull, LabUnknown where the lab was retired, and SubmissionConflict.
    """
    earlier = run_for(user, run_id)
    lab = lab_by_slug(earlier.lab.slug)
    asked_by = user if user.pk != earlier.user_id else None
    seed = earlier.seed if seed is None else seed
    if key and (before := Run.objects.filter(user=earlier.user, key=key).first()):
        return _repeated_again(before, earlier, seed)
    try:
        with transaction.atomic():
            if asked_by is None:
                check_room(user, lab, now=now)
            return _queue_run(
                earlier.submission,
                seed=seed,
                now=now,
                asked_by=asked_by,
                repeats=earlier,
                key=key or None,
            )
    except (IntegrityError, QueueFull):
        before = Run.objects.filter(user=earlier.user, key=key).first() if key else None
        if before is None:
            raise
        return _repeated_again(before, earlier, seed)


def _queue_run(
    submission: Submission,
    *,
    seed: int,
    now: datetime,
    asked_by: User | None = None,
    repeats: Run | None = None,
    key: str | None = None,
) -> Run:
    run = Run.objects.create(
        submission=submission,
        user=submission.user,
        lab=submission.lab,
        device=submission.lab.device,
        seed=seed,
        priority=lane(submission.user, asked_by),
        asked_by=asked_by,
        repeats=repeats,
        key=key,
        created_at=now,
        sent_at=now,
        last_seq=1,
    )
    queued = Event("state", {"state": str(State.QUEUED)}, now)
    RunEvent.objects.create(run=run, seq=1, at=now, kind=queued.kind, data=queued.data)
    send_run_after_commit(run.pk, run.device)
    return run


def _by_key(user: User, key: str) -> Submission | None:
    return Submission.objects.filter(user=user, key=key).first()


def _repeated(earlier: Submission, lab: Lab, digest: str, seed: int) -> Run:
    if earlier.lab_id != lab.pk or earlier.sha256 != digest:
        raise SubmissionConflict(
            "This key was used for another file.", cure="Send the new file with a new key."
        )
    run = earlier.runs.earliest("pk")
    if run.seed != seed:
        raise SubmissionConflict(
            "This key was used with another seed.", cure="Send the file with a new key."
        )
    return run


def _repeated_again(before: Run, earlier: Run, seed: int) -> Run:
    if before.repeats_id != earlier.pk or before.seed != seed:
        raise SubmissionConflict(
            "This key was used for another run.", cure="Ask again with a new key."
        )
    return before
