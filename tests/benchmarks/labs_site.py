"""A site to measure runs on, with learners, and the calls that a learner's program makes."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from tests.site import ROOT, Site, running_site, wait_for

LAB = "mnist-baseline"
LEARNERS = 11
PREDICT = "def predict(model, inputs, run):\n    return [3] * len(inputs)\n"
SAYS = "print('here', flush=True)\ndef train(data, run):\n    return 1\n" + PREDICT
Told = list[tuple[float, dict[str, Any]]]  # events with the moment at which each arrived
_TOKENS = """
from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token
for n in range({}):
    print("token", issue_device_token(User.objects.create_user(f"bench-{{n}}"), "bench")[1])
"""


class BenchSite:
    """A running site with data and learners; enters as itself, the site and their tokens.

    first_grading: seconds of the very first run's grading.
    """

    def __init__(self, home: Path, **variables: str) -> None:
        home.mkdir()
        mirror = str(ROOT / "var" / "data")
        self._variables = {"STUDYHUB_DATA_MIRROR": mirror, **variables}
        self._home = home
        self._running = running_site(home, **self._variables)

    def __enter__(self) -> tuple["BenchSite", Site, list[str]]:
        self._manage("fetch_data", LAB)
        site = self._running.__enter__()
        said = self._manage("shell", "-c", _TOKENS.format(LEARNERS))
        tokens = [line.split()[1] for line in said.splitlines() if line.startswith("token ")]
        if self._variables.get("STUDYHUB_WARM_MB") != "0":
            wait_until_warm(site)  # which takes longer than to import what grading needs
        # The first one draws the hidden set, and loads the grader where nobody has yet.
        self.first_grading = seconds_graded(run(site, tokens[0], SAYS))
        return self, site, tokens

    def __exit__(self, *reason: Any) -> None:
        self._running.__exit__(*reason)

    def _manage(self, *command: str) -> str:
        theirs = {**os.environ, "STUDYHUB_HOME": str(self._home), **self._variables}
        theirs.pop("DJANGO_SETTINGS_MODULE", None)
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=theirs,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


def call(site: Site, token: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    request = urllib.request.Request(
        site.url + path, data=body, headers={"Authorization": f"Token {token}", **headers}
    )
    return urllib.request.urlopen(request, timeout=120)


def submit(site: Site, token: str, code: str) -> int:
    edge = uuid4().hex
    head = 'Content-Disposition: form-data; name="file"; filename="solution.py"'
    body = f"--{edge}\r\n{head}\r\n\r\n{code}\r\n--{edge}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    with call(site, token, f"api/v1/labs/{LAB}/submissions/", body, **kind) as reply:
        return int(json.load(reply)["id"])


def events(site: Site, token: str, run: int) -> Iterator[tuple[float, dict[str, Any]]]:
    """With the moment at which each arrived."""
    with call(site, token, f"sse/runs/{run}/") as stream:
        for line in stream:
            if line.startswith(b'data: {"seq"'):
                yield time.perf_counter(), json.loads(line[6:])


def run(site: Site, token: str, code: str) -> Told:
    return list(events(site, token, submit(site, token, code)))


def wait_until_warm(site: Site) -> None:
    """Two harnesses wait, and their imports are done."""

    def ready() -> bool:
        waiting = []
        for process in site.family():
            with suppress(psutil.Error):
                # not bwrap's own two processes, whose command line says the same
                harness = process.name().startswith("python")
                if harness and any('"door"' in word for word in process.cmdline()):
                    waiting.append(process)
        with suppress(psutil.Error):
            before = [sum(one.cpu_times()[:2]) for one in waiting]
            time.sleep(0.5)
            return len(waiting) >= 2 and before == [sum(one.cpu_times()[:2]) for one in waiting]
        return False

    wait_for(ready, 120, "no warm sandboxes")


def wait_until_over(site: Site, token: str, run: int) -> dict[str, Any]:
    for _ in events(site, token, run):
        pass
    with call(site, token, f"api/v1/runs/{run}/") as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def seconds_graded(told: Told) -> float:
    """From the begin of the grading to the run's end, by the worker's clock."""
    at = {event["data"].get("state"): event["at"] for _, event in told if event["kind"] == "state"}
    begun, ended = (datetime.fromisoformat(at[state]) for state in ("grading", list(at)[-1]))
    return (ended - begun).total_seconds()
