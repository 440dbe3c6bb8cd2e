"""Processes killed where they stand: nothing acknowledged is lost, and what was begun gets done.

`python -m tests.soak.faults` starts a site as `make up` does, on a PostgreSQL. While two devices of
a learner post reviews, the web server, the worker (during a refold, a rescheduling, a fit and the
nightly round) and the database server are killed with KILL. After each, every review is there once,
every card is the fold of its events, and no task is left unfinished.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pgserver
import psycopg

from quizzes.domain.events import moment_text
from tests.site import ROOT, Site, running_site, wait_for
from tests.soak.load import Api, Learner

CARDS, DAYS_APART = 1_500, 9
SET_UP = """
import json
from datetime import timedelta
from content.models import Deck, Prompt
from quizzes.models import UserMemory
from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token
from studyhub.base.clock import now
user = User.objects.create_user("faults")
deck = Deck.objects.create(slug="faults", title="Faults", owner=user)
Prompt.objects.bulk_create(
    Prompt(id=f"f{{n}}", deck=deck, owner=user, kind="basic", question="Why?", question_text="Why?",
           answer={{"type": "text", "text": "because"}}, content_hash="0" * 64, position=n,
           updated_at=now())
    for n in range({cards})
)
print(json.dumps({{"user": user.pk, "token": issue_device_token(user, "faults")[1]}}))
"""
STALE = """
from quizzes.domain.fold import fold
from quizzes.models import Card
from quizzes.selectors.memory import chapters_of, events_of_cards, timeline_of
cards = list(Card.objects.filter(user={user}))
names = [card.prompt_id for card in cards]
events, settings = events_of_cards({user}, names), timeline_of({user})
chapters = chapters_of(names)
print(sum(c.state() != fold(events[c.prompt_id], settings, chapters[c.prompt_id]) for c in cards))
"""
#: What the beat would do within some minutes.
LATER = """
from datetime import timedelta
from quizzes.queue import QUEUE, REFOLD_WAITING, TEND_WAITING
from quizzes.services import resume_waiting
from studyhub.base.clock import now
from studyhub.celery import app
resume_waiting(now=now() + timedelta(minutes=5))
for task in (REFOLD_WAITING, TEND_WAITING):
    app.send_task(task, queue=QUEUE)
