"""One fault at one state of one run, and whether the run ended as it has to."""

import contextlib
import itertools
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import psutil
from django.db import DatabaseError, connection, transaction

from labs.domain.runs import FINAL, GRADED, RUNNING, TRANSITIONS, State
from labs.domain.uploads import Upload
from labs.models import Grade, Run
from labs.selectors import run_events
from labs.services import Places, pack_missing, submit, sweep
from studyhub.accounts.models import User
from studyhub.base.clock import now
from tests.soak.lab_faults_servers import Fault
from tests.soak.lab_faults_site import Part, Site

QUEUED, ENDING, UNWRITTEN, ANY = "queued", "ending", "unwritten", "any"
#: `unwritten`: the grade is known, and its transaction has yet to begin; `ending`: between the
#: writing of the grade and its commit; `any`: no chosen moment.
STATES = (QUEUED, "claimed", "preparing", "training", "predicting", "grading", ENDING)
WORKER, MACHINE, STOPPED = "worker killed", "machine lost", "worker stopped"
SUPERVISOR, SANDBOX = "supervisor killed", "sandbox killed"
PATIENCE = 150.0  # seconds until a run counts as stuck
HELD_SECONDS = 2.0  # that a job lasts which is to be met while it runs
CODE = """\
import time


def train(data, run):
    run.progress(1, 2)
    {train}
    return "halves"


def predict(model, inputs, run):
    {predict}
    halves = inputs.reshape(-1, 8, 2, 4).mean(axis=(1, 3))
    return (halves[:, 1] > halves[:, 0]).astype(int)
"""
LASTS = f"print('begun'); time.sleep({HELD_SECONDS})"
Given = TypeVar("Given")


@dataclass
class Trial:
    """What was done to a run, and what became of it. seconds: from the fault to the run's end."""

    fault: str
    state: str
    run: int = 0
    injected: bool = False
    end: str = ""
    attempts: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


def patiently(what: Callable[[], Given], seconds: float = 60.0) -> Given:
    """Its result, once the database is there to give it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return what()
        except DatabaseError:
            if time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(0.1)


def until(what: Callable[[], Given], seconds: float, said: str) -> Given:
    """Its first true result. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (found := patiently(what)):
        if time.monotonic() > deadline:
            raise TimeoutError(said)
        time.sleep(0.05)
    return found


