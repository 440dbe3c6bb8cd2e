"""The table that sets our references beside fastai's own way."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.benchmarks.fastai_side.labs import cut_reviews
from tests.benchmarks.fastai_side.table import geometric_mean, section, write_page


def measured(seconds: float, metric: float) -> dict[str, Any]:
    return {"seconds": seconds, "metric": metric, "versions": {"fastai": "2.8.12"}}


@pytest.fixture
def results() -> dict[str, Any]:
    labs = {
        "movielens": {
            "ours": [measured(1, 0.81), measured(9, 0.85), measured(2, 0.82)],
            "fastai": [measured(20, 0.86), measured(40, 0.87), measured(10, 0.88)],
        },
        "mnist-digits": {"ours": [measured(40, 0.98)], "fastai": [measured(50, 0.99)]},
        "cam": {"ours": [measured(12, 0.95)]},
    }
    return {"machine": "two cores", "device": "cpu", "labs": labs}


def test_a_row_has_the_medians_and_their_ratio(results: dict[str, Any]) -> None:
    table = section(results)
    assert "| movielens | 0.8200 | 0.8700 | 2.00 s | 20.00 s | 0.100 | 0.1 |" in table
    assert "| cam | 0.9500 |  | 12.00 s |  |  |  |" in table
    assert "The references of 3 labs together: 54 s." in table
    assert geometric_mean(results["labs"]) == pytest.approx((0.1 * 0.8) ** 0.5)


def test_a_missed_goal_and_a_worse_metric_are_said(results: dict[str, Any]) -> None:
    table = section(results)
    assert "mnist-digits took 0.800 of fastai's time, not 0.5" in table
    assert "mnist-digits was faster to a worse metric" in table
    assert "movielens" not in table.split("Missed:")[1]


def test_the_table_takes_the_old_ones_place_on_the_page(
    results: dict[str, Any], tmp_path: Path
) -> None:
    page = tmp_path / "benchmarks.md"
    write_page(results, page)
    page.write_text(page.read_text() + "\nWritten by hand.\n")
    del results["labs"]["cam"]
    write_page(results, page)
    write_page(results | {"device": "cuda"}, page)
    text = page.read_text()
    assert "| cam |" not in text
    assert text.count("| movielens |") == 2
    assert "Written by hand." in text
    assert text.startswith("# Benchmarks")


def test_reviews_are_cut_to_words_and_signs() -> None:
    data = SimpleNamespace(train_x=["It isn't, no. " * 60] * 2_001, train_y=[1] * 2_001)
    cut, inputs = cut_reviews(data, ["short"] * 3)
    assert len(cut.train_x) == len(cut.train_y) == 2_000
    assert cut.train_x[0] == "It isn't, no. " * 18 + "It isn"  # 18 times 7, and two more
    assert inputs == ["short"] * 3
