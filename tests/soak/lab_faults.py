"""Workers, sandboxes, databases and brokers fail under runs: each run ends once, with one grade.

`python -m tests.soak.lab_faults` starts two sites with real workers and sandboxes, SQLite with a
broker of files and PostgreSQL with Redis. In each a run is brought to a state, something fails, and
the run has to end exactly once, leaving no process and no folder.
"""

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import django

from labs.sandbox.orphans import end_orphans
from tests.site import ROOT
from tests.soak import lab_faults_servers as servers

PAIRS = ("embedded", "service")
SETTINGS = "tests.soak.lab_faults_settings"
LABS_WORKERS = 4
AT_ONCE = 2  # so that some worker is always there to go on
DISK_MB = 16


def plan(pair_faults: list[str]) -> tuple[list[tuple[str, str]], ...]:
    """(fault, state) of what hits one worker, and of what hits all."""
    from tests.soak import lab_faults_trials as it  # noqa: PLC0415 - needs a site

    local = [
        *itertools.product((it.WORKER,), it.STATES * 2),
        *itertools.product((it.SUPERVISOR, it.SANDBOX), it.STATES),
        *itertools.product((it.STOPPED,), it.STATES[1:]),
        *itertools.product((it.WORKER, it.SUPERVISOR), (it.ANY,) * 4),
    ]
    of_all = list(itertools.product(pair_faults, (*it.STATES, it.UNWRITTEN)))
    return local * 2, of_all


def sample(
    local: list[tuple[str, str]], of_all: list[tuple[str, str]], count: int
) -> tuple[list[tuple[str, str]], ...]:
    """So many in all, each kind of fault among them and each state."""
    chance = random.Random(4)
    faults = [sorted({fault for fault, _ in each}) for each in (local, of_all)]
    states = (
        "training", "queued", "grading", "predicting",
        "claimed", "ending", "unwritten", "preparing",
    )  # fmt: skip
    turn = itertools.cycle(states)
    chosen: tuple[list[tuple[str, str]], ...] = ([], [])
    for number in range(count):
        kind = 0 if number % 5 < 3 else 1
        names = faults[kind]
        fault, state = names[len(chosen[kind]) % len(names)], next(turn)
        while (fault, state) not in (local, of_all)[kind]:
            state = next(turn)
        chosen[kind].append((fault, state))
    chance.shuffle(chosen[0])
    return chosen


def suffer(
    pair: str, home: Path, disk: Path | None, count: int | None, only: list[str]
) -> dict[str, Any]:
    """The trials of one pair, on a site that lies in `home`."""
    database: Any
    broker: Any
    if pair == "embedded":
        database, broker = servers.Sqlite(home, disk), servers.FileBroker(home)
    else:
        database, broker = servers.Postgres(), servers.Redis(home)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "STUDYHUB_HOME": str(home),
        "DATABASE_URL": database.url,
        "REDIS_URL": broker.url,
    }
    (home / "holds").mkdir()
    try:
        return _suffer(home, database, broker, count, only)
    finally:
        broker.end()
        database.end()


def _suffer(
    home: Path, database: Any, broker: Any, count: int | None, only: list[str]
) -> dict[str, Any]:
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, check=True)
    django.setup()
    from labs.services import sync_labs  # noqa: PLC0415 - apps are loaded only now
    from studyhub import celery  # noqa: F401, PLC0415
    from studyhub.base.clock import now  # noqa: PLC0415
    from tests.soak import lab_faults_trials as it  # noqa: PLC0415
    from tests.soak.lab_faults_site import Site  # noqa: PLC0415

    sync_labs(ROOT / "tests" / "fixtures" / "labs", now=now())
    faults = database.faults | broker.faults
    local, of_all = plan(list(faults))
    if count is not None:
        local, of_all = sample(local, of_all, count)
    if only:
        local, of_all = ([e for e in each if ":".join(e) in only] for each in (local, of_all))
    with Site(home, LABS_WORKERS).running() as site:
        trials = it.Trials(site)
        # Where no worker may claim, each fault has the site to itself.
        with ThreadPoolExecutor(AT_ONCE) as together:
            held = [each for each in local if each[1] != it.QUEUED]
            list(together.map(lambda each: trials.local(*each), held))
        for each in local:
            if each[1] == it.QUEUED:
                trials.local(*each)
        for name, state in of_all:
            trials.of_all(name, faults[name], state)
        told = it.figures(trials.done)
        told["restarts"] = site.restarts
    told["problems"] += it.left_over(home)
    return told


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--faults",
        type=int,
        help="in all; default: every fault at every state, those of one worker more often",
    )
    parser.add_argument("--pair", choices=PAIRS, action="append")
    parser.add_argument("--only", action="append", metavar="FAULT:STATE", default=[])
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--disk", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    pairs = asked.pair or PAIRS
    if asked.home:
        told = suffer(pairs[0], asked.home, asked.disk, asked.faults, asked.only)
        asked.out.write_text(json.dumps(told, indent=1))
        return 0
    with tempfile.TemporaryDirectory(prefix="studyhub-faults-") as folder:
        found = _on_sites(Path(folder), pairs, asked.faults, asked.only)
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=1))
    sys.stdout.write(table(found))
    return 1 if found["problems"] else 0


