"""What a run waits for, what it costs beside its training, who is served first, and who listens.

On a real site (`make up` on a home of its own), over HTTP, once as it comes and once with
PostgreSQL and Redis. Needs the MNIST data (`manage.py fetch_data mnist-baseline`).
`python -m tests.benchmarks.labs` prints the same rows alone.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.benchmarks import labs_costs
from tests.benchmarks.labs_site import (
    LAB,
    LEARNERS,
    PREDICT,
    SAYS,
    BenchSite,
    events,
    submit,
    wait_until_over,
    wait_until_warm,
)
from tests.servers import postgres_url, redis_url
from tests.site import ROOT, Site

READERS, LINES = 200, 400
USERS, EACH = LEARNERS - 1, 5
RUNS = 7
Row = tuple[str, float, str]

SLEEPS = "import time\ndef train(data, run):\n    time.sleep({})\n    return 1\n" + PREDICT
CHATTY = (
    "import time\ndef train(data, run):\n    time.sleep(3)\n"
    "    for n in range({}):\n        print(n)\n        time.sleep(0.02)\n    return 1\n"
) + PREDICT


def for_the_table() -> Iterator[Row]:
    """Rows for `make bench`: name, value, unit."""
    with tempfile.TemporaryDirectory(prefix="studyhub-bench-labs-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield from labs_costs.sandbox(folder / "sandbox")
        if not (ROOT / "var" / "data" / "mnist").is_dir():
            sys.stderr.write(f"left out: the rest of labs; type manage.py fetch_data {LAB}\n")
            return
        with BenchSite(folder / "embedded") as (made, site, tokens):
            yield "first grading of a worker, once its sandboxes are warm", made.first_grading, "s"
            yield from _first_line(site, tokens[0], "embedded, warm")
            yield from labs_costs.whole_run(site, tokens[0])
            yield from _listeners(site, tokens[0])
            yield from _fairness(site, tokens)
        with BenchSite(folder / "cold", STUDYHUB_WARM_MB="0") as (_, site, tokens):
            yield from _first_line(site, tokens[0], "embedded, cold")
        services = {"DATABASE_URL": postgres_url(), "REDIS_URL": redis_url(folder)}
        with BenchSite(folder / "services", **services) as (_, site, tokens):
            yield from _first_line(site, tokens[0], "PostgreSQL and Redis, warm")
        yield "load average (5 minutes) at the end of these", os.getloadavg()[1], ""


def _first_line(site: Site, token: str, where: str) -> Iterator[Row]:
    seconds = []
    for _ in range(RUNS):
        if where.endswith("warm"):
            wait_until_warm(site)
        begun = time.perf_counter()
        run = submit(site, token, SAYS)
        found = (at for at, event in events(site, token, run) if event["kind"] == "log")
        seconds.append(next(found) - begun)
        wait_until_over(site, token, run)
    yield f"submit to first line, {where}", statistics.median(seconds), "s"


def _listeners(site: Site, token: str) -> Iterator[Row]:
    """Many readers of one run that logs much; all have to be told all of it."""
    web = max(
        (child for child in (site.child("web"), *site.child("web").children(recursive=True))),
        key=lambda process: process.memory_info().rss,
    )
    before = web.memory_info().rss
    spent = sum(web.cpu_times()[:2])
    run = submit(site, token, CHATTY.format(LINES))
    heard, most = asyncio.run(_listen(site, token, run, web))
    spent = sum(web.cpu_times()[:2]) - spent
    told = [event["seq"] for _, event in events(site, token, run)]
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
    submit(site, tokens[USERS], SLEEPS.format(15))
    runs = {
        submit(site, token, SAYS): user
        for user, token in enumerate(tokens[:USERS])
        for _ in range(EACH)
    }
    started = {}
    for run, user in runs.items():
        for _, event in events(site, tokens[user], run):
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