class Trials:
    """Runs on one site, each with its fault."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.done: list[Trial] = []
        self._holds = site.home / "holds"
        self._users = 0
        self._one = threading.Lock()
        self._queue = threading.Lock()

    # -- a run that stands still ----------------------------------------------------------------

    def hand_in(self, hold: str = "") -> Run:
        """A run, of a learner of its own, that a worker will hold in that state."""
        code = CODE.format(
            train=LASTS if hold == "training" else "pass",
            predict=LASTS if hold == "predicting" else "pass",
        )

        def make() -> Run:
            with self._one:
                self._users += 1
                name = f"learner-{self._users}-{random.random()}"
            user = User.objects.create_user(name)
            with transaction.atomic():
                run = submit(user, "brighter", Upload("solution.py", code.encode()), now=now())
                if hold in (*STATES[1:], UNWRITTEN) and "time.sleep" not in code:
                    self._gate(run, hold).touch()
            return run

        return patiently(make)

    def _gate(self, run: Run, state: str) -> Path:
        return self._holds / f"{run.pk}-{state}"

    def _stands(self, run: Run, state: str) -> bool:
        """Whether the run's row says the state, and its worker has come to stand there."""
        run.refresh_from_db()
        if state in ("training", "predicting"):
            begun = any(event.data.get("line") == "begun" for event in run_events(run.pk).events)
            return run.state == state and begun
        reached = self._gate(run, state).with_suffix(".reached").exists()
        return reached and run.state == ("grading" if state in (ENDING, UNWRITTEN) else state)

    @contextmanager
    def _standing(self, state: str) -> Iterator[Run]:
        """A run in that state. It goes on when the block is left, or `release` was called."""
        if state == QUEUED:
            with self._queue:
                gate = self._holds / "queue"
                gate.touch()
                try:
                    yield self.hand_in()
                finally:
                    gate.unlink(missing_ok=True)
            return
        run = self.hand_in(state)
        if state == ANY:
            time.sleep(random.uniform(0, 1.5))
            yield run
            return
        try:
            said = f"run {run.pk} never came to stand in {state}"
            until(lambda: self._stands(run, state), PATIENCE, said)
            yield run
        finally:
            self._gate(run, state).unlink(missing_ok=True)

    # -- faults of one worker -------------------------------------------------------------------

    def local(self, fault: str, state: str) -> Trial:
        """A process that carries the run out, or waits to, is ended."""
        trial = Trial(fault, state)
        down: Part | None = None
        jobs: list[psutil.Process] = []
        try:
            with self._standing(state) as run:
                trial.run = run.pk
                run.refresh_from_db()
                part, process = self._target(run)
                if fault == WORKER and part is self.site.labs[-1]:
                    trial.fault, part.down, down = MACHINE, True, part
                jobs = children(process)
                self._hit(trial.fault, part, process, jobs)
                hit_at = now()
                trial.injected = True
            self._see_to_the_end(trial, run, hit_at)
            if fault != SANDBOX:
                trial.problems += survivors(jobs)
        except (TimeoutError, psutil.Error) as problem:
            trial.problems.append(f"{type(problem).__name__}: {problem}")
        finally:
            if down is not None:
                down.down = False
        return self._told(trial)

    def _target(self, run: Run) -> tuple[Part, psutil.Process]:
        """Who holds the run; where nobody does, a worker that holds none and may be the next."""

        def someone() -> tuple[Part, psutil.Process] | None:
            if run.lease_until is not None:
                return self.site.holder(run.worker)
            busy = set(Run.objects.filter(state__in=RUNNING).values_list("worker", flat=True))
            pids = {int(worker.rpartition("/")[2]) for worker in busy}
            for part in random.sample(self.site.labs, len(self.site.labs)):
                family = [] if part.down else part.family()
                if family and not pids & {process.pid for process in family}:
                    return part, family[0]
            return None

        return until(someone, PATIENCE, "no worker is there to be hit")

    def _hit(
        self, fault: str, part: Part, process: psutil.Process, jobs: list[psutil.Process]
    ) -> None:
        if fault in (WORKER, MACHINE):
            part.kill()
        elif fault == STOPPED:
            assert part.process is not None
            part.process.terminate()
        elif fault == SUPERVISOR:
            process.kill()
        for job in jobs if fault == SANDBOX else ():
            with contextlib.suppress(psutil.NoSuchProcess):
                job.kill()

    # -- faults of what the site stands on -------------------------------------------------------

    def of_all(self, name: str, fault: Fault, state: str) -> Trial:
        """A server fails under the run, while the run's worker goes on, and others beside it."""
        trial = Trial(name, state)
        bystanders = [self.hand_in()]
        try:
            with self._standing(state) as run:
                trial.run = run.pk
                with fault():
                    hit_at = now()
                    trial.injected = True
                    self._gate(run, state).unlink(missing_ok=True)
                    if state == QUEUED:
                        (self._holds / "queue").unlink(missing_ok=True)
            self._see_to_the_end(trial, run, hit_at)
            for bystander in bystanders:
                beside = Trial(name, "beside", bystander.pk)
                self._see_to_the_end(beside, bystander, hit_at)
                trial.problems += beside.problems
        except (TimeoutError, psutil.Error) as problem:
            trial.problems.append(f"{type(problem).__name__}: {problem}")
        return self._told(trial)

    # -- what has to be true ---------------------------------------------------------------------

    def _see_to_the_end(self, trial: Trial, run: Run, hit_at: datetime) -> None:
        def ended() -> bool:
            run.refresh_from_db()
            return run.is_final

        try:
            until(ended, PATIENCE, f"stuck in {run.state}")
        except TimeoutError:
            trial.problems.append(f"stuck in {run.state}, attempt {run.attempt}")
            return
        assert run.finished_at is not None
        trial.end, trial.attempts = run.state, run.attempt
        trial.seconds = round(max(0.0, (run.finished_at - hit_at).total_seconds()), 1)
        trial.problems += patiently(lambda: wrong_with(run.pk))
        if not honest(trial, run):
            trial.problems.append(f"ended as {run.state}: {run.error}")
        if left := self._left_behind(run):
            trial.problems.append(f"left behind {left}")

    def _left_behind(self, run: Run) -> list[str]:
        folder = self.site.home / "runs"
        left: list[str] = []
        for _ in range(50):  # a worker that has just ended a run still tidies up
            patiently(lambda: tidy(Places.of_this_site().runs))
            left = [path.name for path in folder.glob(f"run-{run.pk}-*")]
            if not left:
                break
            time.sleep(0.1)
        return left

    def _told(self, trial: Trial) -> Trial:
        with self._one:
            self.done.append(trial)
            sys.stderr.write(
                f"{len(self.done):4} {trial.fault:24}{trial.state:12}run {trial.run:<5}"
                f"{trial.end:10}attempt {trial.attempts} {trial.seconds:6.1f} s "
                f"{'; '.join(trial.problems)}\n"
            )
        connection.close()
        return trial


