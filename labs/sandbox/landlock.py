"""Tier 2: Landlock, a stricter system call filter, rlimits and the supervisor; no namespaces."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from labs.domain.jobs import Job
from labs.harness.landlock import NEEDED_ABI, abi
from labs.harness.launch import Launch
from labs.sandbox.bubblewrap import FIRST_UID
from labs.sandbox.cage import Cage, ChildEnds
from labs.sandbox.disk import as_user, named_files, nameless_files
from labs.sandbox.environment import environment
from labs.sandbox.exposure import refuse_exposed
from labs.sandbox.interpreter import SYSTEM, Interpreter, code
from labs.sandbox.jobfolder import JobFolder
from labs.sandbox.limits import rlimits
from labs.sandbox.protocol import SandboxBroken
from labs.sandbox.reachable import reachable_interpreter
from labs.sandbox.seccomp import compile_filter
from labs.sandbox.supervised import SupervisedSandbox
from labs.sandbox.usage import (
    Usage,
    cpu_seconds,
    memory_and_threads_of,
    threads_of_this_user,
    tree,
)

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# The processors and the memory, as numpy, torch and their libraries ask for them.
_READABLE = (
    *("/etc/ld.so.cache", "/etc/alternatives", "/sys/devices/system/cpu"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime"),
    *("/proc/version", "/proc/filesystems", "/proc/sys/vm/overcommit_memory"),
)
_PATIENCE = 10.0  # seconds for the keeper to start the harness, and to end the job


class LandlockSandbox(SupervisedSandbox):
    """Promises, on machines where user namespaces and mounts are blocked (Linux 6.12 or newer):

    the job opens nothing but the system's /usr, this Python, its own solution and its job's data;
    it makes and changes files in one folder of its own only, which vanishes with it; it has no
    network and no socket but pairs of its own; it can neither signal nor trace what is not its
    own, holds no privilege and can gain none; it stays within its limits; nothing of it outlives
    the job or the worker.

    Does not cover what tier 1 does not, and beyond that: a job can ask whether a path that its
    user may reach exists, how large it is and when it changed, and so which process ids are taken
    (Landlock does not look at metadata). Disk and file names are measured five times a second, not
    bounded by a file system of their own. As an ordinary user the process limit counts all of the
    user's processes, and is set when the job starts. Nothing ends a job whose worker and keeper
    are killed in the same instant.

    Works otherwise than tier 1: there is no /dev/shm, so data loaders must run without worker
    processes; temporary files go to $TMPDIR only; modes, owners and times of files cannot be
    changed; a process cannot leave its process group, though it is told that it did.
    """

    tier = 2
    name = "landlock"
    shows_gpu = False

    def __init__(self, *, as_root: bool, scratch: Path | None = None) -> None:
        """scratch: where jobs' folders are made, by default the system's temporary folder."""
        self._as_root = as_root
        self._scratch = scratch

    def _cage(self, job: Job) -> Cage:
        return LandlockCage(job, as_root=self._as_root, scratch=self._scratch)


class LandlockCage:
    def __init__(self, job: Job, *, as_root: bool, scratch: Path | None) -> None:
        self._job = job
        self._uid = FIRST_UID + job.slot if as_root else None
        self._scratch = scratch
        self._folder: JobFolder | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._found = (0, 0)  # bytes and number of files, at the last walk
        self._next_walk = 0.0
        self._group: int | None = None  # of all the job's processes: the harness's process id

    def start(self, ends: ChildEnds, ends_at: float) -> "subprocess.Popen[bytes]":
        if abi() < NEEDED_ABI:
            raise SandboxBroken(f"Landlock {NEEDED_ABI} is needed, this kernel has {abi()}")
        self._folder = folder = JobFolder(self._scratch, self._uid)
        python = reachable_interpreter(self._uid)
        inside, rules = self._lay_out(folder, python)
        launch = Launch(
            job=inside,
            events_fd=ends.events,
            output_fd=ends.result,
            uid=None,  # the keeper changes it, before Landlock
            rlimits=self._rlimits(),
            confined=True,
            ends_at=ends_at,
        )
        charge = {
            "command": [
                str(python.executable),
                *("-P", "-s", "-B", "-m", "labs.harness"),
                json.dumps(launch.to_json()),
            ],
            "environment": environment(
                self._job, python, home=folder.home, code=folder.path / "code"
            ),
            "home": str(folder.home),
            "folder": str(folder.path),
            "rules": rules,
            "uid": self._uid,
            "parent": os.getpid(),
            "passed": [ends.events, ends.result],
        }
        self._keeper = self._start_keeper(ends, charge)
        return self._keeper

    def began(self) -> None:
        """Everything can be measured from the start."""

    def usage(self, memory_cap: int) -> Usage:
        if self._keeper is None or self._folder is None:
            return Usage(0, 0, 0)
        pids = list(tree(self._keeper.pid))[1:]
        size, names = self._named_files(self._folder.home)
        with as_user(self._uid):
            memory, threads = memory_and_threads_of(pids, memory_cap)
            size += nameless_files(pids)
        spent = cpu_seconds(pids)
        return Usage(memory=memory, processes=threads, files=names, disk=size, cpu_seconds=spent)

    def _named_files(self, home: Path) -> tuple[int, int]:
        """A walk through many files takes long and hinders the job: a fifth of the time at most."""
        now = time.monotonic()
        if now >= self._next_walk:
            self._found = named_files(home)
            self._next_walk = now + 5 * (time.monotonic() - now)
        return self._found

    def kill(self) -> None:
        keeper = self._keeper
        if keeper is None:
            return
        with contextlib.suppress(ProcessLookupError):
            keeper.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            if keeper.wait(_PATIENCE) >= 0:
                return
        self._end_without_keeper()
        keeper.kill()
        keeper.wait()

    def close(self) -> None:
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    def _end_without_keeper(self) -> None:
        """Somebody killed the keeper, or stopped it."""
        until = time.monotonic() + _PATIENCE
        with contextlib.suppress(ProcessLookupError):
            while self._group is not None and time.monotonic() < until:
                os.killpg(self._group, signal.SIGKILL)
                time.sleep(0.02)

    def _start_keeper(self, ends: ChildEnds, charge: dict[str, Any]) -> "subprocess.Popen[bytes]":
        project, _ = code()
        told_read, told_write = os.pipe()
        with open(told_read, "rb") as told:
            try:
                keeper = subprocess.Popen(
                    [sys.executable, "-S", "-s", "-P", "-B", "-m", "labs.harness.keeper"],
                    stdin=subprocess.PIPE,
                    stdout=ends.output,
                    stderr=ends.output,
                    env={"PYTHONPATH": str(project)},
                    cwd="/",
                    pass_fds=(ends.events, ends.result, told_write),
                    start_new_session=True,
                )
            finally:
                os.close(told_write)
            filtered = compile_filter(shielded=(keeper.pid, os.getpid()))
            whole = charge | {"filter": base64.b64encode(filtered).decode(), "told": told_write}
            assert keeper.stdin is not None
            with contextlib.suppress(BrokenPipeError), keeper.stdin:
                keeper.stdin.write(json.dumps(whole).encode())
            pid = told.readline().strip()
        self._group = int(pid) if pid else None
        return keeper

    def _rlimits(self) -> dict[str, int]:
        limits = rlimits(self._job, own_uid=True)
        if self._uid is None:
            limits["RLIMIT_NPROC"] += threads_of_this_user()
        return limits

    def _lay_out(self, folder: JobFolder, python: Interpreter) -> tuple[Job, list[tuple[str, str]]]:
        """The job with the paths that it will use, and what Landlock is to allow."""
        job = self._job
        sources = {"solution": job.solution, "data": job.data}
        if job.phase == "predict":
            sources["model"] = job.model
        for source in sources.values():
            refuse_exposed(source, python.folders)
        own = {name: folder.shown(name, source) for name, source in sources.items()}
        for part, source in code()[1].items():
            folder.own(f"code/{part}", source)
        rules = [("run", str(path)) for path in (*_system(), *python.folders)]
        rules += [("read", str(path)) for path in (folder.path / "code", *own.values())]
        rules += [("read", path) for path in _READABLE]
        rules += [("device", path) for path in _DEVICES]
        rules.append(("work", str(folder.home)))
        inside = replace(
            job, solution=own["solution"], data=own["data"], model=own.get("model", job.model)
        )
        return inside, rules


def _system() -> Iterator[Path]:
    yield SYSTEM
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.isdir(name) and not os.path.islink(name):
            yield Path(name)
