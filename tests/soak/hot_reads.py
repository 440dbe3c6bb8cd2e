"""What the reads of every answer cost: processor time of both sides, and rows by query plan."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connections
from django.test import Client

from quizzes.selectors import changes, session
from quizzes.selectors.sync import cursor_after, newest_text
from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token
from studyhub.base import statements
from studyhub.base.statements import together
from tests.soak.population import BIG_TABLES, FIRST_USER, database

#: The learners' last ten events and the cards since then are newer than this change number.
SEEN = 180


@dataclass(frozen=True)
class Cost:
    """Medians over the learners: milliseconds of processor time, rows and pages that the plans
    touched. `scanned` names big tables that a plan read from end to end."""

    cpu_ms: float
    rows: float
    pages: float
    scanned: tuple[str, ...]


@dataclass(frozen=True)
class Learner:
    user: Any
    client: Client
    cursor: str


Read = Callable[[Learner], object]


def reads(now: datetime) -> dict[str, Read]:
    return {
        "session": lambda who: session(who.user, now=now, limit=20),
        "due list": lambda who: session(who.user, now=now, limit=200),
        "changes": lambda who: changes(who.user, who.cursor, 500),
        "GET session/": lambda who: _get(who, "session/", limit=20),
        "GET changes/": lambda who: _get(who, "changes/", since=who.cursor),
    }


def _get(who: Learner, path: str, **query: Any) -> None:
    reply = who.client.get(f"/api/v1/{path}", query)
    assert reply.status_code == 200, reply.content[:500]


def learners(alias: str, numbers: Sequence[int]) -> list[Learner]:
    found = []
    with database(alias):
        [texts] = together([newest_text()])
        cursor = cursor_after(SEEN, texts)
        for number in numbers:
            user = User.objects.get(pk=FIRST_USER + number)
            _, secret = issue_device_token(user, "soak")
            client = Client(headers={"Authorization": f"Token {secret}"})
            found.append(Learner(user, client, cursor))
    return found


def costs(
    sides: dict[str, list[Learner]], now: datetime, *, rounds: int
) -> dict[str, dict[str, Cost]]:
    """By read and by database. The databases take turns, so that whatever else this machine does
    falls on both alike; every learner is read once before anything counts."""
    found: dict[str, dict[str, Cost]] = {}
    for name, read in reads(now).items():
        seconds: dict[str, list[float]] = {alias: [] for alias in sides}
        for turn in range(rounds + 1):
            for place in range(max(map(len, sides.values()))):
                for alias, group in sides.items():
                    spent = _cpu(alias, read, group[place % len(group)])
                    if turn:
                        seconds[alias].append(spent)
        found[name] = {
            alias: _cost(alias, read, group, seconds[alias]) for alias, group in sides.items()
        }
    return found


def _cost(alias: str, read: Read, group: Sequence[Learner], seconds: list[float]) -> Cost:
    plans = [_plans(alias, read, who) for who in group[:20]]
    return Cost(
        cpu_ms=statistics.median(seconds) * 1000 if seconds else 0.0,
        rows=statistics.median(sum(_rows(plan) for plan in some) for some in plans),
        pages=statistics.median(sum(_pages(plan) for plan in some) for some in plans),
        scanned=tuple(sorted({table for some in plans for p in some for table in _scanned(p)})),
    )


def _cpu(alias: str, read: Read, who: Learner) -> float:
    """Seconds of processor time, here and in the database's process."""
    with database(alias) as connection:
        connection.ensure_connection()
        backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
        before, begun = _run_time(backend), time.process_time()
        read(who)
        spent = time.process_time() - begun
        return spent + _run_time(backend) - before


def _run_time(schedstat: Path) -> float:
    """Seconds that a process ran on a processor; 0 where the system does not say."""
    return int(schedstat.read_text().split()[0]) / 1e9 if schedstat.exists() else 0.0


def _plans(alias: str, read: Read, who: Learner) -> list[dict[str, Any]]:
    """The plans, as they ran, of all that the read asked the database."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with database(alias) as connection:
        each = mock.patch.object(statements, "_in_one_message", statements._one_by_one)
        with each, connection.execute_wrapper(note):
            read(who)
        found = []
        with connection.cursor() as cursor:
            for sql, params in asked:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
                [[told]] = cursor.fetchall()
                told = json.loads(told) if isinstance(told, str) else told
                found.append(told[0]["Plan"])
        return found


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]


def _rows(plan: dict[str, Any]) -> float:
    """Rows that the plan's scans read, those they threw away included."""
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in _nodes(plan)
        if node["Node Type"].endswith("Scan") and node["Node Type"] != "Bitmap Index Scan"
    )


def _pages(plan: dict[str, Any]) -> float:
    return float(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _scanned(plan: dict[str, Any]) -> list[str]:
    return [
        node["Relation Name"]
        for node in _nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG_TABLES
    ]


def forget() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
