"""Claiming, leases, and what happens to runs whose worker is gone."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from labs.domain.events import Event
from labs.domain.jobs import JobError
from labs.domain.outcome import RunOutcome
from labs.domain.runs import LEASE, MAX_ATTEMPTS, PHASES, STALE_AFTER, State
from labs.models import Grade, Run
from labs.selectors import queue_position, queue_positions, run_events
from labs.services import cancel, claims, reconcile, sweep, workers
from labs.services.slots import slot
from labs.services.writes import Claim, ClaimLost
from studyhub.accounts.closing import close_account

CPU = ("cpu", "either")
PASSED = RunOutcome(
    State.PASSED,
    grade="good",
    score=80.0,
    metrics={"accuracy": 0.95},
    thresholds={"pass": 0.9},
    hidden={"feedback": 1, "final": 2},
    seconds={"train": 1.0, "predict": 0.1, "total": 1.2},
    log="hello\n",
    predictions=b"bytes",
)


@pytest.fixture
def claim(clock):
    def take(worker: str = "elsewhere/1", devices=CPU) -> Claim | None:
        clock.pass_(seconds=1)
        return claims.claim_next(devices=devices, worker=worker, now=clock())

    return take


def state(run: Run | Claim) -> str:
    return Run.objects.get(pk=getattr(run, "run_id", run.pk if isinstance(run, Run) else 0)).state


def walk(claim: Claim, clock, *states: State) -> None:
    for one in states:
        claims.enter(claim, one, now=clock())


class TestTurns:
    def test_the_oldest_run_goes_first(self, ada, bob, hand_in, claim):
        first = hand_in(bob)
        hand_in(ada)
        assert claim().run_id == first.pk

    def test_nobodys_second_run_starts_before_everybodys_first(
        self, ada, bob, hand_in, claim, clock
    ):
        runs = [hand_in(ada), hand_in(ada), hand_in(ada), hand_in(bob)]
        served = []
        while held := claim():
            served.append(held.run_id)
            claims.finish(held, RunOutcome(State.ERRORED), now=clock())
        assert served == [runs[0].pk, runs[3].pk, runs[1].pk, runs[2].pk]

    def test_a_learner_with_a_running_run_comes_after_one_without(self, ada, bob, hand_in, claim):
        hand_in(ada)
        claim()
        hand_in(ada)
        of_bob = hand_in(bob)
        assert claim().run_id == of_bob.pk

    def test_the_shown_position_is_the_order_of_claiming(self, ada, bob, hand_in, claim, clock):
        for user in (ada, ada, ada, bob, ada, bob):
            hand_in(user)
        shown = sorted(queue_positions("cpu").items(), key=lambda pair: pair[1])
        served = []
        while held := claim():
            served.append(held.run_id)
            claims.finish(held, RunOutcome(State.ERRORED), now=clock())
        assert served == [run for run, _ in shown]

    def test_a_claimed_run_has_no_position(self, ada, hand_in, claim):
        run = hand_in(ada)
        assert queue_position(run) == 0
        claim()
        run.refresh_from_db()
        assert queue_position(run) is None

    def test_a_worker_gets_only_what_it_can_serve(self, ada, lab, hand_in, claim):
        lab.device = "gpu"
        lab.save()
        run = hand_in(ada)
        assert claim() is None
        assert claim(devices=("gpu", "either")).run_id == run.pk


class TestHolding:
    def test_only_one_worker_gets_a_run(self, ada, hand_in, claim):
        hand_in(ada)
        assert claim() is not None
        assert claim() is None

    @pytest.mark.django_db(transaction=True)
    def test_of_many_workers_at_once_each_run_goes_to_one(self, ada, hand_in, clock):
        runs = {hand_in(ada).pk for _ in range(8)}
        got: list[int] = []
        start = threading.Barrier(4)

        def work() -> None:
            start.wait()
            while held := claims.claim_next(devices=CPU, worker="w", now=clock()):
                got.append(held.run_id)
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(got) == sorted(runs)

    def test_the_phases_are_told_in_order(self, ada, hand_in, claim, clock):
        run = hand_in(ada)
        held = claim()
        walk(held, clock, *PHASES[2:])
        claims.finish(held, PASSED, now=clock())
        page = run_events(run.pk)
        assert [event.data["state"] for event in page.events] == [*PHASES, "passed"]
        assert [event.seq for event in page.events] == list(range(1, 8))
        assert page.done

    def test_a_phase_cannot_be_skipped(self, ada, hand_in, claim, clock):
        hand_in(ada)
        with pytest.raises(ClaimLost):
            claims.enter(claim(), State.GRADING, now=clock())

    def test_a_result_is_stored_once_with_its_grade(self, ada, hand_in, claim, clock):
        run = hand_in(ada)
        held = claim()
        walk(held, clock, *PHASES[2:])
        claims.finish(held, PASSED, now=clock())
        with pytest.raises(ClaimLost):
            claims.finish(held, PASSED, now=clock())
        run.refresh_from_db()
        assert (run.state, run.log, run.finished_at) == ("passed", "hello\n", clock())
        assert Grade.objects.get().metrics == {"accuracy": 0.95}

    def test_a_grade_is_not_stored_for_a_run_that_skipped_grading(self, ada, hand_in, claim, clock):
        hand_in(ada)
        with pytest.raises(ClaimLost):
            claims.finish(claim(), PASSED, now=clock())
        assert not Grade.objects.exists()

    def test_events_go_on_from_the_last_number(self, ada, hand_in, claim, clock):
        run = hand_in(ada)
        held = claim()
        claims.add_events(
            held,
            [
                Event("log", {"line": "one"}, clock()),
                Event("progress", {"done": 1, "total": 4}, clock()),
            ],
        )
        assert [event.seq for event in run_events(run.pk, after=2).events] == [3, 4]
        assert Run.objects.get().progress == {"done": 1, "total": 4}


class TestLosing:
    def test_a_run_whose_lease_ran_out_waits_again(self, ada, hand_in, claim, clock):
        run = hand_in(ada)
        held = claim()
        walk(held, clock, State.PREPARING, State.TRAINING)
        clock.pass_(seconds=LEASE.total_seconds() + 1)
        assert reconcile(now=clock()).taken_back == 1
        assert state(run) == "queued"
        assert claim().attempt == 2

    def test_a_renewed_run_stays(self, ada, hand_in, claim, clock):
        run = hand_in(ada)
        held = claim()
        for _ in range(5):
            clock.pass_(seconds=LEASE.total_seconds() - 1)
            assert claims.renew(held, now=clock())
            assert reconcile(now=clock()).taken_back == 0
        assert state(run) == "claimed"

    def test_a_stale_worker_can_write_nothing(self, ada, hand_in, claim, clock):
        run = hand_in(ada)
        stale = claim()
        walk(stale, clock, State.PREPARING)
        clock.pass_(minutes=1)
        reconcile(now=clock())
        fresh = claim()
        walk(fresh, clock, State.PREPARING)
        before = run_events(run.pk).events
        assert not claims.renew(stale, now=clock())
        assert claims.stop_reason(stale) == "lost"
        for write in (
            lambda: claims.enter(stale, State.TRAINING, now=clock()),
            lambda: claims.add_events(stale, [Event("log", {"line": "ghost"}, clock())]),
            lambda: claims.finish(stale, RunOutcome(State.ERRORED), now=clock()),
        ):
            with pytest.raises(ClaimLost):
                write()
        assert run_events(run.pk).events == before
        assert state(run) == "preparing"

    def test_a_run_that_takes_every_worker_along_ends_with_a_message(
        self, ada, hand_in, claim, clock
    ):
        run = hand_in(ada)
        for _ in range(MAX_ATTEMPTS):
            assert claim() is not None
            clock.pass_(minutes=1)
            reconcile(now=clock())
        run.refresh_from_db()
        assert run.state == "errored"
        assert run.error["kind"] == "platform"
        assert "3 times" in run.error["message"]
        assert claim() is None

    def test_a_dead_worker_of_this_machine_is_not_waited_for(self, ada, hand_in, claim, clock):
        run = hand_in(ada)
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        place = workers.identity().rpartition("/")[0]
        claim(worker=f"{place}/{child.pid}")
        assert reconcile(now=clock()).taken_back == 0
        child.communicate()
        assert reconcile(now=clock()).taken_back == 1
        assert state(run) == "queued"

    def test_our_own_process_is_alive(self):
        assert workers.identity().endswith(f"/{os.getpid()}")
        assert not workers.is_dead(workers.identity())
        assert not workers.is_dead("another-host/pid:[1]/1")

    def test_a_lost_run_keeps_its_turn(self, ada, bob, hand_in, claim, clock):
        run = hand_in(ada)
        claim()
        hand_in(bob)
        clock.pass_(minutes=1)
        reconcile(now=clock())
        assert claim().run_id == run.pk


class TestMessages:
    def test_a_waiting_run_is_announced_again_once_a_period(self, ada, hand_in, clock):
        hand_in(ada)
        assert reconcile(now=clock()).sent_again == 0
        clock.pass_(seconds=STALE_AFTER.total_seconds() + 1)
        assert reconcile(now=clock()).sent_again == 1
        assert reconcile(now=clock()).sent_again == 0

    def test_a_worker_that_starts_hears_of_every_waiting_run_at_once(self, ada, hand_in, clock):
        hand_in(ada)
        assert reconcile(now=clock(), patience=timedelta(0)).sent_again == 1

    def test_a_long_queue_does_not_flood_the_broker(self, ada, hand_in, clock):
        for _ in range(10):
            hand_in(ada)
        clock.pass_(minutes=1)
        assert reconcile(now=clock()).sent_again == 2


class TestCancelling:
    def test_a_waiting_run_ends_at_once(self, ada, hand_in, claim, clock):
        run = cancel(ada, hand_in(ada).pk, now=clock())
        assert run.state == "cancelled"
        assert claim() is None

    def test_the_worker_of_a_running_run_is_told(self, ada, hand_in, claim, clock):
        run = hand_in(ada)
        held = claim()
        assert claims.stop_reason(held) is None
        cancel(ada, run.pk, now=clock())
        assert state(run) == "claimed"
        assert claims.stop_reason(held) == "cancelled"

    def test_a_cancelled_run_whose_worker_died_does_not_start_again(
        self, ada, hand_in, claim, clock
    ):
        run = hand_in(ada)
        claim()
        cancel(ada, run.pk, now=clock())
        clock.pass_(minutes=1)
        reconcile(now=clock())
        assert state(run) == "cancelled"

    def test_a_cancel_that_arrives_while_a_run_is_given_back_is_not_forgotten(
        self, ada, hand_in, claim, clock
    ):
        run = hand_in(ada)
        claim()
        seen = Run.objects.get(pk=run.pk)
        cancel(ada, run.pk, now=clock())
        assert not claims.give_back(seen, why="test", now=clock())
        assert Run.objects.get(pk=run.pk).cancel_requested_at is not None

    def test_stopping_twice_and_stopping_what_ended_is_harmless(self, ada, hand_in, claim, clock):
        run = hand_in(ada)
        cancel(ada, run.pk, now=clock())
        ended = Run.objects.get(pk=run.pk).finished_at
        clock.pass_(seconds=5)
        assert cancel(ada, run.pk, now=clock()).finished_at == ended


def test_an_error_is_told_in_the_last_event(ada, hand_in, claim, clock):
    run = hand_in(ada)
    outcome = RunOutcome(State.ERRORED, error=JobError("raised", "ValueError in line 3"))
    claims.finish(claim(), outcome, now=clock())
    assert run_events(run.pk).events[-1].data == {
        "state": "errored",
        "message": "ValueError in line 3",
    }


def test_unknown_attempts_own_nothing(ada, hand_in):
    run = hand_in(ada)
    assert claims.stop_reason(Claim(run.pk, uuid4(), 1)) == "lost"


def test_what_a_killed_worker_left_on_the_disk_goes_once_the_run_has_ended(
    ada, hand_in, clock, tmp_path
):
    waiting, ended = hand_in(ada), cancel(ada, hand_in(ada).pk, now=clock())
    names = (f"run-{waiting.pk}-1", f"run-{ended.pk}-1", f"run-{ended.pk}-2", "local-7")
    for name in names:
        (tmp_path / name / "solution").mkdir(parents=True)
    assert sweep(tmp_path) == 2
    assert {path.name for path in tmp_path.iterdir()} == {f"run-{waiting.pk}-1", "local-7"}


def test_what_is_left_of_runs_of_a_closed_account_goes(ada, bob, hand_in, tmp_path):
    gone, waiting = hand_in(ada).pk, hand_in(bob).pk
    close_account(ada)
    (tmp_path / f"run-{gone}-1" / "solution").mkdir(parents=True)
    (tmp_path / f"run-{gone}-1.model").touch()
    (tmp_path / f"run-{waiting}-1").mkdir()
    assert sweep(tmp_path) == 2
    assert [path.name for path in tmp_path.iterdir()] == [f"run-{waiting}-1"]


def test_what_a_killed_run_lab_left_goes_after_a_day(db, tmp_path):
    for name in ("local-7", "local-8", "local-notes"):
        (tmp_path / name).mkdir()
    for name in ("local-7", "local-notes"):
        os.utime(tmp_path / name, (0, 0))
    assert sweep(tmp_path) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"local-8", "local-notes"}


def test_the_folder_of_a_warm_sandbox_goes_once_nobody_has_its_slot(db, tmp_path):
    with slot(tmp_path) as number:
        (tmp_path / f"warm-{number}" / "data").mkdir(parents=True)
        (tmp_path / f"warm-{number + 1}" / "data").mkdir(parents=True)
        assert sweep(tmp_path) == 1
        assert (tmp_path / f"warm-{number}").is_dir()
    assert sweep(tmp_path) == 1
    assert not list(tmp_path.glob("warm-*"))