def wrong_with(run_id: int) -> list[str]:
    """What of an ended run is there twice, or missing, or not allowed by the table."""
    run = Run.objects.get(pk=run_id)
    found = []
    rows = list(run.events.order_by("seq").values_list("seq", "kind", "data"))
    states = [State(data["state"]) for _, kind, data in rows if kind == "state"]
    finals = [state for state in states if state in FINAL]
    if len(finals) != 1 or states[-1] != run.state:
        found.append(f"ended {len(finals)} times: {states}")
    if states[0] != State.QUEUED or any(
        new not in TRANSITIONS[old] for old, new in itertools.pairwise(states)
    ):
        found.append(f"went a way that is not in the table: {states}")
    if [seq for seq, _, _ in rows] != list(range(1, run.last_seq + 1)):
        found.append("its events have gaps or repeats")
    grades = Grade.objects.filter(run=run_id).count()
    if grades != (1 if run.state in GRADED else 0):
        found.append(f"{grades} grades, as {run.state}")
    if states.count(State.CLAIMED) != run.attempt:
        found.append(f"{states.count(State.CLAIMED)} claims, attempt {run.attempt}")
    return found


def honest(trial: Trial, run: Run) -> bool:
    """One fault costs one attempt, so the run has its grade; where it was the code's own process
    that was killed, it may end by saying that."""
    if run.state == State.PASSED:
        return True
    killed = run.state == State.ERRORED and (run.error or {}).get("kind") == "killed"
    return killed and trial.fault == SANDBOX


def children(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def survivors(jobs: list[psutil.Process]) -> list[str]:
    _, alive = psutil.wait_procs(jobs, timeout=5)
    names = []
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                names.append(f"{process.name()} ({process.pid}) survived")
    return names


def figures(trials: list[Trial]) -> dict[str, Any]:
    """How many, how they ended, and how long what was interrupted took."""
    after_kill = [t.seconds for t in trials if t.fault in (WORKER, MACHINE, SUPERVISOR) and t.end]
    return {
        "injected": sum(trial.injected for trial in trials),
        "ended": sum(bool(trial.end) for trial in trials),
        "longest_after_kill": max(after_kill, default=0.0),
        "problems": [
            f"{trial.fault}, {trial.state}, run {trial.run}: {problem}"
            for trial in trials
            for problem in trial.problems
        ],
        "trials": [vars(trial) for trial in trials],
    }


def tidy(runs: Path) -> None:
    """As the beat and a worker that starts do."""
    pack_missing(runs, now=now())
    sweep(runs)


def left_over(home: Path) -> list[str]:
    """Processes of the site that are still there once it was ended, and folders of its runs."""
    deadline = time.monotonic() + 10
    alive: list[str] = []
    while time.monotonic() < deadline:
        alive = []
        for process in psutil.process_iter(["cmdline", "environ", "pid", "status"]):
            said = process.info
            command = " ".join(said["cmdline"] or [])
            own = (said["environ"] or {}).get("STUDYHUB_HOME") == str(home)
            own = own and ("celery" in command or "lab_faults_worker" in command)
            if process.pid != psutil.Process().pid and own and said["status"] != "zombie":
                alive.append(f"{command[:60]} ({process.pid}) was left running")
        if not alive:
            break
        time.sleep(0.2)
    patiently(lambda: tidy(home / "runs"))
    return alive + [f"{path.name} was left" for path in (home / "runs").glob("run-*")]
