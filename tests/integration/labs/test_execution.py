"""What a worker writes while it carries out a run, in this process and a real sandbox."""

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest

from labs.domain.errors import NoSandbox
from labs.domain.runs import LEASE
from labs.domain.uploads import Upload
from labs.models import Grade, Run
from labs.sandbox import SandboxBroken
from labs.selectors import run_events, run_events_of
from labs.services import Places, cancel, execute_next, execution, submit, sync_labs
from studyhub.base.clock import now

LABS = Path(__file__).resolve().parents[2] / "fixtures" / "labs"
REFERENCE = (LABS / "brighter" / "reference.py").read_text()
PREDICT = REFERENCE[REFERENCE.index("def predict") :]
SLEEPS = "import time\ndef train(data, run):\n    print('begun')\n    time.sleep({})\n" + PREDICT
CPU = ("cpu", "either")
# The lease is renewed from a thread, which sees only what is committed.
pytestmark = [pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def places(tmp_path, sandbox_works) -> Places:
    return Places(LABS, tmp_path / "data", tmp_path / "prepared", tmp_path / "runs", tmp_path / "s")


@pytest.fixture
def carry_out(ada, places):
    """`carry_out(code)` hands in and runs; the run as it stands afterwards.

    What `meanwhile` returns, if anything, is how far the worker's clock is off.
    """

    def go(code: str, *, meanwhile=lambda run: None) -> Run:
        sync_labs(LABS, now=now())
        run = submit(ada, "brighter", Upload("solution.py", code.encode()), now=now())

        def clock():
            return now() + (meanwhile(run) or timedelta(0))

        try:
            assert execute_next(devices=CPU, clock=clock, places=places) == run.pk
        finally:
            run.refresh_from_db()
        return run

    return go


def test_a_good_run_has_grade_log_and_events(carry_out):
    run = carry_out(REFERENCE)
    assert (run.state, run.grade.grade, run.log) == ("passed", "excellent", "comparing halves\n")
    assert run.sandbox
    assert run.seconds["total"] >= run.seconds["train"]
    assert run.grade.feedback["confusion"]["labels"] == ["left", "right"]
    assert bytes(run.grade.predictions).startswith(b"\x93NUMPY")
    assert run_events(run.pk).done


def test_an_empty_queue_is_no_work(db, places):
    assert execute_next(devices=CPU, clock=now, places=places) is None


def test_a_mistake_of_the_learner_ends_the_run_with_a_message(carry_out):
    run = carry_out("def train(data, run):\n    raise ValueError('\\x00 no')\n" + PREDICT)
    assert run.state == "errored"
    assert run.error["kind"] == "raised"
    assert "no" in run.error["message"] + run.error["detail"]
    assert not Grade.objects.exists()


def test_a_site_without_a_sandbox_says_what_to_type(carry_out, monkeypatch):
    def none_works(**more):
        raise NoSandbox("No sandbox works here.", cure="Type: make up")

    monkeypatch.setattr("labs.services.pipeline.choose", none_works)
    run = carry_out(REFERENCE)
    assert run.state == "errored"
    assert run.error == {
        "kind": "no_sandbox",
        "message": "No sandbox works here.",
        "detail": "Type: make up",
    }


def test_a_failure_of_the_machine_gives_the_run_back_and_is_raised(carry_out, monkeypatch):
    def broken(*args, **more):
        raise SandboxBroken("no more processes")

    monkeypatch.setattr("labs.services.pipeline.run_job", broken)
    with pytest.raises(SandboxBroken):
        carry_out(REFERENCE)
    run = Run.objects.get()
    assert (run.state, run.attempt, run.attempt_id) == ("queued", 1, None)
    assert run_events_of(run.pk, "state")[-1].data["message"] == "The worker failed."


def test_a_worker_that_is_told_to_stop_gives_its_run_back_and_says_so(carry_out, monkeypatch):
    def told_to_stop(*args, **more):
        raise SystemExit

    monkeypatch.setattr("labs.services.pipeline.run_job", told_to_stop)
    with pytest.raises(SystemExit):
        carry_out(REFERENCE)
    run = Run.objects.get()
    assert (run.state, run.attempt, run.attempt_id) == ("queued", 1, None)
    assert run_events_of(run.pk, "state")[-1].data["message"] == "Its worker was stopped."


def test_a_stopped_run_is_cancelled_soon(carry_out, ada):
    def stop_when_begun(run):
        if Run.objects.filter(pk=run.pk, state="training").exists():
            cancel(ada, run.pk, now=now())

    started = time.monotonic()
    run = carry_out(SLEEPS.format(30), meanwhile=stop_when_begun)
    assert run.state == "cancelled"
    assert time.monotonic() - started < 15


def test_a_worker_that_lost_its_run_stops_and_writes_nothing_more(carry_out):
    def lose(run):
        Run.objects.filter(pk=run.pk, state="training").update(
            state="queued", attempt_id=None, lease_until=None
        )

    started = time.monotonic()
    run = carry_out(SLEEPS.format(30), meanwhile=lose)
    assert time.monotonic() - started < 15
    assert run.state == "queued"
    assert not Grade.objects.exists()
    assert run_events(run.pk).events[-1].data == {"state": "training"}


def test_a_long_run_keeps_its_lease(carry_out, monkeypatch):
    monkeypatch.setattr(execution, "RENEW_EVERY", timedelta(seconds=0.2))
    seen = set()

    def look(run):
        seen.update(
            Run.objects.filter(pk=run.pk, state="training").values_list("lease_until", flat=True)
        )

    run = carry_out(SLEEPS.format(1.5), meanwhile=look)
    assert run.state == "passed"
    assert len(seen) >= 3
    assert max(seen) < now() + LEASE


def test_lines_arrive_while_the_code_runs(carry_out):
    live = []

    def look(run):
        if Run.objects.filter(pk=run.pk, state="training").exists():
            live.extend(event.data.get("line") for event in run_events(run.pk).events)

    carry_out(SLEEPS.format(1.5), meanwhile=look)
    assert "begun" in live


def test_what_was_said_before_a_stop_between_two_phases_is_kept(carry_out, ada):
    def stop(run):
        if run_events(run.pk).events[-1].data.get("line") == "begun":
            cancel(ada, run.pk, now=now())

    said = "def train(data, run):\n    print('begun', flush=True)\n"
    said += "    import time\n    time.sleep(0.2)\n    print('last', flush=True)\n"
    run = carry_out(said + PREDICT, meanwhile=stop)
    lines = [event.data.get("line") for event in run_events(run.pk).events]
    assert run.state == "cancelled"
    assert "last" in lines


def test_a_clock_that_is_set_back_keeps_neither_lines_nor_the_stop_from_coming(carry_out, ada):
    live = []
    off = timedelta(0)

    def set_back(run):
        nonlocal off
        if Run.objects.filter(pk=run.pk, state="training").exists():
            events = run_events(run.pk).events
            live.extend(event.data.get("line") for event in events)
            if {"log", "usage"} <= {event.kind for event in events}:
                off = timedelta(hours=-1)  # the first of a kind is written at once in any case
            if "later" in live:
                cancel(ada, run.pk, now=now())
        return off

    waits = "import time\ndef train(data, run):\n    print('begun', flush=True)\n"
    waits += "    time.sleep(3)\n    print('later', flush=True)\n"
    waits += "    time.sleep(10)\n    print('to the end')\n"
    run = carry_out(waits + PREDICT, meanwhile=set_back)
    assert "later" in live
    assert run.state == "cancelled"
    assert "to the end" not in [event.data.get("line") for event in run_events(run.pk).events]


def notebook(*sources: str) -> bytes:
    cells = [{"cell_type": "code", "source": text} for text in sources]
    return json.dumps({"cells": cells}).encode()


def test_an_error_in_a_notebook_names_its_cell(ada, places):
    sync_labs(LABS, now=now())
    content = notebook("x = 1", "def train(data, run):\n    1 / 0\n" + PREDICT)
    run = submit(ada, "brighter", Upload("mine.ipynb", content), now=now())
    execute_next(devices=CPU, clock=now, places=places)
    run.refresh_from_db()
    assert 'File "solution.py", line 6 (cell 2, line 2), in train' in run.error["detail"]


def test_a_notebook_runs_and_keeps_what_was_left_out(ada, places):
    sync_labs(LABS, now=now())
    content = notebook("%matplotlib inline", REFERENCE)
    run = submit(ada, "brighter", Upload("mine.ipynb", content), now=now())
    execute_next(devices=CPU, clock=now, places=places)
    run.refresh_from_db()
    assert run.state == "passed"
    assert run.submission.dropped == [{"cell": 1, "line": "%matplotlib inline"}]
