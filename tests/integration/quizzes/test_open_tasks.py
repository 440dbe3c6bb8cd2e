"""What a learner asked a task for gets done, though its message or its worker is lost."""

from datetime import timedelta

import pytest

from quizzes import services
from quizzes.models import Card, OpenTask, SchedulerParameters
from quizzes.selectors.fits import asked_fit
from quizzes.selectors.scheduling import reschedule_progress, to_reschedule
from quizzes.services import open_tasks, scheduling
from quizzes.tasks import fit, open_waiting, reschedule
from tests.integration.quizzes.conftest import NOW, sent

SOON = NOW + timedelta(days=9)
CARDS = [f"c05-{number}" for number in range(5)]


class Killed(BaseException):
    """As if the process were gone."""


@pytest.fixture(autouse=True)
def _soon(monkeypatch) -> None:
    monkeypatch.setattr("quizzes.tasks.now", lambda: SOON)
    monkeypatch.setattr("quizzes.services.scheduling.clock.now", lambda: SOON)


@pytest.fixture
def sent_tasks(monkeypatch) -> list:
    """What was sent to the queue."""
    messages: list = []
    monkeypatch.setattr(
        "quizzes.queue.current_app.send_task",
        lambda task, kwargs, **more: messages.append((task, kwargs)),
    )
    return messages


@pytest.fixture
def asked(ada, monkeypatch, sent_tasks, django_capture_on_commit_callbacks) -> dict:
    """Ada asked for a rescheduling of five cards, two to a part; what its task was told."""
    monkeypatch.setattr(scheduling, "AT_ONCE", 1)
    monkeypatch.setattr(scheduling, "PART", 2)
    answers = [
        sent(name, at=NOW + timedelta(days=day, minutes=n), seq=10 * day + n, rating=3 + n % 2)
        for n, name in enumerate(CARDS)
        for day in (0, 1, 4)
    ]
    services.record_events(ada, answers, now=SOON)
    services.set_scheduling(ada, {"desired_retention": 0.99}, now=SOON)
    with django_capture_on_commit_callbacks(execute=True):
        services.reschedule_now(ada, now=SOON)
    [(_, told)] = sent_tasks
    sent_tasks.clear()
    return told


@pytest.fixture
def killed(asked, monkeypatch) -> dict:
    """Its worker was killed after the first part."""
    whole, parts = scheduling._reschedule_part, []

    def part(*arguments, **more):
        parts.append(1)
        if len(parts) == 2:
            raise Killed
        return whole(*arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(scheduling, "_reschedule_part", part)
        with pytest.raises(Killed):
            reschedule(**asked)
    return asked


def dues(user) -> dict[str, object]:
    return dict(Card.objects.filter(user=user, due__isnull=False).values_list("prompt_id", "due"))


def long_after(monkeypatch) -> None:
    monkeypatch.setattr("quizzes.tasks.now", lambda: SOON + 2 * open_tasks.LOST_AFTER)


def test_a_rescheduling_goes_on_where_its_worker_was_killed(
    ada, killed, sent_tasks, monkeypatch, django_capture_on_commit_callbacks
):
    assert (reschedule_progress(ada).done, reschedule_progress(ada).total) == (2, 5)
    long_after(monkeypatch)
    with django_capture_on_commit_callbacks(execute=True):
        open_waiting()
        open_waiting()
    assert sent_tasks == [("quizzes.reschedule", killed)]
    reschedule(**killed)
    assert to_reschedule(ada, now=SOON).cards == 0
    assert reschedule_progress(ada) is None


def test_what_two_tasks_moved_is_taken_back_as_one(ada, asked):
    before = dues(ada)
    reschedule(**asked)
    assert dues(ada) != before
    services.undo_reschedule(ada, now=SOON)
    assert dues(ada) == before


def test_taking_a_rescheduling_back_ends_it_on_the_way(ada, killed):
    services.undo_reschedule(ada, now=SOON)
    restored = dues(ada)
    reschedule(**killed)
    assert dues(ada) == restored
    assert reschedule_progress(ada) is None


def test_one_that_runs_is_not_asked_for_again(ada, asked, sent_tasks):
    reschedule_at = OpenTask.objects.get().moved_at
    services.resume_waiting(now=reschedule_at + open_tasks.LOST_AFTER / 2)
    assert sent_tasks == []


def test_what_kills_every_worker_is_given_up(ada, asked, monkeypatch):
    def dies(*arguments, **more):
        raise Killed

    monkeypatch.setattr(scheduling, "refold_cards", dies)
    for _ in range(open_tasks.ATTEMPTS_MAX):
        with pytest.raises(Killed):
            reschedule(**asked)
    long_after(monkeypatch)
    open_waiting()
    assert reschedule_progress(ada) is None


def test_a_fit_whose_message_was_lost_is_made_once(
    ada, monkeypatch, sent_tasks, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("quizzes.services.fitting.why_no_fit", lambda user_id: "")
    made = []
    monkeypatch.setattr("quizzes.services.fitting.fit_schedule", lambda *a, **more: made.append(a))
    with django_capture_on_commit_callbacks(execute=True):
        services.ask_for_fit(ada, now=SOON)
        services.ask_for_fit(ada, now=SOON)
        assert asked_fit(ada.pk)
    assert len(sent_tasks) == 1
    sent_tasks.clear()
    long_after(monkeypatch)
    with django_capture_on_commit_callbacks(execute=True):
        open_waiting()
    [(name, told)] = sent_tasks
    assert name == "quizzes.fit"
    fit(**told)
    fit(**told)
    assert len(made) == 1
    assert not asked_fit(ada.pk)


def test_a_fit_that_cannot_be_made_does_not_wait_for_ever(ada):
    OpenTask.objects.create(user=ada, kind=OpenTask.Kind.FIT, moved_at=SOON)
    fit(user_id=ada.pk, wanted=1)
    assert not asked_fit(ada.pk)
    assert not SchedulerParameters.objects.exists()
