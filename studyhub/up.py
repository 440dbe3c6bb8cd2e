"""`make up`: prepares the site, then runs web, workers and beat under one supervisor.

A child that dies is started again, after a pause that grows while it keeps dying. Ctrl-C or TERM
stops everything within five seconds: TERM first, which makes the workers drop their running job
(the run goes back to the queue), KILL for what is left after three. If the supervisor itself is
killed, the kernel ends its children (Linux).
"""

import argparse
import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import django
from django.conf import settings
from django.core.management import CommandError

from studyhub.lab_workers import gpus_here, lab_workers
from studyhub.lineage import VARIABLE, die_with_parent
from studyhub.prepare import prepare_content, prepare_ground

GRACE_SECONDS = 3.0
SLOWEST_RESTART_SECONDS = 30.0
STEADY_SECONDS = 20.0  # a child that lived this long has started well
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotStart(Exception):
    """Something that the person who typed `make up` can mend; the message says how."""


@dataclass
class Child:
    """One process of the site, in a session of its own so that its whole group can be ended."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    next_start: float = 0.0
    failures: int = 0
    file: IO[bytes] | None = field(default=None, repr=False)

    def start(self, now: float) -> None:
        self.file = self.log.open("ab")
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=self.file,
            stderr=self.file,
            env=self.environment,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self.started = now

    def keep_alive(self, now: float) -> str | None:
        """Starts the child if it is down and its pause is over; a line to print if it died."""
        if self.process is None:
            if now >= self.next_start:
                self.start(now)
            return None
        code = self.process.poll()
        if code is None:
            return None
        self._signal(signal.SIGKILL)  # what it may have left behind in its session
        self.process = None
        if self.file:
            self.file.close()
        self.failures = 0 if now - self.started > STEADY_SECONDS else self.failures + 1
        pause = min(SLOWEST_RESTART_SECONDS, 0.5 * 2**self.failures)
        self.next_start = now + pause
        return (
            f"{self.name} ended ({_in_words(code)}); starting it again in {pause:.0f} s. "
            f"See {self.log}"
        )

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def _in_words(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    return signal.Signals(-code).name


def children(host: str, port: int, log_folder: Path) -> list[Child]:
    """The processes that make up the site."""
    python = [sys.executable, "-m"]
    gpus = gpus_here()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "studyhub.settings",
        "STUDYHUB_GPU_WORKERS": str(len(gpus)),
    }
    # TERM means "drop the job": a warm shutdown would wait for a training to end.
    worker_environment = {**environment, "REMAP_SIGTERM": "SIGQUIT"}
    celery = [*python, "celery", "-A", "studyhub.celery"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    web = [
        *python, "granian", "--interface", "asgi", "--host", host, "--port", str(port),
        "--no-ws", "studyhub.asgi:application",
    ]  # fmt: skip
    housework = [*worker, "-n", "housework@%h", "-Q", "default", "--pool", "threads", "-c", "2"]
    beat_schedule = settings.STUDYHUB_HOME / "beat-schedule"
    beat = [*celery, "beat", "--loglevel", "INFO", "--schedule", str(beat_schedule), "--pidfile="]
    return [
        Child("web", web, {**environment, VARIABLE: "1"}, log_folder / "web.log"),
        Child("worker", housework, worker_environment, log_folder / "worker.log"),
        *(
            Child(
                one.name,
                [*worker, *one.arguments()],
                {**worker_environment, **one.environment()},
                log_folder / f"{one.name}.log",
            )
            for one in lab_workers(gpus, cpu_processes=settings.CPU_WORKERS)
        ),
        Child("beat", beat, environment, log_folder / "beat.log"),
    ]


@contextlib.contextmanager
def only_one(lock_path: Path) -> Iterator[None]:
    """Holds the home for this supervisor; raises CannotStart if another one runs."""
    with lock_path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise CannotStart(
                f"StudyHub already runs on {settings.STUDYHUB_HOME}. Stop it with Ctrl-C in its "
                "terminal, or give this one a home of its own: STUDYHUB_HOME=/some/folder make up"
            ) from taken
        yield


def check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise CannotStart(
                f"Port {port} cannot be used ({taken.strerror}). "
                f"Choose another one: make up PORT={port + 1}"
            ) from taken


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def wait_until_up(url: str, web: Child, limit_seconds: float = 60.0) -> None:
    """Returns once the site answers; raises CannotStart with the end of the log if it does not."""
    deadline = time.monotonic() + limit_seconds
    while time.monotonic() < deadline and web.running:
        if answers(f"{url}healthz/"):
            return
        time.sleep(0.05)
    tail = "\n".join(web.log.read_text(errors="replace").splitlines()[-15:])
    raise CannotStart(f"The web process did not start. The end of {web.log}:\n{tail}")


def stop(running: Sequence[Child]) -> None:
    """Ends every child: asked first, killed after the grace."""
    for child in running:
        child.ask_to_stop()
    deadline = time.monotonic() + GRACE_SECONDS
    while any(child.running for child in running) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in running:
        child.kill()


class _Stopped(Exception):
    """A stop signal arrived."""


def _raise_stopped(number: int, frame: object) -> None:
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)  # stopping is not interrupted by impatience
    raise _Stopped


def supervise(host: str, port: int) -> None:
    """Runs the site until a stop signal; raises CannotStart for what a person can mend."""
    check_port(host, port)
    prepare_ground()
    url = f"http://{host}:{port}/"
    running = children(host, port, settings.STUDYHUB_HOME / "log")
    web, *others = running
    try:
        web.start(time.monotonic())  # it loads while the course is read
        entry = prepare_content()
        wait_until_up(url, web)
        for child in others:
            child.start(time.monotonic())
        say(f"StudyHub is running at {url}")
        say(f"Sign in once with        {url}{entry}")
        say("Ctrl-C stops it. `manage.py doctor` says what works here.")
        while True:
            for child in running:
                if line := child.keep_alive(time.monotonic()):
                    say(line)
            time.sleep(0.25)
    finally:
        stop(running)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="studyhub.up", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    for number in STOP_SIGNALS:
        signal.signal(number, _raise_stopped)
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyhub.settings")
        django.setup()
        with only_one(settings.STUDYHUB_HOME / "up.lock"):
            supervise(options.host, options.port)
    except _Stopped:
        say("StudyHub has stopped.")
    except (CannotStart, CommandError) as problem:
        say(str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
