"""A log as histories of cards."""

from datetime import UTC, datetime, timedelta

from hypothesis import given

from quizzes.domain import fsrs
from quizzes.domain.days import study_day
from quizzes.domain.events import Kind
from quizzes.domain.fold import effective, fold
from quizzes.domain.history import Logged, histories, trial_moments, trials, until
from tests.unit.quizzes.histories import card_events

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def logged(prompt: str, hours: float, rating: int | None = 3) -> Logged:
    at = START + timedelta(hours=hours)
    kind = Kind.RESET if rating is None else Kind.REVIEW
    return Logged(kind, prompt, study_day(at, "UTC", 4), rating, at, 0)


def test_days_are_study_days_since_the_cards_last_answer():
    [history] = histories([logged("a", 0), logged("a", 1), logged("a", 19), logged("a", 91)])
    assert [review.days for review in history] == [0, 0, 1, 3]


def test_a_reset_begins_a_history_anew():
    log = [logged("a", 0), logged("a", 48), logged("a", 49, None), logged("a", 96)]
    first, second = histories(log)
    assert [review.days for review in first] == [0, 2]
    assert [review.days for review in second] == [0]


def test_only_answers_a_study_day_or_more_later_are_trials():
    found = histories([logged("a", 0), logged("a", 1), logged("a", 48), logged("b", 24)])
    assert trial_moments(found) == [START + timedelta(hours=48)]
    assert [trial.position for trial in trials(found, fsrs.DEFAULT_WEIGHTS)] == [2]


def test_lapses_count_trials_failed_before():
    log = [logged("a", 0, 1), logged("a", 24, 1), logged("a", 25, 1), logged("a", 48, 1)]
    lapses = [trial.lapses for trial in trials(histories(log), fsrs.DEFAULT_WEIGHTS)]
    assert lapses == [0, 1]


def test_until_leaves_what_was_known_before():
    found = histories([logged("a", 0), logged("a", 48), logged("b", 72)])
    assert [len(h) for h in until(found, START + timedelta(hours=48))] == [1]


@given(events=card_events())
def test_the_last_history_gives_the_memory_of_the_fold(events):
    log = [
        Logged(event.kind, event.prompt, event.day, event.rating, event.effective_at, 0)
        for event in effective(events)
    ]
    state = fold(events)
    found = histories(log)
    if state is None or state.stability is None:
        return
    memory = None
    for review in found[-1]:
        memory = fsrs.after(fsrs.DEFAULT_WEIGHTS, memory, review.rating, review.days)
    assert memory == state.memory
