"""Fits of a learner's scheduler: what is kept, recorded and told."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from content.models import Prompt
from quizzes import queue, services
from quizzes.domain import fitting, fsrs
from quizzes.domain.errors import FitFailed
from quizzes.domain.events import Kind
from quizzes.domain.history import History, histories
from quizzes.domain.recalibration import Question, Recalibration, from_json, recalibrated
from quizzes.models import Card, ReviewEventRow, SchedulerParameters, UserMemory
from quizzes.selectors.fits import fits_of, review_log, why_no_fit
from quizzes.selectors.memory import timeline_of
from studyhub.accounts.models import User
from studyhub.celery import app
from tests.benchmarks.fit import simulated
from tests.integration.quizzes.conftest import NOW, add_prompt, sent

LATER = datetime(2100, 1, 1, tzinfo=UTC)


def send(user: User, made: list[History], chapter, *, first: int = 0) -> None:
    """The simulated reviews, one card each, as a device sends them."""
    events = []
    for number, history in enumerate(made, first):
        name = f"c05-made-{number}"
        if not Prompt.objects.filter(pk=name).exists():
            add_prompt(chapter.deck, chapter, name, "basic", position=100 + number)
        for review in history:
            events.append(sent(name, at=review.at, seq=len(events), rating=review.rating))
    for start in range(0, len(events), 1_000):
        results = services.record_events(user, events[start : start + 1_000], now=LATER).results
        assert {result.status for result in results} == {"created"}


@pytest.fixture
def studied(ada, chapters) -> User:
    """Ada with 1,500 reviews by a memory that is far off the defaults."""
    send(ada, simulated(1_500, seed=7, longest=60, off=0.5), chapters[1])
    return ada


def test_a_better_fit_is_kept_as_an_event_and_folds_the_cards(studied):
    before = dict(Card.objects.filter(user=studied).values_list("prompt_id", "stability"))
    due = dict(Card.objects.filter(user=studied).values_list("prompt_id", "due"))
    fit = services.fit_schedule(studied, now=LATER)
    services.refold_cards(studied.pk)
    assert fit.kept
    assert fit.log_loss_after < fit.log_loss_before
    assert list(timeline_of(studied.pk).newest.weights) == fit.weights
    [event] = ReviewEventRow.objects.filter(user=studied, kind=Kind.PARAMETERS)
    assert SchedulerParameters.objects.get().event_id == event.event_id
    assert before != dict(Card.objects.filter(user=studied).values_list("prompt_id", "stability"))
    assert due == dict(Card.objects.filter(user=studied).values_list("prompt_id", "due"))


def test_a_fit_that_is_worse_is_recorded_and_not_kept(studied, monkeypatch):
    worse = (*fsrs.DEFAULT_WEIGHTS[:20], 0.8)
    monkeypatch.setattr(fitting, "fitted_weights", lambda _: worse)
    fit = services.fit_schedule(studied, now=LATER)
    assert not fit.kept
    assert fit.log_loss_after > fit.log_loss_before
    assert timeline_of(studied.pk).newest.weights == fsrs.DEFAULT_WEIGHTS
    assert not ReviewEventRow.objects.filter(user=studied, kind=Kind.PARAMETERS).exists()
    assert [row.version for row in fits_of(studied.pk)] == [1]


def test_weights_that_only_win_on_what_they_saw_are_not_kept(studied, monkeypatch):
    """The weights for use are fitted to everything; those that are judged decide."""
    good = fitting.fitted_weights
    everything = len(fitting.trial_moments(_histories(studied)))
    worse = (*fsrs.DEFAULT_WEIGHTS[:20], 0.8)
    monkeypatch.setattr(
        fitting,
        "fitted_weights",
        lambda found: good(found) if len(fitting.trial_moments(found)) == everything else worse,
    )
    assert not services.fit_schedule(studied, now=LATER).kept


def test_few_reviews_are_not_fitted(ada, chapters):
    send(ada, simulated(100, seed=2, longest=60), chapters[1])
    with pytest.raises(FitFailed, match="needs 400 reviews"):
        services.fit_schedule(ada, now=LATER)
    assert "needs 400 reviews" in why_no_fit(ada.pk)
    assert fits_of(ada.pk) == []


def test_a_second_fit_waits_for_reviews_that_the_first_has_not_seen(studied):
    services.fit_schedule(studied, now=LATER)
    with pytest.raises(FitFailed, match="Since the last fit that was kept, 0 reviews"):
        services.fit_schedule(studied, now=LATER)
    with pytest.raises(FitFailed, match="Since the last fit"):
        services.ask_for_fit(studied, now=LATER)


def test_after_a_return_to_the_defaults_the_old_fit_does_not_stand_in_the_way(studied):
    services.fit_schedule(studied, now=LATER)
    back = sent(None, "parameters", at=LATER + timedelta(1), parameters=list(fsrs.DEFAULT_WEIGHTS))
    services.record_events(studied, [back], now=LATER + timedelta(1))
    assert services.fit_schedule(studied, now=LATER + timedelta(1)).version == 2


def test_at_night_only_learners_with_enough_new_reviews_are_fitted(studied, chapters):
    assert services.refit(studied.pk, now=LATER).version == 1
    assert services.refit(studied.pk, now=LATER + timedelta(days=1)) is None
    assert services.refit(10**6, now=LATER) is None


def test_the_nightly_round_asks_for_those_who_did_something(
    studied, bob, django_capture_on_commit_callbacks, monkeypatch
):
    asked = []
    monkeypatch.setattr("quizzes.services.fitting.send_fit_after_commit", asked.append)
    assert services.refit_waiting() == 1
    assert asked == [studied.pk]
    services.recalibrate(studied)
    assert services.refit_waiting() == 0


def test_reviews_that_were_taken_back_are_not_fitted(ada):
    kept, undone = sent(seq=1), sent(seq=2, at=NOW + timedelta(days=3), rating=1)
    void = sent(None, "void", target=undone["id"], seq=3, at=NOW + timedelta(days=3))
    services.record_events(ada, [kept, undone, void], now=LATER)
    assert [row.rating for row in review_log(ada.pk)] == [3]


def test_another_learners_reviews_are_not_fitted(ada, bob):
    services.record_events(bob, [sent(seq=1)], now=LATER)
    assert list(review_log(ada.pk)) == []


def _recalibration(user_id: int) -> Recalibration:
    return from_json(UserMemory.objects.get(user=user_id).recalibration)


def test_recalibration_learns_each_answer_once(studied, chapters):
    trials = len(fitting.trial_moments(_histories(studied)))
    assert services.recalibrate(studied) == trials
    assert services.recalibrate(studied) == 0
    state = _recalibration(studied.pk)
    assert state.answers == trials
    again = [
        sent("c05-made-0", at=LATER + timedelta(days=day), seq=day, rating=1) for day in (1, 2)
    ]
    services.record_events(studied, again, now=LATER + timedelta(days=3))
    assert services.recalibrate(studied) == 2
    assert _recalibration(studied.pk).answers == trials + 2


def test_recalibration_in_parts_gives_what_it_gives_at_once(ada, bob, chapters):
    made = [history[:6] for history in simulated(300, seed=3, longest=30)]
    rows = sorted((r.at, n, r.rating) for n, history in enumerate(made) for r in history)
    for number in range(len(made)):
        add_prompt(chapters[1].deck, chapters[1], f"c05-made-{number}", "basic", position=number)
    half = len(rows) // 2
    for part in (rows[:half], rows[half:]):
        for user in (ada, bob):
            events = [
                sent(f"c05-made-{n}", at=at, seq=i, rating=rating, device=UUID(int=user.pk))
                for i, (at, n, rating) in enumerate(part)
            ]
            services.record_events(user, events, now=LATER)
        services.recalibrate(ada)
    services.recalibrate(bob)
    question = Question(0.9, 10, 5.0, 1)
    in_parts = recalibrated(_recalibration(ada.pk), question)
    assert in_parts == recalibrated(_recalibration(bob.pk), question) != 0.9


def test_recalibration_moves_no_due_date(studied):
    due = list(Card.objects.order_by("pk").values_list("due", "change_seq"))
    cursor = UserMemory.objects.get(user=studied).cursor
    services.recalibrate(studied)
    assert due == list(Card.objects.order_by("pk").values_list("due", "change_seq"))
    assert UserMemory.objects.get(user=studied).cursor == cursor


def test_the_command_says_what_was_done_for_each_learner(studied, bob):
    services.record_events(bob, [sent(seq=1)], now=LATER)
    out = StringIO()
    call_command("fit_schedules", stdout=out)
    ada, other = out.getvalue().splitlines()
    assert ada.startswith("ada: kept. Fit 1 to 1,500 reviews; log loss on held-out reviews 0.")
    assert other.startswith("bob: no fit. A fit needs 400 reviews")


def test_the_command_fits_one_learner(studied, bob):
    out = StringIO()
    call_command("fit_schedules", user="ada", stdout=out)
    assert out.getvalue().startswith("ada: kept.")
    with pytest.raises(CommandError, match="no user named 'nobody'"):
        call_command("fit_schedules", user="nobody")


def test_the_worker_knows_the_tasks_that_are_sent_and_timed():
    app.loader.import_default_modules()
    timed = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {queue.FIT, queue.FIT_WAITING, queue.RESCHEDULE} | timed <= set(app.tasks)


def _histories(user: User) -> list[History]:
    return histories(review_log(user.pk))
