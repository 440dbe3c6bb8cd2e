"""Attacks in a sandbox, and what one sees of them from outside."""

import ast
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from labs.domain.errors import PredictionsRejected
from labs.domain.refusals import UploadRefused
from labs.domain.uploads import Upload, read_upload
from labs.grading import parse_predictions
from labs.sandbox import Sandbox, run_job
from tests.sandbox.attack import REACHED, Alone, Answer, Attack, Handed, Orphan, Outcome
from tests.sandbox.lab import Ran, processes_with
from tests.sandbox.modules import of_alone, of_answer
from tests.sandbox.scene import SCRIPTS, Place, Scene, gone

PASS = 0.93
GONE = 5.0  # seconds for what has to end
# What an attack may raise when it is refused; anything else would be a mistake of its own.
REFUSALS = frozenset(
    (
        *("", "OSError", "PermissionError", "FileNotFoundError", "ProcessLookupError"),
        *("MemoryError", "BlockingIOError", "ConnectionRefusedError", "NotADirectoryError"),
        *("ValueError", "FileExistsError"),
    )
)
SIGSYS = 31

Make = Callable[[Path], Sandbox]


def batch(attacks: Iterable[Attack], there: Scene, sandbox: Sandbox | None) -> dict[str, Outcome]:
    assert sandbox is not None
    place = there.place((SCRIPTS / "inside.py").read_text())
    fill_batch(attacks, place, there)
    ran = run(sandbox, there, place, f"batch-{uuid.uuid4().hex[:8]}", train_seconds=300)
    told = read_batch(ran.result.log)
    harm = there.harm()
    missing = Outcome(broken=True, detail=f"not run: {ran.result.error} {ran.result.log[-300:]}")
    found = {each.name: replace(told.get(each.name, missing), absent="") for each in attacks}
    return {
        name: Outcome(reached=True, detail=harm) if harm and not outcome.reached else outcome
        for name, outcome in found.items()
    }


def fill_batch(attacks: Iterable[Attack], place: Place, there: Scene) -> None:
    programs = [[each.name, each.program] for each in attacks]
    (place.solution / "programs.json").write_text(json.dumps(programs))
    (place.solution / "link").symlink_to(there.labels)


def read_batch(log: str) -> dict[str, Outcome]:
    found = {}
    for line in log.splitlines():
        if not line.startswith('{"attack"'):
            continue
        told = json.loads(line)
        said = [each.strip() for each in told["said"].splitlines()]
        absent = next((each[7:] for each in said if each.startswith("ABSENT ")), "")
        reached = REACHED in said
        # the filter kills what speaks to the kernel as another instruction set
        ended = told["raised"] is None and told["signal"] != SIGSYS
        broken = not reached and (ended or (told["raised"] or "") not in REFUSALS)
        detail = " ".join(said)[-120:] or (f"signal {told['signal']}" if told["signal"] else "")
        found[told["attack"]] = Outcome(
            reached=reached, broken=broken, absent="" if reached else absent, detail=detail
        )
    return found


def alone(attack: Alone, there: Scene, where: str, make: Make) -> Outcome:
    marker = f"attack-{uuid.uuid4().hex}"
    place = there.place("", marker)
    (place.solution / "solution.py").write_text(of_alone(attack, marker, place))
    if isinstance(attack, Orphan):
        return _orphan(attack, there, place, marker, where)
    sandbox = make(place.scratch)
    ran = run(sandbox, there, place, marker, **attack.limits)
    log = ran.result.log
    if ran.result.ok and "BOTH = True" in (place.solution / "solution.py").read_text():
        ran = run(sandbox, there, place, marker, phase="predict", **attack.limits)
        log += ran.result.log
    kind = ran.error_kind or "done"
    through = REACHED in log.splitlines() and "it said so"
    through = through or (attack.judge(ran) if attack.judge else "")
    through = through or _left(there, place, marker, attack.scans)
    if through:
        return Outcome(reached=True, detail=through)
    if attack.ends and kind not in attack.ends:
        error = ran.result.error
        return Outcome(
            broken=True, detail=f"ended as {kind}: {error and error.message} {log[-200:]}"
        )
    shutil.rmtree(place.solution.parent, ignore_errors=True)
    return Outcome(detail=kind)


