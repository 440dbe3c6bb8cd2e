"""Handing in a file."""

import pytest

from labs.domain.refusals import LabUnknown, SubmissionConflict, UploadRefused
from labs.domain.uploads import Upload
from labs.models import Run, RunEvent, Submission
from labs.services import run_again, submit
from tests.integration.labs.conftest import SOLUTION


def test_a_submission_keeps_its_bytes_and_waits_in_the_queue(ada, hand_in, clock):
    run = hand_in(ada)
    stored = Submission.objects.get()
    assert bytes(stored.content) == SOLUTION
    assert len(stored.sha256) == 64
    assert (run.state, run.created_at) == ("queued", clock())
    assert list(RunEvent.objects.values_list("seq", "kind")) == [(1, "state")]


@pytest.mark.parametrize(
    ("name", "content"), [("a.py", b"def train(:"), ("a.py", b"x = 1"), ("a.exe", SOLUTION)]
)
def test_a_refused_file_stores_nothing(ada, lab, clock, name, content):
    with pytest.raises(UploadRefused):
        submit(ada, lab.slug, Upload(name, content), now=clock())
    assert not Submission.objects.exists()
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_an_unknown_lab_is_refused(ada, clock):
    with pytest.raises(LabUnknown):
        submit(ada, "nowhere", Upload("a.py", SOLUTION), now=clock())


def test_the_same_key_again_gives_the_same_run(ada, hand_in):
    assert hand_in(ada, key="k1").pk == hand_in(ada, key="k1").pk
    assert Run.objects.count() == 1


def test_two_learners_may_use_the_same_key(ada, bob, hand_in):
    assert hand_in(ada, key="k1").pk != hand_in(bob, key="k1").pk


def test_without_a_key_the_same_file_runs_twice(ada, hand_in):
    assert hand_in(ada).pk != hand_in(ada).pk


def test_a_key_used_for_another_file_is_a_conflict(ada, hand_in):
    hand_in(ada, key="k1")
    with pytest.raises(SubmissionConflict):
        hand_in(ada, SOLUTION + b"# more\n", key="k1")


def test_a_key_used_with_another_seed_is_a_conflict(ada, hand_in):
    hand_in(ada, key="k1", seed=1)
    with pytest.raises(SubmissionConflict, match="seed"):
        hand_in(ada, key="k1", seed=2)


def test_a_file_can_run_again(ada, hand_in, clock):
    first = hand_in(ada)
    again = run_again(ada, first.pk, now=clock())
    assert again.pk != first.pk
    assert Submission.objects.count() == 1


def test_the_message_goes_out_after_the_commit_and_carries_the_id_only(
    ada, hand_in, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(
        "labs.queue.current_app.send_task",
        lambda name, kwargs, queue, **more: sent.append((name, kwargs, queue)),
    )
    with django_capture_on_commit_callbacks(execute=True):
        run = hand_in(ada)
        assert not sent
    assert sent == [("labs.execute_next", {"run_id": run.pk}, "labs.cpu")]


def test_a_broker_that_is_away_loses_nothing(
    ada, hand_in, monkeypatch, django_capture_on_commit_callbacks
):
    def away(*args, **kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr("labs.queue.current_app.send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        run = hand_in(ada)
    assert Run.objects.get(pk=run.pk).state == "queued"
