"""A sandbox started before its job is known: Python runs, libraries are imported, nothing is seen.

A sandbox's mounts are fixed when it starts, so it gets empty folders for solution, data and model,
read-only inside. When its job comes, the files of that job, and of no other, are linked into these
folders from outside. So a warm sandbox promises what a cold one does: it never sees the data of
another lab, a train sandbox never sees a hidden input, and it serves one job and dies.

What cannot be changed after the start (`Shape`) must be as the job wants it; else the job starts
cold.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from labs.domain.jobs import Job
from labs.harness.launch import WarmUp
from labs.sandbox.bubblewrap import BubblewrapCage
from labs.sandbox.cage import ChildEnds
from labs.sandbox.environment import environment
from labs.sandbox.interpreter import code, this_interpreter
from labs.sandbox.limits import shared_memory_mb
from labs.sandbox.protocol import SandboxBroken
from labs.sandbox.staging import others_may_read

_MODEL_FOLDER = Path("/model")
_PATIENCE = 120.0  # seconds for the imports; torch takes some on a busy machine
_SAID = 2_000  # bytes of what one that did not start said


@dataclass(frozen=True)
class Shape:
    """What is settled when a sandbox starts."""

    phase: str
    device: str
    disk_mb: int
    shared_memory_mb: int
    environment: tuple[tuple[str, str], ...]  # the seed of hashes, the threads

    @classmethod
    def of(cls, job: Job) -> "Shape":
        variables = environment(job, this_interpreter(), home=Path("/"), code=Path("/"))
        return cls(
            phase=job.phase,
            device=job.device,
            disk_mb=job.limits.disk_mb,
            shared_memory_mb=shared_memory_mb(job),
            environment=tuple(sorted(variables.items())),
        )


@dataclass(frozen=True)
class Wish:
    """A sandbox to have ready: for jobs of this one's shape, with these modules imported."""

    job: Job
    imports: tuple[str, ...]


class WarmCage(BubblewrapCage):
    """One sandbox that waits, and later its one job.

    folder: what its job will see, on the file system of the data, so that files can be linked.
    """

    def __init__(self, wish: Wish, bwrap: Path, *, as_root: bool, folder: Path) -> None:
        placeholder = replace(
            wish.job, solution=folder / "solution", data=folder / "data", model=folder / "model"
        )
        super().__init__(placeholder, bwrap, as_root=as_root, scratch=None)
        self.shape = Shape.of(wish.job)
        self.imports = wish.imports
        self.resident = 0  # bytes, once it is ready
        self._folder = folder
        self._door: socket.socket | None = None
        self._words: IO[bytes] | None = None
        self._job_given: Job | None = None
        self._release = ExitStack()

    def warm_up(self) -> None:
        """Start and wait until it is ready. Raises SandboxBroken."""
        shutil.rmtree(self._folder, ignore_errors=True)  # of a worker that was killed
        for each in (self._job.solution, self._job.data, self._job.model):
            each.mkdir(parents=True)
            each.chmod(0o755)
        self._folder.chmod(0o755)
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # A pipe, as a job's output is one: Python's streams remember what they were opened on.
        self._words, output = (os.fdopen(end, "rb", 0) for end in os.pipe())
        with theirs, output:
            warm_up = WarmUp(door=theirs.fileno(), imports=self.imports, uid=self._uid)
            self._spawn(warm_up.to_json(), output=output.fileno(), kept=(theirs.fileno(),))
        self._door.settimeout(_PATIENCE)
        try:
            ready = self._door.recv(1)
        except TimeoutError:
            ready = b""
        if not ready:
            self.kill()
            raise SandboxBroken(f"it did not become ready: {self._words.read(_SAID)!r}")
        self.began()
        self.resident = self.usage(0).memory

    @property
    def waits(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def keep(self, held: AbstractContextManager[object]) -> None:
        """Something to leave when this is closed."""
        self._release.push(held)

    def give(self, job: Job) -> None:
        """The job that `start` will begin."""
        self._job_given = job

    def start(self, ends: ChildEnds, ends_at: float) -> "subprocess.Popen[bytes]":
        """Raises OSError where the waiting process is gone."""
        job, door, process = self._job_given, self._door, self._process
        if job is None or door is None or process is None:
            raise OSError("no warm sandbox")
        project, _ = code()
        shown = [(job.solution, self._job.solution), (job.data, self._job.data)]
        if job.phase == "predict":
            shown.append((job.model, self._job.model / "model.pickle"))
        for source, place in shown:
            self._refuse_exposed(source, project, this_interpreter().folders)
            _show(source, place, everybody=self._as_root)
        message = json.dumps(self._launch(job, ends, ends_at).to_json()).encode()
        socket.send_fds(door, [message], [ends.output, ends.events, ends.result])
        door.close()
        return process

    def close(self) -> None:
        for end in (self._door, self._words):
            if end is not None:
                end.close()
        super().close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._release.close()

    def _of_the_job(self) -> dict[Path, Path]:
        own = super()._of_the_job()
        folder = {_MODEL_FOLDER: self._job.model} if self._job.phase == "predict" else {}
        return {inside: at for inside, at in own.items() if at != self._job.model} | folder


def _show(source: Path, place: Path, *, everybody: bool) -> None:
    """Make a file or a folder's files appear below a folder that is mounted already.

    By links; what cannot be linked, or could not be read by the job's user (everybody), is copied.
    """
    if not source.is_dir():
        _show_file(source, place, everybody=everybody)
        return
    for path in sorted(source.rglob("*")):
        target = place / path.relative_to(source)
        if path.is_dir() and not path.is_symlink():
            target.mkdir()
            target.chmod(0o755)
        else:
            _show_file(path, target, everybody=everybody)


def _show_file(path: Path, target: Path, *, everybody: bool) -> None:
    if not everybody or others_may_read(path):
        with contextlib.suppress(OSError):  # another file system, or too many links
            os.link(path, target, follow_symlinks=False)
            return
    shutil.copyfile(path, target, follow_symlinks=False)
    if not target.is_symlink():
        target.chmod(0o644)
