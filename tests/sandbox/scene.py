"""What attacks aim at: a lab among secrets, servers and other processes, all of the worker's user.

Everything lies open to every user of the machine, so that file modes hold nothing: what holds is
the sandbox.
"""

import contextlib
import json
import os
import pickle
import platform
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from labs.domain.jobs import Job, Limits, Phase
from labs.grading import Prepared, load_exercise, prepare
from labs.sandbox import Sandbox
from labs.sandbox.seccomp import MACHINES, REFUSED
from tests.sandbox.attack import REACHED
from tests.sandbox.lab import processes_with
from tests.site import ROOT

SCRIPTS = Path(__file__).parent
MODEST = Limits(
    train_seconds=20,
    predict_seconds=20,
    memory_mb=200,
    disk_mb=32,
    processes=40,
    model_mb=8,
    predictions_mb=4,
)
_NEIGHBOUR = """
import json, os, socket, time

def train(data, run):
    os.umask(0)
    name = data.targets["name"]
    note = os.path.join(os.environ["TMPDIR"], name)
    kept = []
    def attempt(what):
        try:
            kept.append(what())
        except OSError as error:
            print(error)
    def write(path):
        with open(path, "w") as file:
            file.write("REACHED")
    def listen(address):
        s = socket.socket(socket.AF_UNIX)
        s.bind(address)
        s.listen()
        return s
    attempt(lambda: os.chmod(os.environ["TMPDIR"], 0o777))
    attempt(lambda: write(note))
    attempt(lambda: write("/dev/shm/" + name))
    attempt(lambda: listen("\\0" + name))
    attempt(lambda: listen(note + ".s"))
    print(json.dumps({"name": name, "note": note, "socket": note + ".s"}), flush=True)
    time.sleep(900)

def predict(model, inputs, run):
    return inputs
"""


@dataclass
class Place:
    """A solution's folder, and where its job may leave files."""

    solution: Path
    scratch: Path
    precious: Path


@dataclass
class Scene:
    """targets: what the programs know as `aim`. victims: processes that must not be touched."""

    folder: Path
    data: Path
    hidden: Path
    prepared: Prepared
    targets: dict[str, Any]
    victims: dict[str, "subprocess.Popen[bytes]"]
    labels: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _slot: int = 0

    def place(self, module: str, name: str = "") -> Place:
        folder = self.folder / "jobs" / (name or uuid.uuid4().hex[:8])
        made = Place(folder / "solution", folder / "tmp", folder / "precious")
        for each in (made.solution, made.scratch, made.precious):
            each.mkdir(parents=True)
            each.chmod(0o777)
        (made.precious / "file").write_text("precious")
        (made.precious / "file").chmod(0o666)
        (made.solution / "solution.py").write_text(module)
        return made

    def job(self, identity: str, place: Place, phase: Phase, **differs: float) -> Job:
        with self._lock:  # jobs beside each other need different users
            self._slot += 1
            slot = (os.getpid() * 7 + self._slot) % 9_000
        whole = {name: type(getattr(MODEST, name))(value) for name, value in differs.items()}
        return Job(
            id=identity,
            phase=phase,
            solution=place.solution,
            entry="solution",
            data=self.data if phase == "train" else self.hidden,
            model=place.solution.parent / "model.pickle",
            device="cpu",
            seed=1,
            limits=replace(MODEST, **whole),  # type: ignore[arg-type]  # of the field's own types
            slot=slot,
        )

    def harm(self) -> str:
        """What was done to things outside; empty where nothing was."""
        for name, process in self.victims.items():
            if process.poll() is not None:
                return f"{name} was ended by signal {-process.returncode}"
        if self.labels.read_text() != REACHED:
            return "the labels were changed"
        return ""


