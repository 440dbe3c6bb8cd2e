"""Tier 1 where every job comes to a sandbox that waited for it, and to no other."""

import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.domain.jobs import Job
from labs.sandbox import SandboxBroken
from labs.sandbox.bubblewrap import BubblewrapSandbox
from labs.sandbox.cage import Cage
from labs.sandbox.pool import Pool
from labs.sandbox.supervised import SupervisedSandbox
from labs.sandbox.warm import Wish

_PATIENCE = 60  # seconds for a sandbox to wait


class WarmedSandbox(SupervisedSandbox):
    """Wishes for one sandbox at a time, and never takes a cold one instead."""

    tier, name, shows_gpu = 1, "bubblewrap, warm", False

    def __init__(self, sandbox: BubblewrapSandbox, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        self.folder = folder
        self._one = threading.Lock()
        # beyond those of a scene's jobs; places that run beside each other have other users
        self._slots = itertools.count(10_000 + os.getpid() % 500 * 100)
        self.pool = Pool(sandbox, folder=folder, memory_mb=4_000, slots=self._slot)

    @contextmanager
    def _slot(self) -> Iterator[int]:
        yield next(self._slots)

    def _cage(self, job: Job) -> Cage:
        with self._one:
            # no module is called so; but the command line of a harness names what it is to import,
            # and by the job's name its processes are found
            self.pool.want([Wish(job, ("numpy", job.id))])
            self.pool.ready(_PATIENCE)
            cage = self.pool.take(job)
        if cage is None:
            raise SandboxBroken("no sandbox waited for this job")
        return cage

    def close(self) -> None:
        """Raises SandboxBroken where one left anything behind."""
        self.pool.close()
        if left := [each.name for each in self.folder.iterdir()]:
            raise SandboxBroken(f"warm sandboxes left {left}")
