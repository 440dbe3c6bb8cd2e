"""Recalibration: what recent answers teach about predictions."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.recalibration import (
    Question,
    Recalibration,
    from_json,
    learned,
    recalibrated,
    to_json,
)

QUESTIONS = st.builds(
    Question,
    recall=st.floats(0, 1),
    days=st.integers(0, 36_500),
    difficulty=st.floats(1, 10),
    lapses=st.integers(0, 500),
)
CALM = Question(recall=0.9, days=10, difficulty=5.0, lapses=0)


def taught(answers: list[tuple[Question, bool]]) -> Recalibration:
    state = Recalibration()
    for question, recalled in answers:
        state = learned(state, question, recalled=recalled)
    return state


@given(question=QUESTIONS)
def test_before_any_answer_nothing_is_corrected(question):
    assert recalibrated(Recalibration(), question) == question.recall


def test_a_learner_who_remembers_less_than_predicted_is_predicted_less():
    chance = random.Random(1)
    state = taught([(CALM, chance.random() < 0.7) for _ in range(1_500)])
    assert recalibrated(state, CALM) == pytest.approx(0.7, abs=0.05)


def test_a_learner_who_is_predicted_well_is_hardly_corrected():
    chance = random.Random(2)
    state = taught([(CALM, chance.random() < 0.9) for _ in range(1_500)])
    assert recalibrated(state, CALM) == pytest.approx(0.9, abs=0.02)


def test_what_changes_is_followed():
    chance = random.Random(3)
    before = [(CALM, chance.random() < 0.97) for _ in range(3_000)]
    after = [(CALM, chance.random() < 0.75) for _ in range(3_000)]
    assert recalibrated(taught(before), CALM) > 0.94
    assert recalibrated(taught(before + after), CALM) < 0.82


def test_one_answer_changes_little():
    state = learned(Recalibration(), CALM, recalled=False)
    assert 0.87 < recalibrated(state, CALM) < 0.9


def test_an_answer_within_the_study_day_teaches_nothing():
    state = taught([(CALM, False)] * 50)
    same_day = Question(recall=1.0, days=0, difficulty=5.0, lapses=0)
    assert learned(state, same_day, recalled=False) == state
    assert recalibrated(state, same_day) == 1.0


@given(answers=st.lists(st.tuples(QUESTIONS, st.booleans()), max_size=60), question=QUESTIONS)
def test_a_correction_is_always_a_probability(answers, question):
    state = taught(answers)
    assert 0 <= recalibrated(state, question) <= 1
    assert all(row[index] > 0 for index, row in enumerate(state.covariance))


@given(answers=st.lists(st.tuples(QUESTIONS, st.booleans()), max_size=10))
def test_a_state_survives_storage(answers):
    state = taught(answers)
    assert from_json(json.loads(json.dumps(to_json(state)))) == state


@pytest.mark.parametrize("stored", [{}, {"version": 99, "mean": [1]}])
def test_a_state_of_another_version_is_begun_anew(stored):
    assert from_json(stored) == Recalibration()


def test_a_broken_state_is_begun_anew():
    broken = to_json(taught([(CALM, True)]))
    broken["mean"][0] = float("nan")
    assert from_json(broken) == Recalibration()
