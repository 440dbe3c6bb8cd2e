"""Rules, trees and what they tell; tables for a network."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from labs.kit import (
    TableCoder,
    TableNet,
    alike_columns,
    contributions,
    date_parts,
    dependence,
    drifting_columns,
    embedding_size,
    fit,
    gini,
    one_r,
    permutation_importances,
)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    random = np.random.default_rng(0)
    age = random.integers(18, 80, 400).astype(float)
    return pd.DataFrame(
        {"age": age, "year": 2020 - age, "noise": random.normal(size=400), "flag": age > 99}
    )


@pytest.fixture(scope="module")
def earns(people) -> np.ndarray:
    return (people["age"] > 40).to_numpy().astype(int)


def test_one_rule_on_a_table_worked_by_hand():
    """By sex none of the six is wrong; by fare two are, wherever it is cut."""
    table = pd.DataFrame({"fare": [5.0, 8, 20, 30, 40, 6], "sex": ["m", "m", "f", "f", "m", "f"]})
    survived = [0, 0, 1, 1, 0, 1]
    best, second = one_r(table, survived)
    assert (best.column, best.error, best.cut) == ("sex", 0.0, None)
    assert best.answers == {"f": 1, "m": 0}
    assert (second.column, second.error) == ("fare", pytest.approx(2 / 6))
    assert best.predict(table).tolist() == survived
    assert best.predict(pd.DataFrame({"sex": ["x"]})).tolist() == [best.other]


def test_a_cut_never_parts_equal_values_and_missing_ones_lie_below_it():
    table = pd.DataFrame({"x": [1.0, 1, 1, 2, 2, np.nan]})
    rule = one_r(table, [0, 1, 0, 1, 1, 0])[0]
    assert (rule.cut, rule.error) == (1.5, pytest.approx(1 / 6))
    assert rule.predict(table).tolist() == [0, 0, 0, 1, 1, 0]


@pytest.mark.parametrize("values", [[7.0] * 4, [np.nan] * 4])
def test_a_column_without_difference_says_the_usual_class(values):
    rule = one_r(pd.DataFrame({"x": values}), [1, 1, 1, 0])[0]
    assert rule.error == 0.25
    assert rule.predict(pd.DataFrame({"x": values})).tolist() == [1] * 4


def test_impurity_of_groups_worked_by_hand():
    assert gini(["a", "a", "a"]) == 0
    assert gini([0, 1]) == 0.5
    assert gini([1, 1, 1, 2]) == pytest.approx(0.375)


def test_the_column_that_counts_is_the_most_important_one(people, earns):
    frame = people[["age", "noise"]]
    found = permutation_importances(
        DecisionTreeClassifier(max_depth=2).fit(frame, earns), frame, earns
    )
    assert list(found) == ["age", "noise"]
    assert found["age"] > 0.3 > found["noise"]


def test_a_dependence_curve_rises_where_the_answer_does(people, earns):
    frame = people[["age", "noise"]]
    curve = dependence(LogisticRegression(max_iter=500).fit(frame, earns), frame, "age", points=8)
    heights = [height for _, height in curve]
    assert (curve[0][0], curve[-1][0]) == (18, 79)
    assert heights == sorted(heights)
    assert heights[0] < 0.1 < 0.9 < heights[-1]


@pytest.mark.parametrize(
    "kind", [DecisionTreeClassifier, RandomForestClassifier, RandomForestRegressor]
)
def test_contributions_add_up_to_the_prediction(people, earns, kind):
    options = (
        {"random_state": 0}
        if kind is DecisionTreeClassifier
        else {"n_estimators": 7, "random_state": 0}
    )
    frame = people[["age", "noise"]]
    model = kind(max_depth=3, **options).fit(frame, earns)
    row = frame.iloc[[5]]
    start, moves = contributions(model, row)
    said = (
        model.predict_proba(row)[0, 1] if hasattr(model, "predict_proba") else model.predict(row)[0]
    )
    assert start + sum(moves.values()) == pytest.approx(said)
    assert next(iter(moves)) == "age"


def test_columns_that_say_the_same_and_columns_that_drift_are_named(people):
    assert alike_columns(people) == [("age", "year", pytest.approx(1.0))]
    order = people[["noise"]].assign(number=range(len(people)), name="somebody")
    assert next(iter(drifting_columns(order[:200], order[200:]))) == "number"


@pytest.mark.parametrize(("values", "size"), [(944, 74), (1635, 101), (2, 2), (100_000, 600)])
def test_embedding_sizes(values, size):
    assert embedding_size(values) == size


def test_a_table_becomes_codes_and_numbers_by_what_the_training_rows_taught():
    train = pd.DataFrame({"job": ["a", "b", None, "b"], "age": [20.0, 40, np.nan, 60]})
    coder = TableCoder(train, ["job"], ["age"])
    codes, numbers = coder(pd.DataFrame({"job": ["b", "new", None], "age": [40.0, np.nan, 40]}))
    assert codes.tolist() == [[2], [0], [0]]
    assert numbers[0, 0] == numbers[1, 0] == 0  # the median, here also the mean
    assert numbers[1, 1] > 0 > numbers[0, 1]  # was missing, was not
    assert (coder.width, numbers.dtype) == (2, torch.float32)
    assert coder.sizes[0] >= 3
    with pytest.raises(ValueError, match="no column pay"):
        TableCoder(train, ["job"], ["pay"])


def test_a_network_learns_a_table(people, earns):
    table = people.assign(group=np.where(people["noise"] > 0, "high", "low"))
    coder = TableCoder(table, ["group"], ["age"])
    model = TableNet(coder.sizes, coder.width, 2, layers=(16,), dropout=0.1, embedding_dropout=0.1)
    data = coder(table), torch.from_numpy(earns)
    assert fit(model, data, data, epochs=8, lr=0.02)[-1]["valid_accuracy"] > 0.95


def test_a_single_number_stays_in_its_range():
    model = TableNet([3], 0, 1, layers=(4,), between=(0, 5)).eval()
    out = model(torch.tensor([[0], [2]]), torch.zeros(2, 0))
    assert out.shape == (2,)
    assert ((out > 0) & (out < 5)).all()


def test_a_date_becomes_numbers():
    table = date_parts(pd.DataFrame({"sold": ["2020-02-29"], "price": [3]}), "sold")
    assert table.loc[0, ["sold_year", "sold_month", "sold_weekday"]].tolist() == [2020, 2, 5]
    assert table.loc[0, "sold_month_end"]
    assert "sold" not in table
