"""Tier 3: a container engine, for nodes where neither namespaces nor Landlock are ours to use."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from labs.domain.jobs import Job
from labs.harness.bridge import CHUNK, EVENTS, HEAD, OUTPUT, RESULT
from labs.harness.launch import Launch
from labs.sandbox.bubblewrap import FIRST_UID
from labs.sandbox.cage import Cage, ChildEnds
from labs.sandbox.environment import environment
from labs.sandbox.gpu import gpu_names
from labs.sandbox.interpreter import Interpreter, code
from labs.sandbox.limits import MB, OPEN_FILES, rlimits, shared_memory_mb
from labs.sandbox.protocol import SandboxBroken
from labs.sandbox.seccomp_profile import profile
from labs.sandbox.staging import Staging
from labs.sandbox.supervised import SupervisedSandbox
from labs.sandbox.usage import Usage

IMAGE = "studyhub:latest"

_CODE, _SOLUTION, _DATA = Path("/code"), Path("/solution"), Path("/data")
_MODEL = Path("/model/model.pickle")
_HOME = Path("/tmp")
_PATIENCE = 15.0  # seconds for an engine to answer


class ContainerSandbox(SupervisedSandbox):
    """Promises what tier 1 does, as far as the engine keeps its own: a container of its own for
    each job, without network, capabilities and new privileges, with a read-only root, sized
    temporary file systems, a user of its own, our list of refused system calls, and the engine's
    limits on memory, processes and processors.

    Does not cover what tier 1 does not (with gVisor as the runtime, the host's kernel is no longer
    one of those), and beyond that: the image's files can be read by every job, so it must hold no
    secret; what is used is not measured, so a job that is too large is ended by the engine without
    a word of what was too much; calls younger than the list are the engine's to refuse; where the
    worker is killed, the container goes when the engine's client notices, a moment later. Whoever
    may use the engine may use the machine: the worker is trusted with that.

    Only its command line is tested without an engine; `doctor` runs a job in it where there is one.
    """

    tier = 3
    name = "container"
    shows_gpu = True

    def __init__(
        self, engine: Path, *, image: str = IMAGE, runtime: str = "", scratch: Path | None = None
    ) -> None:
        """engine: docker or podman. runtime: as the engine calls it, runsc for gVisor."""
        self._engine = engine
        self._image = image
        self._runtime = runtime
        self._scratch = scratch

    def _cage(self, job: Job) -> Cage:
        return ContainerCage(
            job, self._engine, image=self._image, runtime=self._runtime, scratch=self._scratch
        )


def find_engine() -> Path | None:
    """Podman first: it needs no daemon that is root."""
    found = shutil.which("podman") or shutil.which("docker")
    return Path(found) if found else None


def image_trouble(engine: Path, image: str) -> str:
    """What the engine says where it cannot start this image; empty where it can."""
    try:
        asked = subprocess.run(
            [str(engine), "image", "inspect", "--format", "{{.Id}}", image],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return "" if asked.returncode == 0 else (asked.stderr.strip() or f"no image {image}")


class ContainerCage:
    def __init__(
        self, job: Job, engine: Path, *, image: str, runtime: str, scratch: Path | None
    ) -> None:
        self._job = job
        self._engine = engine
        self._image = image
        self._runtime = runtime
        self._uid = FIRST_UID + job.slot
        self._staging = Staging(scratch)
        self._scratch = scratch
        self._files: tempfile.TemporaryDirectory[str] | None = None
        self._name = f"studyhub-{secrets.token_hex(8)}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, ends: ChildEnds, ends_at: float) -> "subprocess.Popen[bytes]":
        prefix = "studyhub-container-"
        self._files = tempfile.TemporaryDirectory(prefix=prefix, dir=self._scratch)
        seccomp = Path(self._files.name) / "seccomp.json"
        seccomp.write_text(json.dumps(profile()))
        self._process = process = subprocess.Popen(
            list(self.arguments(seccomp)),
            stdin=subprocess.PIPE,  # its end, however it comes about, is the container's
            stdout=subprocess.PIPE,
            stderr=ends.output,  # the engine's own words
            cwd="/",
        )
        assert process.stdout is not None
        copies = {
            stream: os.dup(end)
            for stream, end in ((OUTPUT, ends.output), (EVENTS, ends.events), (RESULT, ends.result))
        }
        threading.Thread(
            target=_sort, args=(process.stdout, copies), name=f"{self._name}-streams", daemon=True
        ).start()
        return process

    def began(self) -> None:
        """Nothing to measure."""

    def usage(self, memory_cap: int) -> Usage:
        """Nothing is measured, and cpu_seconds is None: the engine holds the limits.

        What an engine can tell costs more than it is worth here. `stats` takes one to two seconds a
        call, and of processor time says a percentage of a moment. Its control group has the exact
        sum, but lies where engine, driver of control groups and runtime put it, in a rootless
        engine's or a remote daemon's case where the worker cannot look; and the job's processes are
        no descendants of the engine's client. The bridge inside could look, but says nothing
        that may be believed.
        """
        return Usage(0, 0, 0, cpu_seconds=None)

    def kill(self) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._ask("kill", self._name)
            process.kill()
            process.wait()
        if process.returncode < 0:  # the client died, so nobody heard of the container's end
            self._ask("rm", "--force", self._name)

    def close(self) -> None:
        if self._files is not None:
            self._files.cleanup()
        self._staging.close()

    def arguments(self, seccomp: Path) -> Iterator[str]:
        """The engine's command line."""
        limits = self._job.limits
        disk, memory = limits.disk_mb, limits.memory_mb
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        yield from (str(self._engine), "run", "--rm", "--interactive", "--pull", "never")
        yield from ("--name", self._name, "--hostname", "lab", "--log-driver", "none")
        if self._runtime:
            yield from ("--runtime", self._runtime)
        yield from ("--network", "none", "--ipc", "private", "--cgroupns", "private")
        yield from ("--cap-drop", "ALL", "--security-opt", "no-new-privileges")
        yield from ("--security-opt", f"seccomp={seccomp}")
        yield from ("--user", f"{self._uid}:{self._uid}")
        yield from ("--read-only", "--tmpfs", f"/tmp:rw,nosuid,nodev,mode=1777,size={disk}m")
        yield from ("--shm-size", f"{shared_memory_mb(self._job)}m")
        yield from ("--tmpfs", "/srv:ro,size=4k")  # the image's copy of the site
        yield from ("--pids-limit", str(limits.processes + 2))  # the bridge, and the engine's own
        yield from ("--memory", f"{memory}m", "--memory-swap", f"{memory}m")
        yield from ("--cpus", str(processors), "--oom-score-adj", "1000")
        yield from ("--ulimit", "core=0", "--ulimit", f"nofile={OPEN_FILES}:{OPEN_FILES}")
        yield from ("--ulimit", f"fsize={disk * MB}:{disk * MB}")
        yield from self._gpus()
        yield from self._mounts()
        python = Interpreter(Path("/opt/venv/bin/python"), (), (), "")
        for name, value in environment(self._job, python, home=_HOME, code=_CODE).items():
            yield from ("--env", f"{name}={value}")
        yield from ("--workdir", str(_HOME), "--entrypoint", "python", self._image)
        yield from ("-P", "-s", "-B", "-m", "labs.harness.bridge")
        yield json.dumps(self._launch().to_json())

    def _launch(self) -> Launch:
        job = self._job
        return Launch(
            job=replace(job, solution=_SOLUTION, data=_DATA, model=_MODEL),
            events_fd=-1,  # the bridge knows
            output_fd=-1,
            uid=None,
            rlimits=rlimits(job, own_uid=False),
            confined=True,
            ends_at=job.limits.seconds(job.phase),  # seconds from the bridge's start
        )

    def _mounts(self) -> Iterator[str]:
        shown = {_CODE / part: source for part, source in code()[1].items()}
        shown |= {_SOLUTION: self._job.solution, _DATA: self._job.data}
        if self._job.phase == "predict":
            shown[_MODEL] = self._job.model
        for inside, source in shown.items():
            readable = self._staging.readable(source)
            if any(sign in f"{readable}{inside}" for sign in ',"\n'):
                raise SandboxBroken(
                    f"The engine cannot mount {readable}: give it a name without commas and quotes."
                )
            yield from ("--mount", f"type=bind,source={readable},target={inside},readonly")

    def _gpus(self) -> Iterator[str]:
        """A device request: the engine's toolkit brings the driver's files with it."""
        for name in gpu_names(self._job):
            if self._engine.name == "podman":
                yield from ("--device", f"nvidia.com/gpu={name}")
            else:
                yield from ("--gpus", name if name == "all" else f"device={name}")

    def _ask(self, *words: str) -> None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                [str(self._engine), *words], capture_output=True, timeout=_PATIENCE, check=False
            )


def _sort(frames: IO[bytes], ends: dict[int, int]) -> None:
    """Give each stream what is its own, until the container ends or says what is no frame."""
    with frames, contextlib.suppress(OSError):  # the reader has gone: the job is over
        while len(head := frames.read(HEAD.size)) == HEAD.size:
            stream, length = HEAD.unpack(head)
            if stream not in ends or length > CHUNK:
                break
            data = frames.read(length)
            while data:
                data = data[os.write(ends[stream], data) :]
    for end in ends.values():
        os.close(end)
