from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain import fsrs
from quizzes.domain.fsrs import AGAIN, EASY, GOOD, HARD, Memory
from quizzes.domain.scheduler import Phase, Position, Scheduling, previews, reviewed

NEW = Position(Phase.NEW, step=0, interval=0, memory=None, elapsed=0, noise=0)
POSITIONS = st.builds(
    Position,
    phase=st.sampled_from((Phase.LEARNING, Phase.REVIEW, Phase.RELEARNING)),
    step=st.integers(0, 3),
    interval=st.integers(0, 4000),
    memory=st.builds(Memory, st.floats(0.01, 30_000), st.floats(1, 10)),
    elapsed=st.integers(0, 5000),
    noise=st.integers(0, 2**32 - 1),
)
SETTINGS = st.builds(
    Scheduling,
    desired_retention=st.floats(0.7, 0.99),
    maximum_interval=st.integers(1, 36_500),
    learning_steps=st.sampled_from(((60, 600), (600,), (), (60, 600, 3600))),
    relearning_steps=st.sampled_from(((600,), (), (600, 3600))),
)


def test_a_new_card_takes_the_learning_steps():
    again, hard, good, easy = previews(NEW, Scheduling()).values()
    assert (again, hard, good) == (60, 330, 600)
    assert easy >= 86_400


def test_good_on_the_last_step_graduates():
    first = reviewed(NEW, GOOD, Scheduling())
    assert (first.phase, first.step) == (Phase.LEARNING, 1)
    second = reviewed(
        NEW._replace(phase=Phase.LEARNING, step=1, memory=first.memory), GOOD, Scheduling()
    )
    assert (second.phase, second.wait) == (Phase.REVIEW, None)
    assert second.days >= 1


def test_a_lapse_is_relearned_in_ten_minutes():
    card = Position(Phase.REVIEW, 0, 10, Memory(10, 5), elapsed=10, noise=7)
    outcome = reviewed(card, AGAIN, Scheduling())
    assert (outcome.phase, outcome.seconds) == (Phase.RELEARNING, 600)
    relearning = card._replace(phase=Phase.RELEARNING, memory=outcome.memory, elapsed=0)
    assert reviewed(relearning, HARD, Scheduling()).seconds == 900
    assert reviewed(relearning, GOOD, Scheduling()).phase is Phase.REVIEW


def test_without_relearning_steps_a_lapse_waits_for_the_next_days():
    card = Position(Phase.REVIEW, 0, 10, Memory(10, 5), elapsed=10, noise=7)
    outcome = reviewed(card, AGAIN, Scheduling(relearning_steps=()))
    assert outcome.phase is Phase.REVIEW
    assert 1 <= outcome.days < 10


@given(position=POSITIONS, settings=SETTINGS)
def test_hard_good_and_easy_keep_their_order_and_their_bounds(position, settings):
    outcomes = {rating: reviewed(position, rating, settings) for rating in fsrs.RATINGS}
    days = [outcomes[rating].days for rating in (HARD, GOOD, EASY)]
    seconds = [outcomes[rating].seconds for rating in (HARD, GOOD, EASY)]
    assert seconds == sorted(seconds)
    assert all(day <= settings.maximum_interval for day in days)
    for shorter, longer in pairwise(days):
        assert shorter < longer or longer in (0, settings.maximum_interval)
    assert all(outcome.seconds > 0 for outcome in outcomes.values())


@given(position=POSITIONS, settings=SETTINGS)
def test_an_interval_that_grows_is_never_fuzzed_back_to_the_last(position, settings):
    position = position._replace(phase=Phase.REVIEW)
    outcome = reviewed(position, GOOD, settings)
    ideal = fsrs.interval(settings.weights, outcome.memory.stability, settings.desired_retention)
    if ideal >= position.interval + 0.5 and position.interval < settings.maximum_interval:
        assert outcome.days > position.interval


@pytest.mark.parametrize(
    "wrong",
    [
        {"desired_retention": 1.7},
        {"desired_retention": 0.2},
        {"maximum_interval": 0},
        {"learning_steps": (0,)},
        {"learning_steps": (90_000,)},
        {"weights": (1.0,) * 19},
    ],
)
def test_settings_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValueError):
        Scheduling(**wrong)
