"""What a sandbox adds to a run, and what a whole run costs over its bare training loop.

Both are differences of a few hundredths between long times, so both sides run in turns, at moments
when the machine has nothing else to do as far as that can be waited for, and medians are told.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from labs.sandbox import Sandbox, choose
from labs.sandbox.bubblewrap import BubblewrapSandbox
from labs.sandbox.environment import KEEPS_MEMORY
from labs.sandbox.pool import Pool, WarmSandbox
from labs.sandbox.trusted import TrustedSandbox
from labs.sandbox.warm import Wish
from tests.benchmarks.labs_site import PREDICT, Told, run, wait_until_warm
from tests.sandbox.lab import SmallLab
from tests.site import Site

PAIRS = 25
TURNS, SECONDS = 3, 30.0
Row = tuple[str, float, str]

_CALM_PERCENT, _CALM_PATIENCE = 10.0, 60.0
# The harness lowers its priority, so that pages stay quick; beside others' work that is no cost of
# the run, so the bare loop does it, too.
_LOOP = """
import os
import time
import numpy
def loop(steps):
    a = numpy.random.default_rng(0).random(40_000)
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        a = numpy.tanh(a * 1.1)
    return time.perf_counter() - began, time.process_time() - cpu
"""
_BARE = _LOOP + "os.nice(5)\nprint(*loop({}))\n"
_TRAINS = (
    _LOOP
    + "def train(data, run):\n    print('loop', *loop({}), flush=True)\n    return 1\n"
    + PREDICT
)


def sandbox(folder: Path) -> Iterator[Row]:
    """Tier 1 over tier 0 for the two jobs of a run, by the same harness, in turns."""
    held = choose()
    plain = _two_jobs(SmallLab(folder / "plain", TrustedSandbox()))
    cold = _two_jobs(SmallLab(folder / "cold", held))
    _wait_for_calm()
    added = [_added(plain, cold, turn) for turn in range(PAIRS + 1)][1:]
    said = f"tier {held.tier} adds to a run over tier 0"
    yield f"{said}, both started cold, median of {PAIRS} pairs", statistics.median(added), "ms"
    if type(held) is not BubblewrapSandbox:
        return
    with _warm(folder / "warm", held) as (pool, warm_sandbox):
        lab = SmallLab(folder / "warm-lab", warm_sandbox)
        wishes = [Wish(lab.job(phase), ("numpy",)) for phase in ("train", "predict")]
        warm = _two_jobs(lab)

        def fill() -> None:
            pool.want(wishes)
            if pool.ready(60) != len(wishes):
                raise SystemExit("no warm sandboxes")

        added = [_added(plain, warm, turn, before=fill) for turn in range(PAIRS + 1)][1:]
    yield f"{said}, as a worker starts each (warm, cold)", statistics.median(added), "ms"


def _two_jobs(lab: SmallLab) -> Callable[[], float]:
    lab.write("return 1")

    def seconds() -> float:
        begun = time.perf_counter()
        if not (lab.run("train").result.ok and lab.run("predict").result.ok):
            raise SystemExit("a job failed")
        return time.perf_counter() - begun

    return seconds


def _added(
    plain: Callable[[], float],
    held: Callable[[], float],
    turn: int,
    before: Callable[[], None] = lambda: None,
) -> float:
    """Milliseconds; each is first in every other turn."""
    before()
    if turn % 2:
        first = plain()
        return (held() - first) * 1e3
    first = held()
    return (first - plain()) * 1e3


@contextmanager
def _warm(folder: Path, held: BubblewrapSandbox) -> Iterator[tuple[Pool, Sandbox]]:
    folder.mkdir()
    folder.chmod(0o755)
    slots = iter(range(30_000, 40_000))

    @contextmanager
    def slot() -> Iterator[int]:
        yield next(slots)

    pool = Pool(held, folder=folder, memory_mb=500, slots=slot)
    try:
        yield pool, WarmSandbox(held, pool)
    finally:
        pool.close()


def whole_run(site: Site, token: str) -> Iterator[Row]:
    """From the POST to the last event, over the same steps in a bare process.

    The whole is told as it was; beside it its two parts: what surrounds the loop, and the loop's
    own processor time, which says whether it ran slower in there or others took its time.
    """
    # By processor time: by the clock, it would be what others left over at that moment.
    steps = int(SECONDS / _bare(1_000)[1] * 1_000)
    steps = int(SECONDS / _bare(steps // 6)[1] * (steps // 6))
    whole, around, slower, busy = [], [], [], []
    for turn in range(TURNS):
        told: dict[str, tuple[float, ...]] = {}
        for what in ("bare", "run") if turn % 2 else ("run", "bare"):
            if what == "run":
                wait_until_warm(site)
            _wait_for_calm()
            begun = psutil.cpu_times()
            told[what] = _bare(steps) if what == "bare" else _whole(site, token, steps)
            busy.append(_cores_used(begun) - 1)
        (bare, bare_cpu), (all_of_it, inside, cpu) = told["bare"], told["run"]
        whole.append((all_of_it / bare - 1) * 100)
        around.append((all_of_it - inside) / bare * 100)
        slower.append((cpu / bare_cpu - 1) * 100)
    said = f"a whole run over its bare loop of {SECONDS:.0f} s"
    yield f"{said}, by the clock, median of {TURNS}", statistics.median(whole), "%"
    yield f"{said}: what surrounds the loop", statistics.median(around), "%"
    yield f"{said}: the loop's processor time", statistics.median(slower), "%"
    yield "cores busy with something else meanwhile, mean", statistics.fmean(busy), ""


def _bare(steps: int) -> tuple[float, float]:
    """Seconds by the clock and of the processor, with the threads that a job would have."""
    done = subprocess.run(
        [sys.executable, "-c", _BARE.format(steps)],
        env={**os.environ, **_threads()},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, cpu = map(float, done.stdout.split())
    return seconds, cpu


def _whole(site: Site, token: str, steps: int) -> tuple[float, float, float]:
    """Seconds from the POST to the run's last event; the loop's own; and its processor time."""
    begun = time.perf_counter()
    told: Told = run(site, token, _TRAINS.format(steps))
    lines = [event["data"]["line"] for _, event in told if event["kind"] == "log"]
    inside, cpu = map(float, lines[0].split()[1:])
    return told[-1][0] - begun, inside, cpu


def _wait_for_calm() -> None:
    """Until nothing much runs for two seconds; after a minute it goes on regardless."""
    until = time.monotonic() + _CALM_PATIENCE
    while psutil.cpu_percent(2.0) > _CALM_PERCENT and time.monotonic() < until:
        continue


def _cores_used(begun: Any) -> float:
    """How many were busy on average since `begun`, by whomever."""
    now = psutil.cpu_times()
    idle = (now.idle + now.iowait) - (begun.idle + begun.iowait)
    return (sum(now) - sum(begun) - idle) / (sum(now) - sum(begun)) * (os.cpu_count() or 1)


def _threads() -> dict[str, str]:
    """As labs/sandbox/environment.py sets them."""
    cores = str(len(os.sched_getaffinity(0)))
    return dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), cores) | KEEPS_MEMORY
