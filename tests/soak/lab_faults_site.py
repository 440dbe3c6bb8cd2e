"""Workers and beat as `make up` starts them, more of them, and started again when they die."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from studyhub.lineage import die_with_parent
from tests.site import ROOT

PAUSE = 1.0  # seconds until what died is started again
ELSEWHERE = "elsewhere"  # the host of the last labs worker
_WORKER = (
    sys.executable, "-m", "tests.soak.lab_faults_worker", "worker", "--loglevel", "INFO",
    "--without-gossip", "--without-mingle",
)  # fmt: skip


@dataclass
class Part:
    """One process and those it starts; while `down` nobody starts it again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    died: float = 0.0
    down: bool = False

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
                preexec_fn=die_with_parent,
            )  # fmt: skip

    def kill(self) -> None:
        """-9 for all of it at once, as a machine that loses power would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def family(self) -> list[psutil.Process]:
        if self.process is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []


class Site:
    def __init__(self, home: Path, labs_workers: int) -> None:
        self.home = home
        own = {**os.environ, "REMAP_SIGTERM": "SIGQUIT"}
        self.labs = [self._labs(number, labs_workers, own) for number in range(labs_workers)]
        housework = [*_WORKER, "-n", "housework@here", "-Q", "default"]
        housework += ["--pool", "threads", "-c", "2"]
        beat = [
            sys.executable, "-m", "celery", "-A", "studyhub.celery", "beat", "--loglevel", "INFO",
            "--schedule", str(home / "beat-schedule"), "--pidfile=",
        ]  # fmt: skip
        log = home / "log"
        self._parts = [
            *self.labs,
            Part("housework", housework, own, log / "housework.log"),
            Part("beat", beat, own, log / "beat.log"),
        ]
        self.restarts: dict[str, int] = {}
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep)

    def _labs(self, number: int, of: int, own: dict[str, str]) -> Part:
        name = f"labs{number}"
        host = {"STUDYHUB_TEST_HOST": ELSEWHERE} if number == of - 1 else {}
        command = [*_WORKER, "-n", f"{name}@here", "-Q", "labs.cpu", "--pool", "prefork"]
        return Part(name, [*command, "-c", "1"], own | host, self.home / "log" / f"{name}.log")

    @contextmanager
    def running(self) -> Iterator["Site"]:
        for part in self._parts:
            part.start()
        self._keeper.start()
        try:
            yield self
        finally:
            self._over.set()
            self._keeper.join()
            for part in self._parts:
                part.kill()

    def _keep(self) -> None:
        while not self._over.wait(0.1):
            for part in self._parts:
                if part.process is None or part.process.poll() is None:
                    continue
                if part.died == 0.0:
                    part.died = time.monotonic()
                elif not part.down and time.monotonic() - part.died > PAUSE:
                    part.died = 0.0
                    self.restarts[part.name] = self.restarts.get(part.name, 0) + 1
                    part.start()

    def holder(self, worker: str) -> tuple[Part, psutil.Process] | None:
        """The part, and the process of it, that a run's row names as its worker."""
        pid = int(worker.rpartition("/")[2] or 0)
        for part in self.labs:
            for process in part.family():
                if process.pid == pid:
                    return part, process
        return None
