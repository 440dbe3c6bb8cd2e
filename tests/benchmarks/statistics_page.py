"""What the statistics of a year's 40,000 answers cost on PostgreSQL, in CPU of the web process.

Measured in a process of its own, with the site's settings and middleware, on generated study.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

CHAPTERS, PROMPTS, NEW_PER_DAY, RUNS = 20, 6_000, 10, 5
PAGES = {
    "statistics page, 90 days": "/statistics/",
    "statistics page, all": "/statistics/?days=all",
    "statistics page, all, a year ahead": "/statistics/?days=all&ahead=365",
    "every fact": "/statistics/facts/",
}


def for_the_table() -> Iterator[tuple[str, float, str]]:
    """(name, value, unit)."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.statistics_page"],
        capture_output=True,
        text=True,
        check=True,
    )
    yield from (tuple(row) for row in json.loads(done.stdout.splitlines()[-1]))


def measured() -> Iterator[tuple[str, float, str]]:
    _site()
    # Only now can Django's parts be imported.
    from django.test import Client  # noqa: PLC0415

    user, answers = _learner()
    yield "answers in the log", answers, ""
    client = Client()
    client.force_login(user)
    for name, path in PAGES.items():
        client.get(path)
        spent = []
        for _ in range(RUNS):
            begun = time.process_time()
            reply = client.get(path)
            spent.append(time.process_time() - begun)
            if reply.status_code != 200:
                raise SystemExit(f"{path}: {reply.status_code}")
        yield f"CPU of {name}", 1000 * statistics.median(spent), "ms"


def _site() -> None:
    """Sets Django up with the site's own settings on a new PostgreSQL."""
    from tests.servers import postgres_url  # noqa: PLC0415

    os.environ.update(
        STUDYHUB_HOME=tempfile.mkdtemp(prefix="studyhub-bench-"),
        DJANGO_SETTINGS_MODULE="studyhub.settings",
        STUDYHUB_HOSTS="testserver",
        STUDYHUB_LOG_LEVEL="WARNING",
        DATABASE_URL=postgres_url(),
    )
    os.environ.pop("REDIS_URL", None)
    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES["staticfiles"] = {"BACKEND": plain}  # nothing was collected here
    django.setup()
    call_command("migrate", verbosity=0)


def _learner() -> tuple[Any, int]:
    """A learner after a year with a course of PROMPTS prompts, and how many events that made."""
    from content.models import Chapter, Deck, Prompt  # noqa: PLC0415
    from studyhub.accounts.models import User  # noqa: PLC0415
    from tests.studied import a_year_of_study  # noqa: PLC0415

    now = datetime.now(UTC)
    deck = Deck.objects.create(slug="course", title="Course")
    chapters = Chapter.objects.bulk_create(
        Chapter(deck=deck, slug=f"c-{n}", number=n, title="C", position=n, updated_at=now)
        for n in range(CHAPTERS)
    )
    prompts = Prompt.objects.bulk_create(
        Prompt(
            id=f"p{n:04}",
            deck=deck,
            chapter=chapters[n * CHAPTERS // PROMPTS],
            kind="basic",
            question="Why?",
            answer={"type": "text", "text": "Because."},
            question_html="<p>Why?</p>",
            answer_html="<p>Because.</p>",
            question_text="Why?",
            facts=[f"F-{n // 3}"],
            position=n,
            updated_at=now,
        )
        for n in range(PROMPTS)
    )
    user = User.objects.create_user("bench")
    names = [prompt.pk for prompt in prompts]
    count = a_year_of_study(
        user, names, until=now, new_per_day=NEW_PER_DAY, reviews_per_day=400, seed=1
    )
    return user, count


if __name__ == "__main__":
    sys.stdout.write(json.dumps(list(measured())) + "\n")