def _on_sites(
    folder: Path, pairs: Sequence[str], count: int | None, only: list[str]
) -> dict[str, Any]:
    """Each pair in a process of its own, both at once."""
    folder.chmod(0o755)
    started = {}
    for pair in pairs:
        home, disk = folder / pair, folder / f"{pair}-disk"
        for each in (home, disk):
            each.mkdir()
        own = [sys.executable, "-m", "tests.soak.lab_faults", "--pair", pair, "--home", str(home)]
        own += ["--out", str(folder / f"{pair}.json")]
        own += ["--faults", str(count // len(pairs))] if count else []
        own += [word for each in only for word in ("--only", each)]
        place = in_a_place_with_a_disk(disk) if pair == "embedded" else []
        command = [*place, *own, *(["--disk", str(disk)] if place else [])]
        started[pair] = subprocess.Popen(command, cwd=ROOT)
    codes = {pair: process.wait() for pair, process in started.items()}
    told: dict[str, Any] = {"pairs": {}, "problems": []}
    if left := end_orphans():
        told["problems"].append(f"{left} sandboxes were left by no worker that lives")
    for pair, code in codes.items():
        if code:
            told["problems"].append(f"{pair}: could not be tried (status {code})")
            continue
        told["pairs"][pair] = each = json.loads((folder / f"{pair}.json").read_text())
        told["problems"] += [f"{pair}: {problem}" for problem in each["problems"]]
    told["injected"] = sum(each["injected"] for each in told["pairs"].values())
    told["longest_after_kill"] = max(
        (each["longest_after_kill"] for each in told["pairs"].values()), default=0.0
    )
    return told


def in_a_place_with_a_disk(disk: Path) -> list[str]:
    """Words before a command that give it a small file system there; none where that needs root."""
    mount = f'mount -t tmpfs -o size={DISK_MB}m tmpfs "$0" && exec "$@"'
    words = ["unshare", "--mount", "sh", "-c", mount, str(disk)]
    try:
        works = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return []
    return words if works else []


def table(found: dict[str, Any]) -> str:
    """Fault by state: how many, in brackets the longest time to the run's end."""
    rows: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    states: dict[str, None] = {}
    for pair, each in found["pairs"].items():
        for trial in each["trials"]:
            rows[pair, trial["fault"]][trial["state"]].append(trial)
            states[trial["state"]] = None
    lines = [f"{'fault':34}" + "".join(f"{state:>12}" for state in states)]
    for (pair, fault), of_states in rows.items():
        cells = []
        for state in states:
            trials = of_states[state]
            worst = max((trial["seconds"] for trial in trials), default=0.0)
            cells.append(f"{len(trials)} ({worst:.0f} s)" if trials else "")
        lines.append(f"{pair + ', ' + fault:34}" + "".join(f"{cell:>12}" for cell in cells))
    ends: dict[str, int] = defaultdict(int)
    for each in found["pairs"].values():
        for trial in each["trials"]:
            ends[trial["end"] or "not ended"] += 1
    lines.append(f"{found['injected']} faults; ends: {dict(ends)}")
    lines.append(f"longest from a kill to the run's end: {found['longest_after_kill']:.1f} s")
    lines += found["problems"] or ["nothing lost, nothing doubled"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
