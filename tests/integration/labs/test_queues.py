"""Queues for the processor and for GPUs, and who serves which run."""

import pytest

from labs.domain.outcome import RunOutcome
from labs.domain.runs import State
from labs.models import Lab, Run
from labs.queue import DEVICES
from labs.selectors import Turn, queue_position, turn_of, turns_of
from labs.services import claims, reconcile


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """The queues that messages went to."""
    queues: list[str] = []
    monkeypatch.setattr(
        "labs.queue.current_app.send_task", lambda name, **more: queues.append(more["queue"])
    )
    return queues


@pytest.fixture
def announce(lab, hand_in, sent, django_capture_on_commit_callbacks):
    """`announce(user, device)` hands in to a lab for that device."""

    def go(user, device: str):
        Lab.objects.update(device=device)
        lab.refresh_from_db()
        with django_capture_on_commit_callbacks(execute=True):
            return hand_in(user)

    return go


@pytest.mark.parametrize(
    ("device", "gpu_workers", "queues"),
    [
        ("cpu", 0, ["labs.cpu"]),
        ("cpu", 2, ["labs.cpu"]),
        ("gpu", 0, ["labs.gpu"]),
        ("gpu", 2, ["labs.gpu"]),
        # Messages that nobody takes would pile up in the broker.
        ("either", 0, ["labs.cpu"]),
        ("either", 2, ["labs.cpu", "labs.gpu"]),
    ],
)
def test_a_run_is_announced_where_it_can_be_served(
    ada, announce, sent, settings, device, gpu_workers, queues
):
    settings.GPU_WORKERS = gpu_workers
    announce(ada, device)
    assert sent == queues


def test_a_run_that_takes_either_goes_to_whoever_is_first(ada, bob, announce, clock, settings):
    settings.GPU_WORKERS = 1
    runs = [announce(user, "either") for user in (ada, bob)]
    gpu = claims.claim_next(devices=DEVICES["labs.gpu"], worker="gpu/1", now=clock())
    cpu = claims.claim_next(devices=DEVICES["labs.cpu"], worker="cpu/1", now=clock())
    assert [gpu.run_id, cpu.run_id] == [run.pk for run in runs]


def test_each_kind_of_worker_leaves_what_is_not_its_own(ada, bob, announce, clock):
    needs_gpu, needs_cpu = announce(ada, "gpu"), announce(bob, "cpu")
    cpu = claims.claim_next(devices=DEVICES["labs.cpu"], worker="cpu/1", now=clock())
    assert cpu.run_id == needs_cpu.pk
    assert claims.claim_next(devices=DEVICES["labs.cpu"], worker="cpu/1", now=clock()) is None
    gpu = claims.claim_next(devices=DEVICES["labs.gpu"], worker="gpu/1", now=clock())
    assert gpu.run_id == needs_gpu.pk


def test_a_lost_message_is_sent_again_to_both(
    ada, announce, sent, clock, settings, django_capture_on_commit_callbacks
):
    settings.GPU_WORKERS = 1
    announce(ada, "either")
    sent.clear()
    clock.pass_(minutes=1)
    with django_capture_on_commit_callbacks(execute=True):
        reconcile(now=clock())
    assert sent == ["labs.cpu", "labs.gpu"]


def test_a_message_for_a_run_that_another_worker_has_finds_nothing(ada, announce, clock):
    announce(ada, "either")
    held = claims.claim_next(devices=DEVICES["labs.gpu"], worker="gpu/1", now=clock())
    claims.finish(held, RunOutcome(State.ERRORED), now=clock())
    assert claims.claim_next(devices=DEVICES["labs.cpu"], worker="cpu/1", now=clock()) is None


def test_a_run_that_was_claimed_since_it_was_read_has_no_place_in_the_queue(ada, hand_in, clock):
    run = hand_in(ada)
    assert queue_position(run) == 0
    claims.claim_next(devices=("cpu",), worker="w/1", now=clock())
    assert run.state == "queued"
    assert queue_position(run) is None
    assert turn_of(run, now=clock()) is None


def graded(run, clock, seconds: float) -> None:
    held = claims.claim_next(devices=("cpu",), worker="w/1", now=clock())
    assert held.run_id == run.pk
    claims.finish(held, RunOutcome(State.ERRORED), now=clock())
    Run.objects.filter(pk=run.pk).update(state=State.PASSED, seconds={"total": seconds})


def test_the_wait_counts_what_is_left_of_the_run_at_work_and_the_runs_ahead(
    ada, bob, hand_in, clock
):
    graded(hand_in(ada), clock, seconds=100)
    first, second, third = hand_in(ada), hand_in(bob), hand_in(bob)
    held = claims.claim_next(devices=("cpu",), worker="w/1", now=clock())
    assert held.run_id in {first.pk, second.pk, third.pk}
    clock.pass_(seconds=30)
    waiting = sorted(turns_of([first.pk, second.pk, third.pk], now=clock()).values(), key=position)
    assert [(turn.position, turn.wait) for turn in waiting] == [(0, 170), (1, 270)]
    clock.pass_(minutes=10)
    late = sorted(turns_of([first.pk, second.pk, third.pk], now=clock()).values(), key=position)
    assert [turn.wait for turn in late] == [630, 730], "one that is late stays as long again"
    Run.objects.filter(pk=held.run_id).update(
        state=State.TRAINING, progress={"done": 60, "total": 100}
    )
    paced = sorted(turns_of([first.pk, second.pk, third.pk], now=clock()).values(), key=position)
    assert [turn.wait for turn in paced] == [520, 620], "its own progress tells its pace"


def position(turn: Turn) -> int:
    return turn.position


def test_without_a_graded_run_nothing_is_foretold(ada, hand_in, clock):
    assert turn_of(hand_in(ada), now=clock()) == Turn(0, None)
