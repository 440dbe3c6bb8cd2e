"""A small lab for the sandbox's tests: a solution in, a result out; the same code unconfined."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy

from labs.domain.jobs import Job, JobResult, Limits, Phase
from labs.sandbox import Sandbox, run_job

REACHED = "REACHED"  # what an attack prints once it got what it wanted
MODEST = Limits(
    train_seconds=20,
    predict_seconds=20,
    memory_mb=400,
    disk_mb=32,
    processes=40,
    model_mb=8,
    predictions_mb=4,
)

_BARE = """
import json, sys, types
from pathlib import Path
folder, solution = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(solution))
targets = json.loads((folder / "targets.json").read_text())
data = types.SimpleNamespace(targets=targets, files=[folder / "x.npy"])
import solution
solution.train(data, None)
"""


@dataclass
class Ran:
    result: JobResult
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [data for each, data in self.events if each == kind]

    @property
    def error_kind(self) -> str | None:
        return self.result.error.kind if self.result.error else None


class SmallLab:
    """One lab's folders below `folder`. targets: what attacks aim at, `data.targets` inside."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.solution = folder / "solution"
        self.train_data = folder / "train"
        self.hidden = folder / "hidden"
        self.model = folder / "model.pickle"
        for each in (self.solution, self.train_data, self.hidden):
            each.mkdir(parents=True)
        numpy.save(self.train_data / "x.npy", numpy.arange(10.0))
        numpy.save(self.hidden / "x.npy", numpy.arange(4.0))
        (self.train_data / "files.json").write_text('["x.npy"]')
        self.aim_at({})
        manifest = {
            "train_x": {"type": "array", "file": "x.npy"},
            "files": {"type": "paths", "file": "files.json"},
            "targets": {"type": "json", "file": "targets.json"},
        }
        (self.train_data / "manifest.json").write_text(json.dumps(manifest))
        inputs = {"inputs": {"type": "array", "file": "x.npy"}}
        (self.hidden / "manifest.json").write_text(json.dumps(inputs))

    def aim_at(self, targets: dict[str, Any]) -> None:
        (self.train_data / "targets.json").write_text(json.dumps(targets))

    def write(self, code: str) -> None:
        """A train function's body, or a whole module if it defines train itself."""
        code = textwrap.dedent(code)
        if "def train" not in code:
            code = "def train(data, run):\n" + textwrap.indent(code, "    ")
        if "def predict" not in code:
            code += "\ndef predict(model, inputs, run):\n    return inputs\n"
        (self.solution / "solution.py").write_text(code)

    def job(self, phase: Phase = "train", limits: Limits = MODEST, seed: int = 1) -> Job:
        return Job(
            id=f"test-{phase}",
            phase=phase,
            solution=self.solution,
            entry="solution",
            data=self.train_data if phase == "train" else self.hidden,
            model=self.model,
            device="cpu",
            seed=seed,
            limits=limits,
            slot=os.getpid() % 1_000,  # parallel test processes must not share a user
        )

    def run(
        self,
        phase: Phase = "train",
        limits: Limits = MODEST,
        should_stop: Callable[[], str | None] = lambda: None,
        seed: int = 1,
    ) -> Ran:
        events: list[tuple[str, dict[str, Any]]] = []
        result = run_job(
            self.sandbox,
            self.job(phase, limits, seed),
            on_event=lambda kind, data: events.append((kind, data)),
            should_stop=should_stop,
        )
        return Ran(result, events)

    def train(self, code: str, limits: Limits = MODEST) -> Ran:
        self.write(code)
        return self.run("train", limits)

    def bare(self, code: str, seconds: float = 20) -> str:
        """What the same train prints in a plain process."""
        self.write(code)
        with tempfile.TemporaryFile() as output:  # a pipe would wait for what is left behind
            subprocess.run(
                [sys.executable, "-c", _BARE, str(self.train_data), str(self.solution)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=seconds,
                check=False,
            )
            output.seek(0)
            return output.read().decode()


def processes_with(marker: str) -> list[int]:
    """Processes of this machine, in whatever namespace, with marker in their command line."""
    found = []
    # the newest first: what forks on and on lives for a moment only
    for pid in sorted((int(name) for name in os.listdir("/proc") if name.isdigit()), reverse=True):
        try:
            if marker.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