"""


class Faults:
    """A site on a database of its own, and one learner whose devices post all the time."""

    def __init__(self, site: Site, server: Any, url: str) -> None:
        self.site, self.server, self.url = site, server, url
        made = json.loads(self.shell(SET_UP.format(cards=CARDS)).splitlines()[-1])
        self.user = made["user"]
        self.learner = Learner(
            Api(site.url, made["token"]), [f"f{number}" for number in range(CARDS)]
        )
        self.seen: list[dict[str, Any]] = []
        self.failures: list[str] = []
        self.stop = threading.Event()
        self.posters = [threading.Thread(target=self._post, args=(n,)) for n in range(2)]

    def shell(self, code: str) -> str:
        """What the site's own shell prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "studyhub.settings",
                "DATABASE_URL": self.url,
                "STUDYHUB_HOME": str(self.site.home),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def ask(self, statement: str) -> Any:
        """The first value that the database gives, None where it gives none or is away."""
        try:
            with psycopg.connect(self.url, autocommit=True) as connection:
                row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
        except psycopg.OperationalError:
            return None
        return row[0] if row else None

    def memory(self, column: str) -> Any:
        return self.ask(f"SELECT {column} FROM quizzes_usermemory WHERE user_id = {self.user}")

    def open_task(self, column: str, kind: str) -> Any:
        return self.ask(
            f"SELECT {column} FROM quizzes_opentask WHERE user_id = {self.user} AND kind = '{kind}'"
        )

    def study(self) -> None:
        """Enough reviews for cards in review, and for a fit."""
        now = datetime.now(UTC)
        device = str(uuid4())
        events = [
            {
                **self.learner._event(device, random.Random(n)),
                "prompt": f"f{n % CARDS}",
                "rating": random.Random(n).choice((1, 3, 3, 3, 4)),
                "at": moment_text(
                    now - timedelta(days=DAYS_APART * (3 - n // CARDS), seconds=n % CARDS)
                ),
            }
            for n in range(3 * CARDS)
        ]
        for start in range(0, len(events), 1000):
            batch = events[start : start + 1000]
            reply = self.learner.api.call("events/", {"events": batch})
            assert {result["status"] for result in reply["results"]} == {"created"}
            self.learner.sent.update({event["id"]: event for event in batch})

    def _post(self, number: int) -> None:
        chance, device = random.Random(number), str(uuid4())
        try:
            while not self.stop.wait(0.05):
                self.learner.post(device, chance)
        except Exception as problem:  # noqa: BLE001 - told at the end, with the others
            self.failures.append(f"{type(problem).__name__}: {problem}")

    def settings(self, **fields: Any) -> None:
        """An event of settings by a device."""
        event = self.learner._event(str(uuid4()), random.Random(1))
        event |= {"kind": "parameters", "at": moment_text(datetime.now(UTC)), **fields}
        for name in ("prompt", "rating"):
            del event[name]
        reply = self.learner.api.call("events/", {"events": [event]})
        assert reply["results"][0]["status"] == "created", reply

    def kill_database(self) -> None:
        folder = Path(self.server.pgdata)
        os.kill(int((folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

        def started() -> bool:
            # Where nobody buries the dead, the server takes its own corpse for a living one.
            for lock in (folder / "postmaster.pid", *folder.glob(".s.PGSQL.*")):
                lock.unlink(missing_ok=True)
            options = ["-w", "-o", f'-h "" -k {folder}', "-l", str(folder / "log"), "start"]
            try:
                pgserver.pg_ctl(options, pgdata=folder, user=self.server.system_user, timeout=20)
            except subprocess.SubprocessError:
                return False  # what the killed one left behind is still ending
            return True

        time.sleep(1.0)
        wait_for(started, 30, "PostgreSQL did not come back")

    def problems(self) -> list[str]:
        """What is not as it should be while nothing runs."""
        cursor, more, pulled = "", True, []
        while more:
            page = self.learner.api.call(f"changes/?limit=1000&since={cursor}")
            pulled += [
                change["id"]
                for change in page["changes"]
                if change["type"] == "event" and change["data"]["kind"] == "review"
            ]
            cursor, more = page["cursor"], page["more"]
        found = list(self.failures)
        counted = Counter(pulled)
        if lost := self.learner.sent.keys() - counted.keys():
            found.append(f"{len(lost)} reviews were lost")
        if doubled := [name for name, count in counted.items() if count > 1]:
            found.append(f"{len(doubled)} reviews came twice")
        if unknown := counted.keys() - self.learner.sent.keys():
            found.append(f"{len(unknown)} reviews that nobody sent")
        if stale := int(self.shell(STALE.format(user=self.user)).split()[-1]):
            found.append(f"{stale} cards are not the fold of their events")
        return found

    def suffer(
        self, name: str, fault: Callable[[], None], done: Callable[[], object]
    ) -> dict[str, Any]:
        """Lets `fault` happen while reviews come in; `done` is what has to be true some time
        after, once the beat has had its turn."""
        before, begun = len(self.learner.sent), time.monotonic()
        self.stop.clear()
        self.posters = [threading.Thread(target=self._post, args=(n,)) for n in range(2)]
        for poster in self.posters:
            poster.start()
        found = []
        try:
            fault()
            time.sleep(3)
            self.shell(LATER)
            wait_for(done, 90, "what was begun was not finished")
        except AssertionError as problem:
            found.append(str(problem))
        finally:
            self.stop.set()
            for poster in self.posters:
                poster.join()
        found += self.problems()
        sys.stderr.write(f"{name}: {found}\n")
        return {
            "reviews": len(self.learner.sent) - before,
            "seconds": round(time.monotonic() - begun, 1),
            "problems": found,
        }

    def soon(self, what: Callable[[], object]) -> None:
        """Waits, looking often, until a task has begun what it is killed in."""
        end = time.monotonic() + 60
        while not what():
            assert time.monotonic() < end, "the task to be killed never began"
            time.sleep(0.02)

    def refold(self, end: Callable[[], None]) -> None:
        weight = 0.1 + 0.01 * random.random()
        defaults = self.learner.api.call("scheduling/")["parameters"]
        self.settings(parameters=[*defaults[:20], weight])
        self.soon(lambda: self.memory("refold_wanted IS NOT NULL AND refold_done > 0"))
        end()

    def reschedule(self) -> None:
        self.settings(desired_retention=0.8)
        self.learner.api.call("scheduling/reschedule/", {})
        self.soon(lambda: self.open_task("done", "reschedule"))
        self.site.child("worker").kill()

    def fit(self) -> None:
        self.learner.api.call("scheduling/fit/", {})
        self.soon(lambda: self.open_task("attempts", "fit"))
        self.site.child("worker").kill()

    def tend(self) -> None:
        self.shell(
            "from quizzes.models import UserMemory\n"
            "from quizzes.queue import send_tend_after_commit\n"
            f"UserMemory.objects.filter(user={self.user}).update(tended_day=None)\n"
            f"send_tend_after_commit({self.user}, daily=True)"
        )
        self.site.child("worker").kill()


def faults(site: Site, server: Any, url: str) -> dict[str, Any]:
    """What became of each fault, with `problems` empty where all is well."""
    it = Faults(site, server, url)
    it.study()
    child = it.site.child

    def folded() -> object:
        return it.memory("refold_wanted IS NULL")

    def none_open() -> object:
        return it.ask("SELECT count(*) = 0 FROM quizzes_opentask")

    trials: dict[str, tuple[Callable[[], None], Callable[[], object]]] = {
        "web": (lambda: child("web").kill(), lambda: True),
        "worker, refold": (lambda: it.refold(lambda: child("worker").kill()), folded),
        "worker, reschedule": (it.reschedule, none_open),
        "worker, fit": (it.fit, none_open),
        "worker, tend": (it.tend, lambda: it.memory("tended_day IS NOT NULL")),
        "database": (it.kill_database, lambda: True),
        "database, refold": (lambda: it.refold(it.kill_database), folded),
    }
    told = {name: it.suffer(name, *trial) for name, trial in trials.items()}
    problems = [f"{name}: {said}" for name, each in told.items() for said in each["problems"]]
    return {"faults": told, "problems": problems}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    server = pgserver.get_server(
        tempfile.mkdtemp(prefix="studyhub-postgres-"), cleanup_mode="delete"
    )
    server.psql("CREATE DATABASE studyhub;")
    url = str(server.get_uri("studyhub"))
    with tempfile.TemporaryDirectory(prefix="studyhub-soak-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        with running_site(home, DATABASE_URL=url) as site:
            told = faults(site, server, url)
    if asked.out:
        asked.out.write_text(json.dumps(told, indent=1))
    for name, each in told["faults"].items():
        sys.stdout.write(f"{name:<20}{each}\n")
    return 1 if told["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
