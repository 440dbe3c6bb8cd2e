"""Tier 0: the same harness in a plain process, for one's own code on one's own machine."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from labs.domain.jobs import Job
from labs.harness.launch import Launch
from labs.sandbox.cage import Cage, ChildEnds
from labs.sandbox.environment import environment
from labs.sandbox.gpu import chosen_gpus
from labs.sandbox.interpreter import code, this_interpreter
from labs.sandbox.limits import rlimits
from labs.sandbox.supervised import SupervisedSandbox
from labs.sandbox.usage import Usage, cpu_seconds, memory_and_threads, tree


class TrustedSandbox(SupervisedSandbox):
    """Confines nothing. The code can read and change whatever its user can, use the network, and
    leave processes behind if it tries to.

    It has a clean environment and a temporary folder of its own; time, output and sizes are
    limited as in every tier, memory where /proc tells it, all against accidents and not against
    intent. Offer it only for code of the person who runs it, and say so beside every result.
    """

    tier = 0
    name = "trust"
    shows_gpu = True

    def _cage(self, job: Job) -> Cage:
        return TrustedCage(job)


class TrustedCage:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._home = Path(tempfile.mkdtemp(prefix="studyhub-trusted-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, ends: ChildEnds, ends_at: float) -> "subprocess.Popen[bytes]":
        launch = Launch(
            job=self._job,
            events_fd=ends.events,
            output_fd=ends.result,
            uid=None,
            rlimits=rlimits(self._job, own_uid=False),
            confined=False,
            ends_at=ends_at,
        )
        python = this_interpreter()
        project, _ = code()
        self._process = subprocess.Popen(
            [
                str(python.executable),
                *("-P", "-s", "-B", "-m", "labs.harness"),
                json.dumps(launch.to_json()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=ends.output,
            stderr=ends.output,
            env=environment(self._job, python, home=self._home, code=project) | chosen_gpus(),
            cwd=self._home,
            pass_fds=(ends.events, ends.result),
            start_new_session=True,
        )
        return self._process

    def began(self) -> None:
        """Nothing to measure but processes."""

    def usage(self, memory_cap: int) -> Usage:
        if self._process is None:
            return Usage(0, 0, 0)
        memory, threads = memory_and_threads(self._process.pid, memory_cap)
        spent = cpu_seconds(tree(self._process.pid))
        return Usage(memory=memory, processes=threads, files=0, cpu_seconds=spent)

    def kill(self) -> None:
        """Its process group and whatever else descends from it; a daemon gets away."""
        if self._process is None or self._process.returncode is not None:
            return
        for pid in list(tree(self._process.pid)):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        shutil.rmtree(self._home, ignore_errors=True)
