"""The pictures and tables of a run whose answers are numbers."""

from xml.etree import ElementTree

import pytest

from labs.domain.standing import SameDraw, same_draw
from labs.web.bar import bar_of
from labs.web.number_errors import number_errors
from labs.web.run_words import same_draw_sentence
from studyhub.base.charts import Answered, answered_against_true

LOWER = {"metric": "mse", "direction": "lower", "pass": 0.9, "perfect": 0.0}


def feedback(**more: object) -> dict[str, object]:
    row = {"from": 1.0, "to": 1.0, "examples": 30, "answered": 3.1, "error": 4.8, "share": 0.7}
    other = {"from": 4.0, "to": 4.0, "examples": 90, "answered": 3.6, "error": 0.5, "share": 0.3}
    bins = [
        {"from": 2.1, "to": 3.0, "examples": 60, "answered": 2.8, "actual": 2.9, "margin": 0.1},
        {"from": 3.0, "to": 4.4, "examples": 1, "answered": 3.7, "actual": 3.6, "margin": None},
    ]
    return {"by_actual": [row, other], "by_answer": bins, **more}


def test_the_sentence_says_where_most_of_the_error_lies() -> None:
    shown = number_errors(feedback())
    assert shown is not None
    assert "Where the truth is 1 lies 70" in shown.errors_sentence
    assert "in 25" in shown.errors_sentence
    assert [row[0] for row in shown.errors_rows] == ["1", "4"]
    assert [row[0] for row in shown.answers_rows] == ["2.1 to 3", "3 to 4.4"]
    for svg in (shown.errors_svg, shown.answers_svg):
        assert ElementTree.fromstring(svg).tag == "svg"


def test_groups_are_listed_with_their_error() -> None:
    table = {"by": "age", "groups": [{"name": "old", "examples": 1_200, "error": 0.5}]}
    shown = number_errors(feedback(error_by_group=[table]))
    assert shown is not None
    assert (shown.groups[0].by, shown.groups[0].rows) == ("Age", [("old", "1,200", "0.500")])


def test_labels_have_no_such_pictures() -> None:
    assert number_errors({"confusion": {}}) is None


@pytest.mark.parametrize("values", [(3.0, 3.0), (-2e9, 5e9), (0.0, 1e-7), (0.0, 0.0)])
def test_the_chart_holds_any_numbers(values: tuple[float, float]) -> None:
    low, high = values
    svg = answered_against_true([Answered(low, high, low, high)], "<any>")
    circle = next(part for part in ElementTree.fromstring(svg) if part.tag == "circle")
    assert 0 <= float(circle.attrib["cx"].rstrip("%")) <= 100
    assert 20 <= float(circle.attrib["cy"]) <= 220


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (0.8, "your error is 11.1\u202f% less"),
        (0.99, "10.0\u202f% more"),
        (0.9, "baseline reaches 0.9."),
    ],
)
def test_a_result_is_told_beside_the_baseline_on_the_same_examples(own: float, words: str) -> None:
    beside = same_draw({"mse": own, "baseline_mse": 0.9}, LOWER)
    assert beside is not None
    assert words in same_draw_sentence(bar_of(LOWER, [], own), beside, own, 300)


def test_of_labels_the_wrong_ones_are_counted_too() -> None:
    thresholds = {
        "metric": "accuracy", "direction": "higher", "chance": 0.5, "pass": 0.85,
        "good": 0.886, "excellent": 0.903,
    }  # fmt: skip
    beside = same_draw({"accuracy": 0.9, "baseline_accuracy": 0.88}, thresholds)
    assert beside is not None
    told = same_draw_sentence(bar_of(thresholds, [], 0.9), beside, 0.9, 3000)
    assert told.startswith("300 of 3,000 hidden examples wrong. On the same hidden examples")
    assert told.endswith("your error is 16.7\u202f% less.")


def test_of_a_perfect_baseline_nothing_can_be_less() -> None:
    assert same_draw({"mse": 0.1, "baseline_mse": 0.0}, LOWER) == SameDraw(0.0, -0.1, None)