def run(
    sandbox: Sandbox, there: Scene, place: Place, identity: str, phase="train", **limits
) -> Ran:  # type: ignore[no-untyped-def]
    ran = Ran(None)  # type: ignore[arg-type]  # filled below
    ran.result = run_job(
        sandbox,
        there.job(identity, place, phase, **limits),
        on_event=lambda kind, data: ran.events.append((kind, data)),
        should_stop=lambda: None,
    )
    return ran


def _left(there: Scene, place: Place, marker: str, scans: int = 3) -> str:
    """What the job has left behind, or spoiled."""
    if left := gone(marker, scans, GONE):
        _sweep(marker)
        return f"processes {left} go on"
    if sorted(each.name for each in place.precious.iterdir()) != ["file"]:
        return "what is precious was touched"
    if (place.precious / "file").stat().st_mode & 0o777 != 0o666:
        return "what is precious was opened or closed"
    if left := [each.name for each in place.scratch.iterdir()]:
        return f"files were left: {left}"
    return there.harm()


def _sweep(marker: str) -> None:
    """Ends what an attack got through with, as far as it can be caught."""
    for _ in range(50):
        for pid in processes_with(marker):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _orphan(attack: Orphan, there: Scene, place: Place, marker: str, where: str) -> Outcome:
    job = there.job(marker, place, "train", train_seconds=60)
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.sandbox.holder"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(place.solution.parent)},  # what a killed worker leaves
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    with worker.stdin, worker.stdout:
        asked = {"where": where, "job": job.to_json(), "scratch": str(place.scratch)}
        worker.stdin.write(json.dumps(asked) + "\n")
        worker.stdin.flush()
        said = worker.stdout.readline().strip()
        began = processes_with(marker)
        worker.kill()
        worker.wait()
    if said != "BEGUN" or not began:
        return Outcome(broken=True, detail=f"it did not begin: {said!r} {began}")
    if left := gone(marker, attack.scans, GONE):
        _sweep(marker)
        return Outcome(reached=True, detail=f"processes {left} go on")
    return Outcome(detail="gone with the worker")


def answer(attack: Answer, there: Scene, make: Make) -> Outcome:
    marker = f"attack-{uuid.uuid4().hex}"
    place = there.place("", marker)
    (place.solution / "solution.py").write_text(of_answer(attack, place))
    shutil.copy(there.folder / "model.pickle", place.solution.parent / "model.pickle")
    ran = run(make(place.scratch), there, place, marker, phase="predict")
    if left := _left(there, place, marker):
        return Outcome(reached=True, detail=left)
    if ran.error_kind:
        known = ran.error_kind in ("bad_predictions", "out_of_memory", "raised")
        return Outcome(broken=not known, detail=f"{ran.result.error}")
    try:
        given = parse_predictions(ran.result.predictions or b"", there.prepared)
    except PredictionsRejected as refused:
        return Outcome(detail=refused.kind)
    except Exception as fallen:  # noqa: BLE001 - any other error would end the worker's task
        return Outcome(reached=True, detail=f"the grader fell: {type(fallen).__name__}")
    truth = there.prepared.truth
    share = float(np.mean(given.values[truth.final] == truth.targets[truth.final]))
    return Outcome(reached=share >= PASS, detail=f"graded honestly: {share:.2f}")


def handed(attack: Handed) -> Outcome:
    try:
        solution = read_upload(Upload(attack.file, attack.make()))
    except UploadRefused as refused:
        return Outcome(detail=refused.reason)
    except Exception as fallen:  # noqa: BLE001 - any other error would be a 500
        return Outcome(reached=True, detail=f"the reading fell: {type(fallen).__name__}")
    size = sum(map(len, solution.files.values()))
    if size > 10_000_000 or len(solution.files) > 500:
        return Outcome(reached=True, detail=f"{len(solution.files)} files, {size} bytes")
    for path, content in solution.files.items():
        if path.startswith("/") or ".." in Path(path).parts or "\\" in path:
            return Outcome(reached=True, detail=f"the path {path}")
        if path.endswith(".py") and "touch" in ast.dump(ast.parse(content)):
            return Outcome(reached=True, detail="a shell line in the code")
    return Outcome(detail="taken as text")
