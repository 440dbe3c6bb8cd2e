"""A run whose answers are numbers, on its page: errors, answers, examples, and the same draw."""

import re

import pytest
from django.test import Client

from tests.lab_runs import graded_run, make_lab

ROW = {"from": 1.0, "to": 1.0, "examples": 1_200, "answered": 3.1, "error": 4.8, "share": 0.7}
BIN = {"from": 2.1, "to": 3.0, "examples": 600, "answered": 2.81, "actual": 2.94, "margin": 0.1}
FEEDBACK = {
    "by_actual": [ROW, {**ROW, "from": 5.0, "to": 5.0, "error": 1.5, "share": 0.3}],
    "by_answer": [BIN],
    "worst": [
        {
            "actual": "1",
            "predicted": "4.7",
            "confidence": None,
            "picture": None,
            "caption": "Person 3 on <b>Jaws</b>",
        }
    ],
    "error_by_group": [
        {"by": "ratings", "groups": [{"name": "few", "examples": 90, "error": 0.957}]}
    ],
}


@pytest.fixture
def page(ada) -> str:
    run = graded_run(ada, make_lab(), 0.97)
    run.grade.thresholds = {
        "metric": "mse", "direction": "lower", "chance": 1.3, "pass": 0.91,
        "good": 0.855, "excellent": 0.825, "perfect": 0.0,
    }  # fmt: skip
    run.grade.metrics = {"mse": 0.81, "baseline_mse": 0.9}
    run.grade.feedback = FEEDBACK
    run.grade.save()
    browser = Client()
    browser.force_login(ada)
    return browser.get(f"/runs/{run.pk}/").content.decode()


def words(html: str) -> str:
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    return plain.replace("\u202f", " ")


@pytest.mark.django_db
def test_the_errors_stand_in_pictures_and_in_tables(page: str) -> None:
    told = words(page)
    assert "Where the truth is 1 lies 70 % of the error, in 50 % of the examples." in told
    assert "1 1,200 3.10 4.80 70 %" in told
    assert "2.1 to 3 600 2.81 2.94" in told
    assert "few 90 0.957" in told
    assert "Mean squared error for each true value" in page


@pytest.mark.django_db
def test_the_worst_examples_are_called_by_name_which_no_browser_obeys(page: str) -> None:
    assert "<b>Jaws</b>" not in page
    assert "Person 3 on &lt;b&gt;Jaws&lt;/b&gt;" in page


@pytest.mark.django_db
def test_the_result_is_told_beside_the_baseline_on_the_same_examples(page: str) -> None:
    told = words(page)
    assert (
        "On the same hidden examples the baseline reaches 0.9: your error is 10.0 % less." in told
    )
    assert "Baseline on the same examples 0.9" in told
    assert "Baseline mse" not in told
