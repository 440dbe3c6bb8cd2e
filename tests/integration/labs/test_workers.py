"""Real Celery workers as processes: from the message to the grade, and what a kill leaves."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection

from labs.domain.uploads import Upload
from labs.models import Grade, Run
from labs.selectors import run_events
from labs.services import cancel, submit, sync_labs
from studyhub.base.clock import now
from tests import servers
from tests.site import wait_for

ROOT = Path(__file__).resolve().parents[3]
LABS = ROOT / "tests" / "fixtures" / "labs"
REFERENCE = (LABS / "brighter" / "reference.py").read_text()
SLOW = REFERENCE.replace(
    "def train(data, run):",
    "import time\n\n\ndef train(data, run):\n    print('begun')\n    time.sleep({seconds})",
)
pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.slow,
    pytest.mark.usefixtures("sandbox_works"),
    pytest.mark.django_db(transaction=True),
]


class Workers:
    """Starts worker processes on the test's own database and broker, and ends them all."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """As `make up` starts the worker for labs, with the beat inside."""
        with self._log.open("ab") as log:
            worker = subprocess.Popen(
                [
                    sys.executable, "-m", "celery", "-A", "studyhub.celery", "worker",
                    "-Q", "labs.cpu,labs.gpu", "-c", "1", "--loglevel", "INFO",
                    "--without-gossip", "--without-mingle", "--without-heartbeat",
                ],
                env=self._environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._started.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """kill -9 of the worker and its pool, as a machine that loses power would."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def end(self) -> None:
        for worker in self._started:
            if worker.poll() is None:
                self.kill(worker)

    def said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""


def database_url() -> str:
    """The test's own database, for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


# Two pairs are what people run: files beside SQLite, and Redis beside PostgreSQL.
BROKERS = pytest.mark.parametrize(
    "broker",
    [
        pytest.param("files", marks=pytest.mark.embedded),
        pytest.param("redis", marks=[pytest.mark.redis, pytest.mark.service]),
    ],
)


@pytest.fixture
def broker() -> str:
    return "files"


@pytest.fixture
def workers(broker, tmp_path, monkeypatch, db) -> Iterator[Workers]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.fixtures.labs_settings",
        "STUDYHUB_HOME": str(settings.STUDYHUB_HOME),
        "DATABASE_URL": database_url(),
        "REMAP_SIGTERM": "SIGQUIT",
    }
    if broker == "redis":
        environment["REDIS_URL"] = servers.redis_url(tmp_path)
        app = Celery(broker=broker_of(environment["REDIS_URL"]), set_as_current=False)
        monkeypatch.setattr("labs.queue.current_app", app)
    sync_labs(LABS, now=now())
    started = Workers(environment, tmp_path / "worker.log")
    yield started
    started.end()
    for message in (settings.STUDYHUB_HOME / "broker" / "queue").glob("*"):
        message.unlink()


def broker_of(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+socket://")


@pytest.fixture
def hand_in_code(ada) -> Callable[[str], Run]:
    def make(code: str) -> Run:
        return submit(ada, "brighter", Upload("solution.py", code.encode()), now=now())

    return make


def wait_until(run: Run, *states: str, workers: Workers, seconds: float = 40.0) -> Run:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if run.state in states:
            return run
        time.sleep(0.05)
    raise AssertionError(
        f"{run} ({run.error}) after {seconds} s; the worker said:\n{workers.said()}"
    )


def wait_for_line(run: Run, line: str, *, workers: Workers) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if any(event.data.get("line") == line for event in run_events(run.pk).events):
            return
        time.sleep(0.05)
    raise AssertionError(f"{line!r} was not told; the worker said:\n{workers.said()}")


@BROKERS
def test_an_upload_ends_with_its_grade(workers, hand_in_code):
    workers.start()
    run = wait_until(hand_in_code(REFERENCE), "passed", workers=workers)
    assert run.grade.grade == "excellent"
    assert run.attempt == 1
    page = run_events(run.pk)
    assert [e.data["state"] for e in page.events if e.kind == "state"] == [
        "queued", "claimed", "preparing", "training", "predicting", "grading", "passed",
    ]  # fmt: skip
    assert {"log", "metric", "progress"} <= {event.kind for event in page.events}
    assert [event.seq for event in page.events] == list(range(1, len(page.events) + 1))


@BROKERS
def test_a_run_whose_worker_was_killed_is_finished_by_the_next_one(workers, hand_in_code):
    first = workers.start()
    run = hand_in_code(SLOW.format(seconds=4))
    wait_for_line(run, "begun", workers=workers)
    workers.kill(first)
    run.refresh_from_db()
    assert run.state == "training"
    workers.start()
    killed = time.monotonic()
    wait_until(run, "passed", workers=workers)
    assert time.monotonic() - killed < 30
    assert run.attempt == 2
    assert Grade.objects.count() == 1
    seqs = [event.seq for event in run_events(run.pk).events]
    assert seqs == list(range(1, len(seqs) + 1))


@pytest.mark.embedded
def test_a_worker_asked_to_stop_drops_its_run_and_the_next_one_finishes_it(workers, hand_in_code):
    first = workers.start()
    run = hand_in_code(SLOW.format(seconds=4))
    wait_for_line(run, "begun", workers=workers)
    first.terminate()
    first.wait(timeout=60)
    workers.start()
    assert wait_until(run, "passed", workers=workers).attempt == 2


@pytest.mark.embedded
def test_a_stopped_run_ends_soon_and_the_worker_goes_on(workers, ada, hand_in_code):
    workers.start()
    slow = hand_in_code(SLOW.format(seconds=15))
    wait_for_line(slow, "begun", workers=workers)
    asked = time.monotonic()
    cancel(ada, slow.pk, now=now())
    wait_until(slow, "cancelled", workers=workers)
    assert time.monotonic() - asked < 5
    wait_until(hand_in_code(REFERENCE), "passed", workers=workers)


@pytest.mark.embedded
def test_messages_that_were_lost_are_made_good(workers, hand_in_code):
    """The broker's folder is emptied before a worker looks."""
    run = hand_in_code(REFERENCE)
    for message in (settings.STUDYHUB_HOME / "broker" / "queue").glob("*"):
        message.unlink()
    Run.objects.filter(pk=run.pk).update(sent_at=run.sent_at.replace(year=2025))
    workers.start()  # reconciles when it is ready
    wait_until(run, "passed", workers=workers)


def test_a_worker_that_was_just_started_imports_what_grading_needs(workers):
    worker = workers.start()

    def loaded() -> bool:
        return any("/sklearn/" in maps for maps in _maps_of_children(worker.pid))

    assert wait_for(loaded, 90, f"no process has loaded it:\n{workers.said()}")


def _maps_of_children(pid: int) -> list[str]:
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            found.append(Path(f"/proc/{child}/maps").read_text())
        except OSError:
            continue
    return found
