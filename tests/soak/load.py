"""Many devices at once on a running site with PostgreSQL: nothing lost, nothing doubled.

`python -m tests.soak.load` starts a site as `make up` does. Two devices of each learner post
events, in part twice and in part through both, as after lost replies; a third pulls all the time;
others read sessions. Half-way the web server is killed where it stands. In the end every event
that was ever sent is there once, the pulling device has it, and every card has counted it.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests import servers
from tests.site import ROOT, Site, running_site

BATCH_MAX = 40
BUSY = 503
AWAY = (ConnectionError, urllib.error.URLError, TimeoutError)
LEARNERS = """
import json
from content.models import Prompt
from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token
tokens = []
for number in range({count}):
    user = User.objects.create_user(f"load-{{number}}")
    tokens.append(issue_device_token(user, "load")[1])
prompts = list(Prompt.objects.filter(owner=None).values_list("pk", flat=True)[:30])
print(json.dumps({{"tokens": tokens, "prompts": prompts}}))
"""


@dataclass
class Api:
    """One learner's access; a server that is away is asked again until it answers."""

    url: str
    token: str
    seconds: list[float] = field(default_factory=list)

    def call(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}api/v1/{path}", data, headers)
        patience = time.monotonic() + 90
        while True:
            begun = time.monotonic()
            try:
                with urllib.request.urlopen(request, timeout=30) as reply:
                    answer = json.load(reply)
            except urllib.error.HTTPError as refusal:
                if refusal.code == BUSY and time.monotonic() < patience:
                    time.sleep(1)
                    continue
                raise AssertionError(f"{path}: {refusal.code} {refusal.read()[:500]!r}") from None
            except AWAY:
                if time.monotonic() > patience:
                    raise
                time.sleep(0.3)
            else:
                self.seconds.append(time.monotonic() - begun)
                return answer


@dataclass
class Learner:
    """What a learner's devices sent, and what the pulling one has seen."""

    api: Api
    prompts: list[str]
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    pulled: list[str] = field(default_factory=list)
    cursor: str = ""
    shared: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, device: str, chance: random.Random) -> None:
        """One batch, with events of the other device and, in one of four, everything again."""
        batch = [self._event(device, chance) for _ in range(chance.randint(1, BATCH_MAX))]
        with self.lock:
            self.sent.update({event["id"]: event for event in batch})
            again = chance.sample(self.shared, min(len(self.shared), 5))
            self.shared = [*self.shared[-50:], *batch[:3]]
        for _ in range(2 if chance.random() < 0.25 else 1):
            reply = self.api.call("events/", {"events": [*batch, *again]})
            statuses = Counter(result["status"] for result in reply["results"])
            assert set(statuses) <= {"created", "duplicate"}, reply

    def _event(self, device: str, chance: random.Random) -> dict[str, Any]:
        at = datetime.now(UTC) - timedelta(seconds=chance.randint(1, 90 * 86_400))
        return {
            "id": str(uuid4()),
            "device": device,
            "seq": chance.randint(0, 10**9),
            "kind": "review",
            "prompt": chance.choice(self.prompts),
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "tz": chance.choice(["UTC", "Europe/Berlin", "America/New_York"]),
            "rollover": 4,
            "rating": chance.randint(1, 4),
        }

    def pull(self) -> None:
        more = True
        while more:
            page = self.api.call(f"changes/?limit=300&since={self.cursor}")
            # Due dates that the plan moves meanwhile come as events, too.
            self.pulled += [
                change["id"]
                for change in page["changes"]
                if change["type"] == "event" and change["data"]["kind"] == "review"
            ]
            self.cursor, more = page["cursor"], page["more"]

    def problems(self) -> list[str]:
        """What was lost, doubled or not counted."""
        self.pull()
        found = []
        if missing := set(self.sent) - set(self.pulled):
            found.append(f"{len(missing)} events never reached the pulling device")
        if len(self.pulled) != len(set(self.pulled)):
            found.append(f"{len(self.pulled) - len(set(self.pulled))} events came twice")
        if unknown := set(self.pulled) - set(self.sent):
            found.append(f"{len(unknown)} reviews that nobody sent")
        counted = self._cards()
        wanted = Counter(event["prompt"] for event in self.sent.values())
        found += [
            f"{prompt} counts {counted.get(prompt)} reviews of {count}"
            for prompt, count in wanted.items()
            if counted.get(prompt) != count
        ]
        return found

    def _cards(self) -> dict[str, int]:
        cards, cursor, more = {}, "", True
        while more:
            page = self.api.call(f"changes/?limit=1000&since={cursor}")
            for change in page["changes"]:
                if change["type"] == "card":
                    cards[change["id"]] = change["data"]["reps"]
            cursor, more = page["cursor"], page["more"]
        return cards


def load(site: Site, *, learners: int, seconds: float, kill: bool) -> dict[str, Any]:
    """Loads the site for so long and gives the figures, with `problems` empty where all is well."""
    people = _people(site, learners)
    end = time.monotonic() + seconds
    failures: list[str] = []

    def until_the_end(work: Callable[[], object]) -> Callable[[], None]:
        def loop() -> None:
            try:
                while time.monotonic() < end:
                    work()
            except Exception as problem:  # noqa: BLE001 - told at the end, with the others
                failures.append(f"{type(problem).__name__}: {problem}")

        return loop

    work: list[Callable[[], object]] = []
    for number, person in enumerate(people):
        for device in range(2):
            chance = random.Random(1000 * number + device)
            name = str(uuid4())
            work.append(lambda p=person, n=name, c=chance: p.post(n, c))  # type: ignore[misc]
        work.append(person.pull)
        work.append(lambda p=person: p.api.call("session/?limit=20"))  # type: ignore[misc]
    threads = [threading.Thread(target=until_the_end(each)) for each in work]
    for thread in threads:
        thread.start()
    if kill:
        time.sleep(seconds / 2)
        site.child("web").kill()
    for thread in threads:
        thread.join()
    problems = failures + [
        f"learner {number}: {problem}"
        for number, person in enumerate(people)
        for problem in person.problems()
    ]
    spent = sorted(second for person in people for second in person.api.seconds)
    return {
        "events": sum(len(person.sent) for person in people),
        "calls": len(spent),
        "median_ms": round(1000 * statistics.median(spent), 1),
        "p99_ms": round(1000 * spent[int(len(spent) * 0.99)], 1),
        "killed": kill,
        "problems": problems[:50],
    }


def _people(site: Site, count: int) -> list[Learner]:
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", LEARNERS.format(count=count)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "studyhub.settings"}
        | {"STUDYHUB_HOME": str(site.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(made.stdout.splitlines()[-1])
    return [Learner(Api(site.url, token), told["prompts"]) for token in told["tokens"]]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--learners", type=int, default=6)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    os.environ["DATABASE_URL"] = servers.postgres_url()
    with tempfile.TemporaryDirectory(prefix="studyhub-soak-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        database = {"DATABASE_URL": os.environ["DATABASE_URL"]}
        with running_site(home, **database) as site:
            told = load(site, learners=asked.learners, seconds=asked.seconds, kill=True)
    if asked.out:
        asked.out.write_text(json.dumps(told, indent=1))
    for name, value in told.items():
        sys.stdout.write(f"{name:<12}{value}\n")
    return 1 if told["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
