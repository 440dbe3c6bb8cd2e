"""A worker's part: claim the next run, carry it out, and write what happens under its lease."""

import logging
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import Error, connection

from labs.domain.errors import LabsError
from labs.domain.events import Event, EventBuffer
from labs.domain.jobs import JobError
from labs.domain.outcome import RunOutcome
from labs.domain.runs import RENEW_EVERY, State
from labs.domain.uploads import Upload, read_upload
from labs.grading.early_imports import early_imports
from labs.models import Run
from labs.services import artefacts, claims
from labs.services.catalogue import sync_labs
from labs.services.patience import Away, forget_connection, patiently
from labs.services.pipeline import Order, execute
from labs.services.places import Places
from labs.services.reconciling import release_lost_runs
from labs.services.warming import warm_sandboxes
from labs.services.workers import identity
from labs.services.writes import Claim, ClaimLost, StopAsked

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)
_FLUSH_SECONDS = 0.3
_LOOK_SECONDS = 0.5


def execute_next(
    *, devices: Sequence[str], clock: Clock, places: Places | None = None
) -> int | None:
    """Carries out the next run by turn; its id, or None if none waits.

    What the run's code does wrong ends the run. What the machine does wrong raises, after the run
    was given back to the queue (or ended, at its last attempt).
    """
    release_lost_runs(now=clock())
    claim = claims.claim_next(devices=devices, worker=identity(), now=clock())
    if claim is None:
        return None
    places = places or Places.of_this_site()
    settled = False
    early_imports.hold()
    try:
        with _Lease(claim, clock):
            settled = _carry_out(claim, clock, places)
    except ClaimLost:
        settled = True  # another attempt has it
    finally:
        early_imports.go_on()
        if not settled:
            # A worker that is told to stop leaves by SystemExit or the like.
            failed = isinstance(sys.exception(), Exception)
            why = "The worker failed." if failed else "Its worker was stopped."
            patiently(lambda: _give_back(claim, why, clock))
    # Where more runs wait, imports for a later one would only take from the next one's time.
    if not Run.objects.filter(state=State.QUEUED, device__in=devices).exists():
        warm_sandboxes.refill(places)
    return claim.run_id


def _give_back(claim: Claim, why: str, clock: Clock) -> None:
    run = Run.objects.get(pk=claim.run_id)
    claims.give_back(run, why=why, now=clock(), where=claim.condition)


def _carry_out(claim: Claim, clock: Clock, places: Places) -> bool:
    run = patiently(lambda: Run.objects.select_related("submission", "lab").get(pk=claim.run_id))
    # An attempt that lost its lease may still be tidying up beside the next one.
    name = f"run-{run.pk}-{run.attempt}"
    model = places.runs / f"{name}.model"
    reporter = _Reporter(claim, clock)
    owed = False  # a model that is not packed here is packed later
    try:
        outcome, files = _outcome(run, name, model, places, reporter)
        if reporter.lost:
            raise ClaimLost
        last_words = reporter.buffer.drain()
        patiently(lambda: _finish(claim, outcome, now=clock(), before=last_words))
        owed = outcome.grade is not None
        if owed and outcome.variant != run.lab.variant:
            # The data were brought by a command, which tells no database.
            patiently(lambda: sync_labs(places.exercises, now=clock()))
        patiently(lambda: artefacts.pack(run.pk, outcome, files, model, now=clock()))
        owed = False
    finally:
        if not owed:
            model.unlink(missing_ok=True)
    return True


def _finish(claim: Claim, outcome: RunOutcome, *, now: datetime, before: Sequence[Event]) -> None:
    """Also where it is done already, by a try whose commit was not confirmed. Raises ClaimLost."""
    try:
        claims.finish(claim, outcome, now=now, before=before)
    except ClaimLost:
        if not claims.has_graded(claim):
            raise


def _outcome(
    run: Run, name: str, model: Path, places: Places, reporter: "_Reporter"
) -> tuple[RunOutcome, Mapping[str, bytes]]:
    """What became of the run, and the code that it had."""
    files: Mapping[str, bytes] = {}
    try:
        solution = read_upload(Upload(run.submission.filename, bytes(run.submission.content)))
        files = solution.files
        order = Order(
            name=name, slug=run.lab.slug, solution=solution, seed=run.seed, keep_model=model
        )
        outcome = execute(
            order,
            places,
            on_phase=reporter.phase,
            on_event=reporter.event,
            should_stop=reporter.should_stop,
        )
    except StopAsked:
        outcome = RunOutcome(State.CANCELLED)
    except LabsError as refusal:
        error = JobError(refusal.kind.replace("-", "_"), refusal.message, refusal.cure)
        outcome = RunOutcome(State.ERRORED, error=error)
    return outcome, files


class _Reporter:
    """Writes phases and events of a claimed run, in batches, and says when to stop."""

    def __init__(self, claim: Claim, clock: Clock) -> None:
        self.buffer = EventBuffer()
        self.lost = False
        self._claim = claim
        self._clock = clock
        self._looked = clock()
        self._flushed: datetime | None = None  # None: the next event is written at once
        self._told: set[str] = set()  # kinds that this phase has had
        self._reason: str | None = None

    def phase(self, state: State) -> None:
        before = self.buffer.drain()
        try:
            patiently(lambda: claims.enter(self._claim, state, now=self._clock(), before=before))
        except StopAsked:
            self.buffer.put_back(before)
            raise
        self._told.clear()
        if state is State.PREDICTING:
            early_imports.go_on()  # where training was that short

    def event(self, kind: str, data: dict[str, Any]) -> None:
        if kind not in self._told:
            self._told.add(kind)
            self._flushed = None  # a phase's first line, or point, is what somebody waits for
        self.buffer.add(kind, data, self._clock())
        self._flush_when_due()

    def should_stop(self) -> str | None:
        self._flush_when_due()
        now = self._clock()
        if self._reason is None and not _within(_LOOK_SECONDS, self._looked, now):
            self._looked = now
            early_imports.go_on()
            try:
                self._reason = claims.stop_reason(self._claim)
            except Away:
                forget_connection()  # the code goes on; the next look may tell
            self.lost = self._reason == "lost"
        return self._reason

    def _flush_when_due(self) -> None:
        now = self._clock()
        recent = self._flushed is not None and _within(_FLUSH_SECONDS, self._flushed, now)
        if self.lost or recent or not (events := self.buffer.drain()):
            return
        self._flushed = now
        try:
            claims.add_events(self._claim, events)
        except ClaimLost:
            self.lost, self._reason = True, "lost"
        except Away:
            self.buffer.put_back(events)
            forget_connection()


def _within(seconds: float, then: datetime, now: datetime) -> bool:
    """Whether so little has passed; of a clock that was set back nobody knows, so: no."""
    return 0 <= (now - then).total_seconds() < seconds


class _Lease:
    """Renews a claim from a thread of its own, so that slow preparing and grading keep the run."""

    def __init__(self, claim: Claim, clock: Clock) -> None:
        self._claim = claim
        self._clock = clock
        self._over = threading.Event()
        self._thread = threading.Thread(
            target=self._keep, name=f"lease-{claim.run_id}", daemon=True
        )

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _keep(self) -> None:
        held = True
        while held and not self._over.wait(RENEW_EVERY.total_seconds()):
            try:
                held = claims.renew(self._claim, now=self._clock())
            except Error:
                # The next renewal may succeed; if none does, the run goes to another worker.
                log.exception("The lease of run %s was not renewed.", self._claim.run_id)
                forget_connection()
        connection.close()
