"""The list of all cards at 50,000 own cards, and an import of 10,000, on SQLite and PostgreSQL.

`python -m tests.benchmarks.cards sqlite|postgres` measures one database in a process of its own.
Times are the process's own CPU and, for lists, what a learner waits for.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from tests.benchmarks.intake import _site as new_site

ROOT = Path(__file__).resolve().parents[2]
CARDS, IMPORTED, RUNS = 50_000, 10_000, 7
SEARCHES = (
    ("last changed", "", "changed"),
    ("next due", "", "due"),
    ("one word", "number 4321", "changed"),
    ("a word that is nowhere", "nowhere", "changed"),
    ("a tag", "tag:t7", "changed"),
    ("suspended ones", "is:suspended", "changed"),
    ("hardest", "", "difficulty"),
)
Row = tuple[str, float, str]


def for_the_table() -> Iterator[Row]:
    for database in ("sqlite", "postgres"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.cards", database],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        yield from (tuple(row) for row in json.loads(done.stdout.splitlines()[-1]))


def measure(database: str) -> Iterator[Row]:
    new_site(database)
    # Only now can Django's parts be imported.
    from django.db import connection, transaction  # noqa: PLC0415

    from content.domain.own import FinishedPrompt, OwnPrompt, own_id  # noqa: PLC0415
    from content.domain.prompts import Kind, TextAnswer  # noqa: PLC0415
    from quizzes.selectors.browse import browse  # noqa: PLC0415
    from quizzes.services.card_import import import_cards, plan_import  # noqa: PLC0415
    from quizzes.services.decks import create_deck  # noqa: PLC0415
    from quizzes.services.intake import locked_memory  # noqa: PLC0415
    from quizzes.services.own_cards import put_prompts  # noqa: PLC0415
    from studyhub.accounts.models import User  # noqa: PLC0415

    now = datetime.now(UTC)
    user = User.objects.create_user("collector")
    deck = create_deck(user, title="Large")

    def made(number: int) -> FinishedPrompt:
        text = f"What is number {number} of this deck of many cards?"
        own = OwnPrompt(
            own_id(UUID(int=number)),
            Kind.BASIC,
            text,
            TextAnswer("It is."),
            tags=(f"t{number % 50}",),
        )
        return FinishedPrompt(own, f"<p>{text}</p>", "<p>It is.</p>", text)

    def fill() -> None:
        with transaction.atomic():
            memory = locked_memory(user)
            put_prompts(memory, deck, map(made, range(CARDS)), now=now)
            memory.save()

    yield f"store {CARDS:,} own cards, {database}", _cpu(fill), "s CPU"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for name, query, sort in SEARCHES:
        waits = []
        for _ in range(RUNS):
            begun = time.perf_counter()
            browse(user, now=now, query=query, sort=sort)
            waits.append(time.perf_counter() - begun)
        yield f"50 of {CARDS:,} cards: {name}, {database}", 1e3 * statistics.median(waits), "ms"
    table = "question,answer,tags\n" + "".join(
        f"Why is **{n}** a number?,Because $x_{n % 9}$ says so.,a b\n" for n in range(IMPORTED)
    )
    data = table.encode()
    yield (
        f"look at {IMPORTED:,} rows, {database}",
        _cpu(lambda: plan_import(user, data, "a.csv")),
        "s CPU",
    )

    def take_in() -> None:
        import_cards(user, plan_import(user, data, "a.csv"), now=now)

    yield f"import {IMPORTED:,} rows, {database}", _cpu(take_in), "s CPU"
    yield f"import the same {IMPORTED:,} rows again, {database}", _cpu(take_in), "s CPU"


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    rows = []
    for name, value, unit in measure(sys.argv[1]):
        rows.append((name, value, unit))
        sys.stderr.write(f"{name:60}{value:10.2f} {unit}\n")
    sys.stdout.write(json.dumps(rows) + "\n")
