"""What a run waits for, what it costs beside its training, who is served first, and who listens.

On a real site (`make up` on a home of its own), over HTTP, once as it comes and once with
PostgreSQL and Redis. Needs the MNIST data (`manage.py fetch_data mnist-baseline`).
`python -m tests.benchmarks.labs` prints the same rows alone.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from labs.sandbox import choose
from labs.sandbox.trusted import TrustedSandbox
from tests.sandbox.lab import SmallLab
from tests.servers import postgres_url, redis_url
from tests.site import ROOT, Site, running_site, wait_for

LAB = "mnist-baseline"
READERS, LINES = 200, 400
USERS, EACH = 10, 5
RUNS = 5
Row = tuple[str, float, str]

_PREDICT = "def predict(model, inputs, run):\n    return [3] * len(inputs)\n"
SAYS = "print('here', flush=True)\ndef train(data, run):\n    return 1\n" + _PREDICT
SLEEPS = "import time\ndef train(data, run):\n    time.sleep({})\n    return 1\n" + _PREDICT
CHATTY = (
    "import time\ndef train(data, run):\n    time.sleep(3)\n"
    "    for n in range({}):\n        print(n)\n        time.sleep(0.02)\n    return 1\n"
) + _PREDICT
# The same work, bare and in a run, of what no library divides between cores.
_LOOP = """
import time
import numpy
def loop(seconds, steps=None):
    a = numpy.random.default_rng(0).random(40_000)
    began, cpu, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds if steps is None else done < steps:
        a = numpy.tanh(a * 1.1)
        done += 1
    return done, time.perf_counter() - began, time.process_time() - cpu
"""
TRAINS = (
    _LOOP
    + "def train(data, run):\n    print('loop', *loop({}), flush=True)\n    return 1\n"
    + _PREDICT
)
_TOKENS = """
from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token
for n in range({}):
    print("token", issue_device_token(User.objects.create_user(f"bench-{{n}}"), "bench")[1])
