"""`make soak`: the long proofs, one step after the other, at most 90 minutes in all.

Each step's result is kept in var/soak.json with the state of the code that it was found for. A run
that was interrupted, or is repeated, goes on with the steps that have not passed for this state.
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.site import ROOT

TOTAL_MINUTES = 90
RECORD = ROOT / "var" / "soak.json"
PASSED, FAILED, OUT_OF_TIME = "passed", "failed", "out of time"


@dataclass(frozen=True)
class Step:
    """A command that fails with another status than 0. One that `measures` takes `--out FILE` and
    writes its figures there as JSON."""

    name: str
    about: str
    command: tuple[str, ...]
    minutes: float
    measures: bool = False


@dataclass(frozen=True)
class Result:
    state: str
    seconds: float
    figures: Any = field(default=None)


PROOFS = (
    Step(
        "scale",
        "due list, session and changes with ten million events",
        ("-m", "tests.soak.scale"),
        minutes=30,
        measures=True,
    ),
    Step(
        "load",
        "many devices at once, the web server killed on the way",
        ("-m", "tests.soak.load"),
        minutes=10,
        measures=True,
    ),
    Step(
        "faults",
        "web server, worker and database killed in the midst of their work",
        ("-m", "tests.soak.faults"),
        minutes=8,
        measures=True,
    ),
    Step(
        "lab faults",
        "workers, sandboxes, databases and brokers failing under runs, in every state",
        ("-m", "tests.soak.lab_faults"),
        minutes=25,
        measures=True,
    ),
)


def steps_of(folder: Path = ROOT / "tests" / "unit") -> list[Step]:
    """The proofs, and one step for each file with properties: those of sync first."""
    files = [path for path in sorted(folder.rglob("test_*.py")) if "@given(" in path.read_text()]
    files.sort(key=lambda path: "sync" not in path.name)
    pytest = ("-m", "pytest", "-n", "2", "--hypothesis-profile", "soak", "-m", "hypothesis")
    properties = [
        Step(
            str(path.relative_to(folder)).removesuffix(".py").replace("test_", ""),
            "its properties with many more cases",
            (*pytest, str(path)),
            minutes=20,
        )
        for path in files
    ]
    return [*PROOFS, *properties]


def main(arguments: Sequence[str] | None = None, steps: Sequence[Step] = ()) -> int:
    steps = steps or steps_of()
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--again", action="store_true", help="start anew")
    parser.add_argument("--step", action="append", metavar="NAME", help="only this one; repeatable")
    parser.add_argument("--record", type=Path, default=RECORD, help="default: var/soak.json")
    asked = parser.parse_args(arguments)
    names = [step.name for step in steps]
    if unknown := [name for name in asked.step or () if name not in names]:
        parser.error(f"there is no step {unknown[0]!r}; the steps are {', '.join(names)}")
    chosen = [step for step in steps if asked.step is None or step.name in asked.step]
    code = state_of_code()
    record = {} if asked.again else _read(asked.record, code)
    end = time.monotonic() + 60 * TOTAL_MINUTES
    for step in chosen:
        if step.name in record and record[step.name].state == PASSED:
            continue
        _say(f"\n{step.name}: {step.about}")
        record[step.name] = _run(step, min(60 * step.minutes, end - time.monotonic()))
        _write(asked.record, code, record)
    _say(_table(chosen, record, code))
    return 0 if all(record[step.name].state == PASSED for step in chosen) else 1


def state_of_code() -> str:
    """The commit, with a mark of what differs from it; empty outside a repository."""

    def git(*words: str) -> bytes:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, check=True, timeout=60
        ).stdout

    try:
        commit = git("rev-parse", "HEAD").decode().strip()
        changed = git("diff", "HEAD") + git("ls-files", "--others", "--exclude-standard")
    except (OSError, subprocess.SubprocessError):
        return ""
    return commit + (f"+{hashlib.sha256(changed).hexdigest()[:8]}" if changed else "")


def _read(path: Path, code: str) -> dict[str, Result]:
    """What is known about this state of the code; nothing about an unknown one."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    if not code or found.get("code") != code:
        return {}
    return {name: Result(**fields) for name, fields in found["steps"].items()}


def _write(path: Path, code: str, record: dict[str, Result]) -> None:
    path.parent.mkdir(exist_ok=True)
    told = {"code": code, "steps": {name: asdict(result) for name, result in record.items()}}
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as part:
        json.dump(told, part, indent=1)
    os.replace(part.name, path)


def _run(step: Step, seconds: float) -> Result:
    begun = time.monotonic()
    if seconds <= 0:
        return Result(OUT_OF_TIME, 0.0)
    with tempfile.TemporaryDirectory(prefix="studyhub-soak-") as folder:
        out = Path(folder) / "figures.json"
        command = [sys.executable, *step.command, *(["--out", str(out)] if step.measures else [])]
        process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        try:
            state = PASSED if process.wait(timeout=seconds) == 0 else FAILED
        except subprocess.TimeoutExpired:
            state = OUT_OF_TIME
        finally:
            _end(process)
        figures = json.loads(out.read_text()) if out.exists() else None
    return Result(state, round(time.monotonic() - begun, 1), figures)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ends what the step may have left behind; politely first, for servers clean up themselves."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            continue


def _table(steps: Sequence[Step], record: dict[str, Result], code: str) -> str:
    rows = [(step.name, record[step.name], step.about) for step in steps]
    head = f"\nStudyHub at {code[:12] or 'an unknown state'}{code[40:]}"
    return "\n".join(
        [head, *(f"{name:<28}{r.state:<12}{r.seconds:>8.0f} s  {about}" for name, r, about in rows)]
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
