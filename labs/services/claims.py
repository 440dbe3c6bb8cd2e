"""Which run a worker gets, and how it keeps, ends or loses it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from labs.domain.events import Event
from labs.domain.fairness import TURNS, Priority
from labs.domain.jobs import JobError
from labs.domain.outcome import RunOutcome
from labs.domain.runs import GRADED, LEASE, MAX_ATTEMPTS, RUNNING, State
from labs.models import Grade, Run
from labs.queue import send_run_after_commit
from labs.services.writes import Claim, ClaimLost, StopAsked, move, write

# Several workers may look at once; each tries the next few before it looks again.
_CANDIDATES = 10


def claim_next(*, devices: Sequence[str], worker: str, now: datetime) -> Claim | None:
    """The next run by turn, now held by `worker`; None if none waits.

    The turn: by lane, then fewest running of its user, then longest not served, then oldest (see
    `labs.domain.fairness`). Exactly one of several concurrent workers changes the row.
    """
    for lanes in TURNS:
        claim = _claim_of(lanes, devices, worker, now)
        if claim is not None:
            return claim
    return None


def _claim_of(
    lanes: Sequence[Priority], devices: Sequence[str], worker: str, now: datetime
) -> Claim | None:
    while candidates := list(_by_turn(lanes, devices)[:_CANDIDATES]):
        for run_id, attempt in candidates:
            claim = Claim(run_id, uuid4(), attempt + 1)
            taken = move(
                run_id,
                State.CLAIMED,
                now=now,
                attempt=claim.attempt,
                attempt_id=claim.attempt_id,
                worker=worker,
                lease_until=now + LEASE,
                claimed_at=now,
            )
            if taken:
                return claim
    return None


def _by_turn(lanes: Sequence[Priority], devices: Sequence[str]) -> QuerySet[Run, tuple[int, int]]:
    of_user = Run.objects.filter(user=OuterRef("user"), priority__in=lanes).order_by()
    running = of_user.filter(state__in=RUNNING).values("user").annotate(n=Count("pk")).values("n")
    served = of_user.filter(claimed_at__isnull=False).order_by("-claimed_at").values("claimed_at")
    return (
        Run.objects.filter(state=State.QUEUED, device__in=devices, priority__in=lanes)
        .annotate(running=Coalesce(Subquery(running), 0), served=Subquery(served[:1]))
        .order_by("priority", "running", F("served").asc(nulls_first=True), "id")
        .values_list("pk", "attempt")
    )


def renew(claim: Claim, *, now: datetime) -> bool:
    """Holds the run for another lease; False if it is no longer ours."""
    held = claim.condition & Q(state__in=RUNNING)
    return write(claim.run_id, where=held, lease_until=now + LEASE)


def stop_reason(claim: Claim) -> str | None:
    """Why the worker must stop: "cancelled" by the learner, "lost" to another; None to go on."""
    ours = Run.objects.filter(claim.condition, pk=claim.run_id)
    asked_at = list(ours.values_list("cancel_requested_at", flat=True))
    if not asked_at:
        return "lost"
    return None if asked_at[0] is None else "cancelled"


def enter(claim: Claim, state: State, *, now: datetime, before: Sequence[Event] = ()) -> None:
    """Takes the claimed run to its next phase. Raises StopAsked, or ClaimLost."""
    goes_on = claim.condition & Q(cancel_requested_at=None)
    if not move(claim.run_id, state, now=now, where=goes_on, before=before):
        if stop_reason(claim) == "cancelled":
            raise StopAsked
        raise ClaimLost


def add_events(claim: Claim, events: Sequence[Event]) -> None:
    """Appends to the claimed run. Raises ClaimLost."""
    progress = [event.data for event in events if event.kind == "progress"]
    changes = {"progress": progress[-1]} if progress else {}
    if events and not write(claim.run_id, where=claim.condition, events=events, **changes):
        raise ClaimLost


def finish(
    claim: Claim, outcome: RunOutcome, *, now: datetime, before: Sequence[Event] = ()
) -> None:
    """Ends the claimed run with its outcome, and its grade if it has one. Raises ClaimLost."""
    with transaction.atomic():
        ended = move(
            claim.run_id,
            outcome.state,
            now=now,
            where=claim.condition,
            before=before,
            note=outcome.error.message if outcome.error else "",
            seconds=dict(outcome.seconds),
            log=outcome.log,
            error=outcome.error.to_json() if outcome.error else None,
            sandbox=outcome.sandbox,
            peak_memory_mb=outcome.peak_memory_mb,
        )
        if not ended:
            raise ClaimLost
        if outcome.grade is not None and outcome.score is not None:
            Grade.objects.create(
                run_id=claim.run_id,
                grade=outcome.grade,
                score=outcome.score,
                metrics=dict(outcome.metrics),
                thresholds=dict(outcome.thresholds),
                hidden=dict(outcome.hidden),
                feedback=dict(outcome.feedback),
                flagged=outcome.flagged,
                predictions=outcome.predictions,
                draw=outcome.draw,
                variant=outcome.variant,
                graded_at=now,
            )


def has_graded(claim: Claim) -> bool:
    """Whether this attempt was graded; nobody but the worker that holds it can have done that."""
    graded = Run.objects.filter(pk=claim.run_id, attempt=claim.attempt, state__in=GRADED)
    return graded.exists()


def give_back(run: Run, *, why: str, now: datetime, where: Q | None = None) -> bool:
    """Takes a run from the worker that held it: it waits again, or ends.

    It ends as cancelled if the learner had asked for that, and as errored after too many attempts.
    False if the run moved on meanwhile.
    """
    held = Q(attempt_id=run.attempt_id) & (where or Q())
    if run.cancel_requested_at is not None:
        return move(run.pk, State.CANCELLED, now=now, where=held)
    if run.attempt >= MAX_ATTEMPTS:
        error = JobError(
            "platform",
            f"This site failed {run.attempt} times to carry the run out. {why}",
            "Send the file again; if that happens again, tell whoever runs this site.",
        )
        return move(
            run.pk, State.ERRORED, now=now, where=held, note=error.message, error=error.to_json()
        )
    with transaction.atomic():
        # A cancel that arrived since `run` was read must not be forgotten.
        waits = move(
            run.pk,
            State.QUEUED,
            now=now,
            where=held & Q(cancel_requested_at=None),
            note=why,
            claimed_at=None,
            sent_at=now,
        )
        if waits:
            send_run_after_commit(run.pk, run.device)
        return waits