"""


def for_the_table() -> Iterator[Row]:
    """Rows for `make bench`: name, value, unit."""
    with tempfile.TemporaryDirectory(prefix="studyhub-bench-labs-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield from _sandbox(folder)
        if not (ROOT / "var" / "data" / "mnist").is_dir():
            sys.stderr.write(f"left out: the rest of labs; type manage.py fetch_data {LAB}\n")
            return
        with _site(folder / "embedded") as (site, tokens):
            yield from _first_line(site, tokens[0], "embedded, warm")
            yield from _whole_cost(site, tokens[0])
            yield from _listeners(site, tokens[0])
            yield from _fairness(site, tokens)
        with _site(folder / "cold", STUDYHUB_WARM_MB="0") as (site, tokens):
            yield from _first_line(site, tokens[0], "embedded, cold")
        services = {"DATABASE_URL": postgres_url(), "REDIS_URL": redis_url(folder)}
        with _site(folder / "services", **services) as (site, tokens):
            yield from _first_line(site, tokens[0], "PostgreSQL and Redis, warm")


class _site:
    """A running site with data and learners; enters as the site and their tokens."""

    def __init__(self, home: Path, **variables: str) -> None:
        home.mkdir()
        mirror = str(ROOT / "var" / "data")
        self._variables = {"STUDYHUB_DATA_MIRROR": mirror, **variables}
        self._home = home
        self._running = running_site(home, **self._variables)

    def __enter__(self) -> tuple[Site, list[str]]:
        self._manage("fetch_data", LAB)
        site = self._running.__enter__()
        said = self._manage("shell", "-c", _TOKENS.format(USERS + 1))
        tokens = [line.split()[1] for line in said.splitlines() if line.startswith("token ")]
        _run(site, tokens[0], SAYS)  # the first one draws the hidden set, and loads the grader
        return site, tokens

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


def _call(site: Site, token: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    request = urllib.request.Request(
        site.url + path, data=body, headers={"Authorization": f"Token {token}", **headers}
    )
    return urllib.request.urlopen(request, timeout=120)


def _submit(site: Site, token: str, code: str) -> int:
    edge = uuid4().hex
    head = 'Content-Disposition: form-data; name="file"; filename="solution.py"'
    body = f"--{edge}\r\n{head}\r\n\r\n{code}\r\n--{edge}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    with _call(site, token, f"api/v1/labs/{LAB}/submissions/", body, **kind) as reply:
        return int(json.load(reply)["id"])


def _events(site: Site, token: str, run: int) -> Iterator[tuple[float, dict[str, Any]]]:
    """With the moment at which each arrived."""
    with _call(site, token, f"sse/runs/{run}/") as stream:
        for line in stream:
            if line.startswith(b'data: {"seq"'):
                yield time.perf_counter(), json.loads(line[6:])


def _run(site: Site, token: str, code: str) -> list[tuple[float, dict[str, Any]]]:
    return list(_events(site, token, _submit(site, token, code)))


def _sandbox(folder: Path) -> Iterator[Row]:
    """A run is two jobs; the same two in a plain process are what they cost without a sandbox."""
    seconds: dict[str, list[float]] = {"bare": [], "held": []}
    labs = {
        "bare": SmallLab(folder / "bare", TrustedSandbox()),
        "held": SmallLab(folder / "held", choose()),
    }
    for number in range(12):
        for name, lab in labs.items():
            lab.write("return 1")
            begun = time.perf_counter()
            if not (lab.run("train").result.ok and lab.run("predict").result.ok):
                raise SystemExit("a job failed")
            if number:
                seconds[name].append(time.perf_counter() - begun)
    bare, held = (statistics.median(seconds[name]) for name in ("bare", "held"))
    yield "sandbox adds to a run, cold", (held - bare) * 1e3, "ms"


def _first_line(site: Site, token: str, where: str) -> Iterator[Row]:
    seconds = []
    for _ in range(RUNS):
        if where.endswith("warm"):
            _wait_until_warm(site)
        begun = time.perf_counter()
        run = _submit(site, token, SAYS)
        found = (at for at, event in _events(site, token, run) if event["kind"] == "log")
        seconds.append(next(found) - begun)
        _wait_until_over(site, token, run)
    yield f"submit to first line, {where}", statistics.median(seconds), "s"


def _wait_until_warm(site: Site) -> None:
    """Two harnesses wait, and their imports are done."""

    def ready() -> bool:
        waiting = []
        for process in site.family():
            with suppress(psutil.Error):
                if any('"door"' in word for word in process.cmdline()):
                    waiting.append(process)
        with suppress(psutil.Error):
            before = [sum(one.cpu_times()[:2]) for one in waiting]
            time.sleep(0.5)
            return len(waiting) >= 2 and before == [sum(one.cpu_times()[:2]) for one in waiting]
        return False

    wait_for(ready, 120, "no warm sandboxes")


def _wait_until_over(site: Site, token: str, run: int) -> dict[str, Any]:
    for _ in _events(site, token, run):
        pass
    with _call(site, token, f"api/v1/runs/{run}/") as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def _whole_cost(site: Site, token: str, seconds: float = 30) -> Iterator[Row]:
    """What surrounds the loop, as time; and what slows it, as processor time a step.

    Both together are at most 3 %: then a run costs no more than that over the bare loop.
    """
    _wait_until_warm(site)
    begun = time.perf_counter()
    told = _run(site, token, TRAINS.format(seconds))
    whole = told[-1][0] - begun
    lines = [event["data"]["line"] for _, event in told if event["kind"] == "log"]
    steps, inside, cpu = (float(word) for word in lines[0].split()[1:])
    bare = subprocess.run(
        [sys.executable, "-c", f"{_LOOP}\nprint(*loop(0, {int(steps)}))"],
        capture_output=True,
        text=True,
        check=True,
    )
    slower = cpu / float(bare.stdout.split()[2]) - 1
    yield (
        f"a run around {seconds:.0f} s of training (with the next, at most 3)",
        (whole / inside - 1) * 100,
        "%",
    )
    yield "training in a sandbox, processor time more than bare", slower * 100, "%"


def _listeners(site: Site, token: str) -> Iterator[Row]:
    """Many readers of one run that logs much; all have to be told all of it."""
    web = max(
        (child for child in (site.child("web"), *site.child("web").children(recursive=True))),
        key=lambda process: process.memory_info().rss,
    )
    before = web.memory_info().rss
    spent = sum(web.cpu_times()[:2])
    run = _submit(site, token, CHATTY.format(LINES))
    heard, most = asyncio.run(_listen(site, token, run, web))
    spent = sum(web.cpu_times()[:2]) - spent
    told = [event["seq"] for _, event in _events(site, token, run)]
    complete = sum(numbers == told for numbers in heard)
    yield f"readers told all {len(told)} events, of {READERS}", complete, ""
    yield f"memory of the web process for {READERS} readers", (most - before) / 1e6, "MB"
    yield "CPU of the web process, an event to a reader", spent / READERS / len(told) * 1e6, "us"


async def _listen(
    site: Site, token: str, run: int, web: psutil.Process
) -> tuple[list[list[int]], int]:
    most = web.memory_info().rss

    async def reader() -> list[int]:
        nonlocal most
        host, port = site.url.removeprefix("http://").rstrip("/").split(":")
        reading, writing = await asyncio.open_connection(host, int(port))
        writing.write(
            f"GET /sse/runs/{run}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
            f"Authorization: Token {token}\r\n\r\n".encode()
        )
        numbers = []
        while line := await reading.readline():
            if line.startswith(b"id: "):
                numbers.append(int(line[4:]))
            if line.startswith(b"event: done"):
                most = max(most, web.memory_info().rss)
                break
        writing.close()
        return numbers

    return list(await asyncio.gather(*(reader() for _ in range(READERS)))), most


def _fairness(site: Site, tokens: list[str]) -> Iterator[Row]:
    """All hand in while a first run holds the worker; then each run's start is looked up."""
    _submit(site, tokens[USERS], SLEEPS.format(15))
    runs = {
        _submit(site, token, SAYS): user
        for user, token in enumerate(tokens[:USERS])
        for _ in range(EACH)
    }
    started = {}
    for run, user in runs.items():
        for _, event in _events(site, tokens[user], run):
            if event["data"].get("state") == "claimed":
                started[run] = event["at"]
    order = [runs[run] for run in sorted(started, key=lambda run: started[run])]
    rounds = [sorted(order[n : n + USERS]) for n in range(0, len(order), USERS)]
    fair = sum(turn == list(range(USERS)) for turn in rounds)
    yield f"fair turns of {EACH}, {len(order)} runs by {USERS} people", fair, ""


if __name__ == "__main__":
    for row in for_the_table():
        sys.stdout.write(f"{row[0]:60}{row[1]:12.4f} {row[2]}\n")
        sys.stdout.flush()
