"""One graded run from code to grade, without a database: the worker and `run_lab` share it."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labs.datasets import locate_all
from labs.domain.errors import PredictionsRejected
from labs.domain.events import clean_text, tail
from labs.domain.exercise import Device
from labs.domain.jobs import Job, JobError, JobResult, Limits, Phase
from labs.domain.outcome import RunOutcome
from labs.domain.runs import State
from labs.domain.uploads import Solution
from labs.grading import (
    Exercise,
    Prepared,
    grade,
    parse_predictions,
    prepare,
    read_or_create_secret,
)
from labs.sandbox import choose, run_job
from labs.services.devices import device_for
from labs.services.exercises import draw_of, exercise_of, mark_used, with_data_here
from labs.services.places import Places
from labs.services.slots import slot
from labs.services.warming import warm_sandboxes

OnPhase = Callable[[State], None]
OnEvent = Callable[[str, dict[str, Any]], None]
# Why the run must stop ("cancelled"), or None.
ShouldStop = Callable[[], str | None]
_DETAIL_LENGTH = 8_000
_PHASES: tuple[tuple[Phase, State], ...] = (
    ("train", State.TRAINING),
    ("predict", State.PREDICTING),
)


@dataclass(frozen=True)
class Order:
    """What to run. `device` overrides the lab's ("cpu"); `limit` caps train's seconds.

    keep_model: where the trained model is left once predict was done; None leaves it nowhere.
    """

    name: str  # of the run's folder; one run at a time may use it
    slug: str
    solution: Solution
    seed: int
    device: Device | None = None
    limit: float | None = None
    trust: bool = False
    keep_model: Path | None = None


def execute(
    order: Order,
    places: Places,
    *,
    on_phase: OnPhase,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> RunOutcome:
    """Trains, predicts and grades. What the learner's code does wrong is an outcome.

    Raises LabsError with a cure where the site lacks something (data, a sandbox, a GPU, a sound
    exercise), and whatever the machine raises where it fails.
    """
    started = time.monotonic()
    on_phase(State.PREPARING)
    exercise = with_data_here(exercise_of(order.slug, places), places.data)
    sandbox = warm_sandboxes.around(choose(trust=order.trust))
    device = device_for(order.device or exercise.spec.device, sandbox)
    files = locate_all(exercise.spec.data, places.data, asked=order.slug)
    secret = read_or_create_secret(places.secret)
    prepared = prepare(exercise, files, secret=secret, out=places.prepared)
    mark_used(prepared)
    with _work_folder(places.runs, order) as work, slot(places.runs) as number:
        jobs = _Jobs(order, exercise, prepared, work, device, number)
        outcome = RunOutcome(State.ERRORED, sandbox=sandbox.name, device=device)
        results: dict[str, JobResult] = {}
        for phase, state in _PHASES:
            on_phase(state)
            results[phase] = run_job(
                sandbox, jobs.job(phase), on_event=on_event, should_stop=should_stop
            )
            outcome = _so_far(outcome, results, total=time.monotonic() - started)
            if not results[phase].ok:
                return _not_done(outcome, results[phase], order.solution)
        if order.keep_model is not None:
            shutil.move(work / "model.pickle", order.keep_model)
    on_phase(State.GRADING)
    graded = _graded(outcome, exercise, prepared, results["predict"].predictions or b"")
    return _so_far(graded, results, total=time.monotonic() - started)


@dataclass(frozen=True)
class _Jobs:
    order: Order
    exercise: Exercise
    prepared: Prepared
    work: Path
    device: str
    slot: int

    def job(self, phase: Phase) -> Job:
        return Job(
            id=f"{self.order.name}-{phase}",
            phase=phase,
            solution=self.work / "solution",
            entry=self.order.solution.entry,
            data=self.prepared.train if phase == "train" else self.prepared.hidden,
            model=self.work / "model.pickle",
            device=self.device,
            seed=self.order.seed,
            limits=self._limits(),
            slot=self.slot,
        )

    def _limits(self) -> Limits:
        limits = self.exercise.spec.limits
        if self.order.limit is None:
            return limits
        return replace(limits, train_seconds=min(self.order.limit, limits.train_seconds))


@contextmanager
def _work_folder(runs: Path, order: Order) -> Iterator[Path]:
    """A folder of the run's own with its code, which goes when the run ends."""
    work = runs / order.name
    shutil.rmtree(work, ignore_errors=True)  # of an earlier run of that name that was killed
    solution = work / "solution"
    try:
        for name, content in order.solution.files.items():
            path = solution / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for path in (work, *work.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _so_far(outcome: RunOutcome, results: Mapping[str, JobResult], *, total: float) -> RunOutcome:
    seconds = {phase: round(result.seconds, 3) for phase, result in results.items()}
    return replace(
        outcome,
        seconds={**seconds, "total": round(total, 3)},
        log=tail("".join(_with_newline(result.log) for result in results.values())),
        peak_memory_mb=round(max(result.peak_memory_mb for result in results.values()), 1),
    )


def _with_newline(log: str) -> str:
    return log if not log or log.endswith("\n") else log + "\n"


def _not_done(outcome: RunOutcome, result: JobResult, solution: Solution) -> RunOutcome:
    state = {"timed_out": State.TIMED_OUT, "stopped": State.CANCELLED}.get(
        result.status, State.ERRORED
    )
    error = result.error or JobError("killed", "The code stopped without saying why.")
    if state is State.CANCELLED:
        error = JobError("stopped", "The run was stopped before its end, as asked.")
    error = replace(error, detail=solution.placed(error.detail))
    return replace(outcome, state=state, error=_clean(error))


def _graded(outcome: RunOutcome, exercise: Exercise, prepared: Prepared, raw: bytes) -> RunOutcome:
    try:
        result = grade(exercise, prepared, parse_predictions(raw, prepared))
    except PredictionsRejected as rejected:
        error = _clean(JobError("bad_predictions", rejected.message, rejected.detail))
        return replace(outcome, state=State.ERRORED, error=error)
    return replace(
        outcome,
        state=State.PASSED if result.grade.passed else State.FAILED,
        grade=str(result.grade),
        score=result.score,
        metrics=result.metrics,
        thresholds=result.thresholds,
        hidden=result.hidden,
        feedback=result.feedback,
        flagged=result.flagged,
        predictions=raw,
        draw=draw_of(prepared),
        variant=result.variant,
    )


def _clean(error: JobError) -> JobError:
    return JobError(error.kind, clean_text(error.message), clean_text(error.detail, _DETAIL_LENGTH))
