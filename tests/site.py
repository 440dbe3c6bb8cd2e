"""A whole site as `make up` runs it, on a home of its own, for tests that need the real thing."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], object], seconds: float = 30.0, said: str = "") -> object:
    """Polls until `what()` is true and returns it; fails with `said` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(said or f"waited {seconds} s in vain")


@dataclass
class Site:
    """A running site: where it answers, and the supervisor's process."""

    url: str
    entry: str
    home: Path
    process: "subprocess.Popen[str]"

    def child(self, name: str) -> psutil.Process:
        """The process of one part: web, worker, labs or beat."""
        marks = {"web": "granian", "worker": "housework@%h", "labs": "labs@%h", "beat": "beat"}
        for child in psutil.Process(self.process.pid).children():
            if marks[name] in child.cmdline():
                return child
        raise AssertionError(f"no {name} process")

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Seconds that stopping took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=20)
        return time.monotonic() - begun


@contextmanager
def running_site(home: Path, **variables: str) -> Iterator[Site]:
    """Starts the supervisor and yields once it has printed its link; stops it at the end."""
    # What pytest set for the tests' own settings is not for the site.
    theirs = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL"}
    own = {name: value for name, value in os.environ.items() if name not in theirs}
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "studyhub.up", "--port", str(port)],
        cwd=ROOT,
        env={**own, "STUDYHUB_HOME": str(home), "PYTHONUNBUFFERED": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if found := re.search(r"http\S+/enter/\S+/", line):
                yield Site(f"http://127.0.0.1:{port}/", found.group(), home, process)
                break
        else:
            raise AssertionError(f"the site did not start:\n{said}")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()
