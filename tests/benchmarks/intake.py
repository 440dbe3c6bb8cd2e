"""How fast review events are taken in, and what one answer costs, over the whole HTTP stack.

Each database is measured in a process of its own, with the site's settings: middleware, device
token, JSON both ways. `python -m tests.benchmarks.intake postgres|sqlite` prints what it finds;
any second argument prints profiles of the calls as well.

Taking in: calls of 1,000 new reviews over 300 cards, nearly all of which have a history. One
answer: a call with one review that asks for the next card. CPU is this process's own, without
the database server's. A figure is the median of the quietest round of several: what else runs on
the machine only ever adds to it.
"""

import cProfile
import io
import json
import os
import pstats
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

CARDS, ROUNDS, CALLS, ANSWERS = 300, 6, 6, 60
ROOT = Path(__file__).resolve().parents[2]
Row = tuple[str, float, str]


def for_the_table() -> Iterator[Row]:
    """Rows for `make bench`: name, value, unit."""
    for database in ("postgres", "sqlite"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.intake", database],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        yield from (tuple(row) for row in json.loads(done.stdout.splitlines()[-1]))


def measure(database: str, profile: bool = False) -> list[Row]:
    _site(database)
    # Only now can Django's parts be imported.
    user = _learner()
    from studyhub.accounts.services import issue_device_token  # noqa: PLC0415
    from studyhub.wsgi import application  # noqa: PLC0415

    token = issue_device_token(user, "bench")[1]

    def post(body: dict[str, Any]) -> dict[str, Any]:
        environ = _environ(json.dumps(body).encode(), token)
        statuses: list[str] = []
        wall, cpu = time.perf_counter(), time.process_time()
        reply = application(environ, lambda status, headers: statuses.append(status))
        content = b"".join(reply)
        reply.close()
        spent.append((time.perf_counter() - wall, time.process_time() - cpu))
        found: dict[str, Any] = json.loads(content)
        if statuses != ["200 OK"] or {r["status"] for r in found["results"]} != {"created"}:
            raise SystemExit(f"{statuses}: {content[:500]!r}")
        return found

    spent: list[tuple[float, float]] = []
    reviews = _Reviews()
    for _ in range(3):  # cards get a history, and caches fill
        post({"events": reviews.take(1000)})
    watch = cProfile.Profile()

    def quietest(calls: int, call: Callable[[], dict[str, Any]]) -> tuple[float, float]:
        """Milliseconds and milliseconds of CPU of a call."""
        medians = []
        for _ in range(ROUNDS):
            spent.clear()
            for body in [call() for _ in range(calls)]:
                if profile:
                    watch.enable()
                post(body)
                watch.disable()
            medians.append([1e3 * statistics.median(column) for column in zip(*spent, strict=True)])
        if profile:
            pstats.Stats(watch).sort_stats("tottime").print_stats(40)
            watch.clear()
        wall, cpu = map(min, zip(*medians, strict=True))
        return wall, cpu

    wall, cpu = quietest(CALLS, lambda: {"events": reviews.take(1000)})
    rows: list[Row] = [
        (f"events/s taken in, {database}", 1e6 / wall, "1/s"),
        (f"CPU of an event, {database}", cpu, "us"),
    ]
    wall, cpu = quietest(ANSWERS, lambda: {"events": reviews.take(1, now=True), "next": 1})
    rows += [
        (f"CPU of one answer with the next card, {database}", cpu, "ms"),
        (f"time of one answer with the next card, {database}", wall, "ms"),
    ]
    return rows


class _Reviews:
    """What one device sends: reviews of random cards as time goes by, up to the present."""

    def __init__(self) -> None:
        self.random = random.Random(1)
        self.seq = 0
        self.at = datetime.now(UTC) - timedelta(days=300)

    def take(self, count: int, *, now: bool = False) -> list[dict[str, Any]]:
        if now:
            self.at = datetime.now(UTC)
        else:
            self.at += timedelta(days=7)
        return [self._one(self.at + timedelta(seconds=n)) for n in range(count)]

    def _one(self, at: datetime) -> dict[str, Any]:
        self.seq += 1
        return {
            "id": str(UUID(int=self.random.getrandbits(128))),
            "device": "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
            "seq": self.seq,
            "kind": "review",
            "prompt": f"c04-prompt-{self.random.randrange(CARDS):03}",
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "tz": "Europe/Berlin",
            "rollover": 4,
            "rating": self.random.choices((1, 2, 3, 4), (10, 10, 70, 10))[0],
            "duration_ms": self.random.randrange(1_000, 30_000),
            "version": 1,
        }


def _environ(body: bytes, token: str) -> dict[str, Any]:
    """What a WSGI server hands over for the call."""
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/api/v1/events/",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "testserver",
        "HTTP_AUTHORIZATION": f"Token {token}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _site(database: str) -> None:
    """Sets Django up with the site's own settings on a new database."""
    home = tempfile.mkdtemp(prefix="studyhub-bench-")
    os.environ.update(STUDYHUB_HOME=home, DJANGO_SETTINGS_MODULE="studyhub.settings")
    os.environ.update(STUDYHUB_HOSTS="testserver", STUDYHUB_LOG_LEVEL="WARNING")
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    if database == "postgres":
        from tests.servers import postgres_url  # noqa: PLC0415

        os.environ["DATABASE_URL"] = postgres_url()
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)


def _learner() -> Any:
    """A learner with a course of two thousand prompts, of which CARDS will be answered."""
    from content.models import Chapter, Deck, Prompt  # noqa: PLC0415
    from studyhub.accounts.models import User  # noqa: PLC0415

    now = datetime.now(UTC)
    deck = Deck.objects.create(slug="course", title="Course")
    chapters = [
        Chapter(deck=deck, slug=f"chapter-{n}", number=n, title="C", position=n, updated_at=now)
        for n in range(20)
    ]
    Chapter.objects.bulk_create(chapters)
    Prompt.objects.bulk_create(
        Prompt(
            id=f"c04-prompt-{n:03}",
            deck=deck,
            chapter=chapters[n % 20],
            kind="basic",
            question="Why?",
            answer={"type": "text", "text": "Because."},
            question_html="<p>Why?</p>",
            answer_html="<p>Because.</p>",
            question_text="Why?",
            position=n,
            updated_at=now,
        )
        for n in range(2_000)
    )
    return User.objects.create_user("bench")


if __name__ == "__main__":
    found = measure(sys.argv[1], profile=len(sys.argv) > 2)
    sys.stdout.write(json.dumps(found) + "\n")
