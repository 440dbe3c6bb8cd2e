import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.domain.grades import Direction, Grade, Thresholds

ACCURACY = Thresholds("accuracy", Direction.HIGHER, 0.5, 0.93, 0.98, 0.99, 1.0, possible=0.9995)
ERROR = Thresholds("mse", Direction.LOWER, 1.25, 0.88, 0.855, 0.825, 0.0)


@pytest.mark.parametrize(
    ("value", "grade", "score"),
    [
        (0.40, Grade.FAIL, 0),
        (0.50, Grade.FAIL, 0),
        (0.715, Grade.FAIL, 30),
        (0.9299, Grade.FAIL, 59.99),
        (0.93, Grade.PASS, 60),
        (0.98, Grade.GOOD, 75),
        (0.985, Grade.GOOD, 82.5),
        (0.99, Grade.EXCELLENT, 90),
        (0.995, Grade.EXCELLENT, 95),
        (1.0, Grade.EXCELLENT, 100),
    ],
)
def test_an_accuracy_is_graded_by_the_thresholds_it_reaches(
    value: float, grade: Grade, score: float
) -> None:
    assert ACCURACY.grade(value) is grade
    assert ACCURACY.score(value) == pytest.approx(score, abs=0.01)


@pytest.mark.parametrize(
    ("value", "grade", "score"),
    [
        (2.0, Grade.FAIL, 0),
        (0.88, Grade.PASS, 60),
        (0.855, Grade.GOOD, 75),
        (0.82, Grade.EXCELLENT, 90.06),
    ],
)
def test_of_an_error_less_is_better(value: float, grade: Grade, score: float) -> None:
    assert ERROR.grade(value) is grade
    assert ERROR.score(value) == pytest.approx(score, abs=0.01)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_better_metric_never_scores_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert ACCURACY.score(low) <= ACCURACY.score(high)
    assert ERROR.score(high) <= ERROR.score(low)


@given(st.floats(0, 1))
def test_grade_and_score_agree(value: float) -> None:
    floor = {Grade.FAIL: 0, Grade.PASS: 60, Grade.GOOD: 75, Grade.EXCELLENT: 90}
    assert ACCURACY.score(value) >= floor[ACCURACY.grade(value)]


def test_only_a_figure_above_what_is_possible_is_looked_at() -> None:
    assert ACCURACY.beyond_possible(1.0)
    assert not ACCURACY.beyond_possible(0.9995)
    assert not ERROR.beyond_possible(0.0)


def test_learners_are_not_told_which_figure_is_looked_at() -> None:
    assert ACCURACY.to_json() == {
        "metric": "accuracy",
        "direction": "higher",
        "chance": 0.5,
        "pass": 0.93,
        "good": 0.98,
        "excellent": 0.99,
        "perfect": 1.0,
    }
