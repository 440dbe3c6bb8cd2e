"""Do the hot reads cost the same with ten million events as with ten thousand?

`python -m tests.soak.scale` fills two databases of a PostgreSQL of its own, one with 100 learners
and one with 100,000 (100 events each), and compares processor time and query plans. It needs
about 9 GB of disk for a quarter of an hour.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RATIO_MAX = 1.3
BYTES_PER_USER = 90_000


def main(arguments: list[str] | None = None) -> int:
    asked = _asked(arguments)
    room = shutil.disk_usage(tempfile.gettempdir()).free
    if room < asked.users * BYTES_PER_USER:
        sys.exit(f"{tempfile.gettempdir()} has {room >> 30} GB free, which is too little.")
    with tempfile.TemporaryDirectory(prefix="studyhub-soak-") as home:
        os.environ["STUDYHUB_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.soak.settings"
        found = _measured(asked)
    problems = _problems(found, asked.rounds > 0)
    told = {"users": [asked.small, asked.users], "reads": found, "problems": problems}
    if asked.out:
        asked.out.write_text(json.dumps(told, indent=1))
    _say(_table(found))
    for problem in problems:
        _say(problem)
    return 1 if problems else 0


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=100, help="learners in the small database")
    parser.add_argument("--users", type=int, default=100_000, help="learners in the large one")
    parser.add_argument("--sample", type=int, default=100, help="learners to measure")
    parser.add_argument("--rounds", type=int, default=5, help="0 looks at the plans only")
    parser.add_argument("--out", type=Path)
    return parser.parse_args(arguments)


def _measured(asked: argparse.Namespace) -> dict[str, dict[str, dict[str, Any]]]:
    # Settings read the address of the server when they are imported.
    import django  # noqa: PLC0415
    import psycopg  # noqa: PLC0415

    from tests import servers  # noqa: PLC0415

    address = os.environ["DATABASE_URL"] = servers.postgres_url()
    with psycopg.connect(address, autocommit=True) as server:
        server.execute("ALTER SYSTEM SET autovacuum = off")
        server.execute("ALTER SYSTEM SET maintenance_work_mem = '512MB'")
        server.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
        server.execute("ALTER SYSTEM SET synchronous_commit = off")
        server.execute("SELECT pg_reload_conf()")
        server.execute("CREATE DATABASE small")
    django.setup()

    from django.urls import get_resolver  # noqa: PLC0415

    from tests.soak.hot_reads import costs, forget, learners  # noqa: PLC0415
    from tests.soak.population import populate, prepare  # noqa: PLC0415

    assert get_resolver().url_patterns  # what does not load shall fail before the filling
    now = datetime.now(UTC)
    sizes = {"small": asked.small, "large": asked.users}
    templates = prepare("small", now)
    with psycopg.connect(address, autocommit=True) as server:
        server.execute("CREATE DATABASE large TEMPLATE small")
    chance = random.Random(7)
    sides = {}
    for alias, users in sizes.items():
        populate(alias, templates, users, now, _say)
        sides[alias] = learners(alias, chance.sample(range(users), min(asked.sample, users)))
    found = costs(sides, now, rounds=asked.rounds)
    forget()
    return {name: {side: asdict(cost) for side, cost in by.items()} for name, by in found.items()}


def _problems(found: dict[str, dict[str, dict[str, Any]]], timed: bool) -> list[str]:
    problems = []
    for name, sides in found.items():
        small, large = sides["small"], sides["large"]
        if large["scanned"]:
            problems.append(f"{name} reads {', '.join(large['scanned'])} from end to end")
        if large["rows"] > RATIO_MAX * small["rows"]:
            problems.append(f"{name} touches {large['rows']:.0f} rows, not {small['rows']:.0f}")
        if timed and large["cpu_ms"] > RATIO_MAX * small["cpu_ms"]:
            problems.append(f"{name} costs {large['cpu_ms'] / small['cpu_ms']:.2f} times as much")
    return problems


def _table(found: dict[str, dict[str, dict[str, Any]]]) -> str:
    lines = [f"{'read':<16}{'CPU ms':>16}{'ratio':>8}{'rows':>14}{'pages':>14}"]
    for name, sides in found.items():
        small, large = sides["small"], sides["large"]
        ratio = large["cpu_ms"] / small["cpu_ms"] if small["cpu_ms"] else 0.0
        rows, pages = ([side[what] for side in (small, large)] for what in ("rows", "pages"))
        lines.append(
            f"{name:<16}{small['cpu_ms']:>7.2f} {large['cpu_ms']:>7.2f} {ratio:>8.2f}"
            f"{rows[0]:>6.0f} {rows[1]:>7.0f}{pages[0]:>6.0f} {pages[1]:>7.0f}"
        )
    return "\n".join(lines)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
