"""Our FSRS-6 against the reference implementation, over made-up histories."""

from datetime import UTC, datetime, timedelta

import fsrs as reference
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain import fsrs

HISTORIES = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 120)), min_size=1, max_size=20)
WEIGHTS = st.tuples(
    *(
        st.floats(max(low, value * 0.8), min(high, value * 1.2))
        for low, value, high in zip(fsrs.LOWEST, fsrs.DEFAULT_WEIGHTS, fsrs.HIGHEST, strict=True)
    )
)


@given(history=HISTORIES, weights=st.one_of(st.just(fsrs.DEFAULT_WEIGHTS), WEIGHTS))
def test_memory_equals_the_reference_after_every_review(history, weights):
    scheduler = reference.Scheduler(
        weights, learning_steps=(), relearning_steps=(), enable_fuzzing=False
    )
    at = datetime(2026, 1, 1, tzinfo=UTC)
    card = reference.Card(card_id=1, due=at)
    memory = None
    for rating, days in history:
        at += timedelta(days=days)
        card, _ = scheduler.review_card(card, reference.Rating(rating), review_datetime=at)
        memory = fsrs.after(weights, memory, rating, days)
        if card.stability > fsrs.STABILITY_MAX:
            return
        assert memory.stability == pytest.approx(card.stability, rel=1e-9)
        assert memory.difficulty == pytest.approx(card.difficulty, rel=1e-9)


def test_the_default_parameters_are_the_reference_ones():
    assert reference.scheduler.DEFAULT_PARAMETERS == fsrs.DEFAULT_WEIGHTS


def test_a_review_23_hours_later_on_the_next_study_day_counts_as_a_day():
    first = fsrs.after(fsrs.DEFAULT_WEIGHTS, None, fsrs.GOOD, 0)
    same_day = fsrs.after(fsrs.DEFAULT_WEIGHTS, first, fsrs.GOOD, 0)
    next_day = fsrs.after(fsrs.DEFAULT_WEIGHTS, first, fsrs.GOOD, 1)
    assert same_day.stability < 3.1 < 6 < next_day.stability


@given(stability=st.floats(0.01, 10_000), retention=st.floats(0.7, 0.99))
def test_after_the_interval_recall_is_the_desired_retention(stability, retention):
    days = fsrs.interval(fsrs.DEFAULT_WEIGHTS, stability, retention)
    assert fsrs.retrievability(fsrs.DEFAULT_WEIGHTS, stability, days) == pytest.approx(retention)


def test_parameters_out_of_bounds_are_named():
    weights = (*fsrs.DEFAULT_WEIGHTS[:20], float("nan"))
    assert "parameter 20 is nan" in fsrs.problems_with(weights)[0]
    assert "21 parameters, 19 were given" in fsrs.problems_with(weights[:19])[0]