@contextlib.contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """In a folder of the present user's, which may hold `train` already (see places.py)."""
    folder.chmod(0o777)
    data = folder / "lab" / "train"
    labels = folder / "lab" / "labels.txt"
    for each in ("lab/train", "home", "drop", "jobs", "other", "cache", "prepared/other/truth"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    for path in (
        labels,
        folder / "other" / "model.pickle",
        folder / "cache" / "mnist",
        folder / "prepared" / "other" / "truth" / "targets.npy",
        folder / "secret",
    ):
        path.write_text(REACHED)
    (folder / "spare").write_text("x")
    _fill_data(data)
    _open_to_all(folder)
    name = f"studyhub-test-{uuid.uuid4().hex[:12]}"
    with contextlib.ExitStack() as stack:
        victims = {"the worker's helper": _sleeper(stack)}
        weak = [_sleeper(stack) for _ in range(2)]
        victims |= {f"process {number}": each for number, each in enumerate(weak)}
        secret = os.open(folder / "secret", os.O_RDONLY)
        os.set_inheritable(secret, True)
        stack.callback(os.close, secret)
        targets = {
            **_servers(stack, folder, name),
            "calls": system_calls(),
            "labels": str(labels),
            "model": str(folder / "lab" / "planted"),
            "other_model": str(folder / "other" / "model.pickle"),
            "cache": str(folder / "cache" / "mnist"),
            "prepared": str(folder / "prepared"),
            "home": str(folder / "home"),
            "drop": str(folder / "drop"),
            "spare": str(folder / "spare"),
            "project": str(ROOT / "pyproject.toml"),
            "grader": str(ROOT / "labs" / "grading" / "outcome.py"),
            "harness": str(ROOT / "labs" / "harness" / "main.py"),
            "environment": sysconfig.get_path("purelib"),
            "worker": os.getpid(),
            "group": os.getpgid(0),
            "victim": victims["the worker's helper"].pid,
            "weak": [each.pid for each in weak],
            "secret_fd": secret,
            "terminal": os.ttyname(0) if os.isatty(0) else "/dev/tty",
        }
        hidden = _prepared(folder)
        made = Scene(folder, data, hidden.hidden, hidden, targets, victims, labels)
        aim_at(made, {"name": name})
        yield made


def aim_at(scene: Scene, targets: dict[str, Any]) -> None:
    scene.targets |= targets
    path = scene.data / "targets.json"
    path.write_text(json.dumps(scene.targets))
    path.chmod(0o666)


def system_calls() -> dict[str, int | None]:
    machine = MACHINES[platform.machine()]
    numbers = {name: columns[machine.column] for name, columns in REFUSED.items()}
    return numbers | {"clone": machine.clone, "clone3": machine.clone3, "ioctl": machine.ioctl}


@contextlib.contextmanager
def neighbour(scene: Scene, sandbox: Sandbox | None) -> Iterator[None]:
    """Another learner's job beside the attacks, in the same kind of sandbox (None: none)."""
    name = scene.targets["name"]
    place = scene.place(_NEIGHBOUR, "neighbour")
    with contextlib.ExitStack() as stack:
        if sandbox is None:
            output = place.scratch / "output"
            process = subprocess.Popen(
                [sys.executable, str(SCRIPTS / "bare.py"), "train", str(scene.data),
                 str(place.solution), name],
                env={"TMPDIR": str(place.scratch)},
                stdout=output.open("wb"),
                stderr=subprocess.STDOUT,
            )  # fmt: skip
            stack.callback(process.wait)
            stack.callback(process.kill)
            told = _wait_for(lambda: output.read_text().splitlines())
        else:
            handle = sandbox.start(scene.job(name, place, "train", train_seconds=900))
            stack.callback(sandbox.cleanup, handle)
            told = _wait_for(lambda: [e.data.get("line", "") for e in handle.events(0.2)])
        aim_at(scene, {"neighbour": {**told, "pids": processes_with(name)}})
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.unlink(f"/dev/shm/{name}")


def gone(marker: str, scans: int, seconds: float) -> list[int]:
    """Processes with the marker that are there still after some seconds; empty where none are.

    scans: how often in a row nothing has to be found.
    """
    until, missed = time.monotonic() + seconds, 0
    while missed < scans:
        found = processes_with(marker)
        missed = 0 if found else missed + 1
        if found and time.monotonic() > until:
            return found
        time.sleep(0.02 if found else 0.005)
    return []


def _wait_for(lines: Any) -> dict[str, str]:
    for _ in range(300):
        for line in lines():
            if line.startswith("{"):
                return json.loads(line)
        time.sleep(0.05)
    raise TimeoutError("the neighbour did not begin")


def _fill_data(data: Path) -> None:
    np.save(data / "x.npy", np.arange(10.0))
    for name, text in (("files.json", '["x.npy"]'), ("spare", "x"), ("targets.json", "{}")):
        (data / name).write_text(text)
    manifest = {
        "files": {"type": "paths", "file": "files.json"},
        "targets": {"type": "json", "file": "targets.json"},
    }
    (data / "manifest.json").write_text(json.dumps(manifest))


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.name != "identity":  # root's own, see places.py
            path.chmod(0o777 if path.is_dir() else 0o666)


def _prepared(folder: Path) -> Prepared:
    """A small lab of the real shape: 400 images of threes and sevens."""
    random = np.random.default_rng(1)
    labels = np.array([3, 7] * 200, dtype=np.uint8)
    files = {"images.npy": random.integers(0, 200, (400, 28, 28)).astype(np.uint8)}
    files["labels.npy"] = labels
    for name, array in files.items():
        np.save(folder / "cache" / name, array)
    exercise = load_exercise(ROOT / "labs" / "exercises" / "mnist-baseline")
    paths = {name: folder / "cache" / name for name in files}
    made = prepare(exercise, paths, secret=b"s" * 32, out=folder / "prepared")
    answers = folder / "answers"
    answers.mkdir()
    shutil.copy(made.hidden / "inputs.npy", answers / "inputs.npy")
    np.save(answers / "truth.npy", made.truth.targets.astype(np.int64))
    (folder / "model.pickle").write_bytes(pickle.dumps(None))
    return made


def _servers(stack: contextlib.ExitStack, folder: Path, name: str) -> dict[str, Any]:
    tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    udp.bind(("127.0.0.1", 0))
    named = {"unix": str(folder / "s"), "datagrams": str(folder / "d")}
    for address, kind in (
        (named["unix"], socket.SOCK_STREAM),
        (named["datagrams"], socket.SOCK_DGRAM),
        (f"\0{name}-worker", socket.SOCK_STREAM),
    ):
        server = stack.enter_context(socket.socket(socket.AF_UNIX, kind))
        server.bind(address)
        if address[0] != "\0":
            os.chmod(address, 0o777)
        if kind == socket.SOCK_STREAM:
            server.listen(100)
    return {
        **named,
        "tcp": tcp.getsockname()[1],
        "udp": udp.getsockname()[1],
        "abstract": f"{name}-worker",
    }


def _sleeper(stack: contextlib.ExitStack) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(900)"])
    stack.callback(process.wait)
    stack.callback(process.send_signal, signal.SIGKILL)
    return process
