"""A database that is away for a moment while a worker carries out a run."""

import sqlite3
import threading
import time
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection

from labs.domain.uploads import Upload
from labs.models import Artefact, Grade, Run
from labs.selectors import run_events
from labs.services import (
    Places,
    claims,
    execute_next,
    execution,
    patience,
    submit,
    sync_labs,
)
from labs.services.patience import patiently
from studyhub.base.clock import now
from tests.integration.labs.test_execution import CPU, LABS, REFERENCE

pytestmark = pytest.mark.django_db(transaction=True)


class Away:
    """A function of the claims that the database refuses the first time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, times: int = 1) -> None:
        self._real: Callable[..., object] = getattr(claims, name)
        self._times = times
        self.calls = 0
        monkeypatch.setattr(claims, name, self)

    def __call__(self, *given: object, **named: object) -> object:
        self.calls += 1
        if self.calls <= self._times:
            raise OperationalError("database or disk is full")
        return self._real(*given, **named)


@pytest.fixture
def carry_out(ada, tmp_path, sandbox_works):
    """Hands in and runs the reference; the run as it stands afterwards."""
    home = tmp_path
    places = Places(LABS, home / "data", home / "prepared", home / "runs", home / "secret")

    def go() -> Run:
        sync_labs(LABS, now=now())
        run = submit(ada, "brighter", Upload("solution.py", REFERENCE.encode()), now=now())
        try:
            execute_next(devices=CPU, clock=now, places=places)
        finally:
            run.refresh_from_db()
        return run

    return go


@pytest.mark.sandbox
@pytest.mark.parametrize("what", ["enter", "add_events", "stop_reason", "finish"])
def test_the_run_goes_on_and_nothing_of_it_is_lost(carry_out, monkeypatch, what):
    monkeypatch.setattr(execution, "_LOOK_SECONDS", 0.0)  # this run is shorter than that
    away = Away(monkeypatch, what)
    run = carry_out()
    assert away.calls >= 1
    assert (run.state, run.attempt, run.grade.grade) == ("passed", 1, "excellent")
    assert Grade.objects.count() == 1
    events = run_events(run.pk).events
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [e.data["line"] for e in events if e.kind == "log"] == ["comparing halves"]
    assert len([e for e in events if e.kind == "metric"]) == 3


@pytest.mark.sandbox
def test_a_grade_whose_commit_was_not_confirmed_keeps_its_model(carry_out, monkeypatch):
    written = claims.finish
    calls = []

    def finish(*given: object, **named: object) -> None:
        calls.append(1)
        written(*given, **named)
        if len(calls) == 1:
            raise OperationalError("the connection was lost")

    monkeypatch.setattr(claims, "finish", finish)
    run = carry_out()
    assert (run.state, len(calls), Grade.objects.count()) == ("passed", 2, 1)
    assert Artefact.objects.get(run=run).model_bytes > 0


@pytest.mark.sandbox
def test_where_it_stays_away_the_worker_gives_up(carry_out, monkeypatch):
    monkeypatch.setattr(patience, "LONGEST", 0.0)
    Away(monkeypatch, "finish")
    with pytest.raises(OperationalError):
        carry_out()
    run = Run.objects.get()
    assert (run.state, run.attempt_id) == ("queued", None)
    assert not Grade.objects.exists()


@pytest.mark.sandbox
@pytest.mark.embedded
@pytest.mark.parametrize("when", ["before", "after"])
def test_sqlite_locked_as_the_grade_is_written_costs_only_time(carry_out, monkeypatch, when):
    """A real lock of another process's kind: up to the grade's transaction, or from its commit."""
    written = claims.finish
    locked = threading.Event()
    refused = []

    def lock() -> None:
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        locked.set()
        time.sleep(1.5)
        other.close()

    def finish(*given: object, **named: object) -> None:
        if when == "after":
            written(*given, **named)
        elif locked.is_set():
            return written(*given, **named)
        holder.start()
        locked.wait()
        with connection.cursor() as cursor:  # shorter than the lock, as that of a site may be, too
            cursor.execute("PRAGMA busy_timeout = 100")
        if when == "before":
            try:
                written(*given, **named)
            except OperationalError as error:
                refused.append(str(error))
                raise
        return None

    holder = threading.Thread(target=lock)
    monkeypatch.setattr(claims, "finish", finish)
    run = carry_out()
    holder.join()
    assert refused == (["database is locked"] if when == "before" else [])
    assert (run.state, run.attempt, run.grade.grade) == ("passed", 1, "excellent")
    assert (Grade.objects.count(), Artefact.objects.count()) == (1, 1)
    events = run_events(run.pk).events
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [e.data["state"] for e in events if e.kind == "state"].count("passed") == 1


def test_a_mistake_is_not_repeated():
    calls = []

    def wrong() -> None:
        calls.append(1)
        raise ValueError

    with pytest.raises(ValueError):
        patiently(wrong)
    assert calls == [1]
