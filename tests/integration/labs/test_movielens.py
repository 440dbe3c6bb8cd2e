"""The lab's own files on the real ratings, and what tables of the published ones are worth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labs.domain.grades import Grade
from labs.grading import Predictions, Prepared, grade, load_exercise, prepare
from labs.harness.data import read_data, read_inputs
from tests.ladder import EXERCISES

LAB = load_exercise(EXERCISES / "movielens")
SECRET, ANOTHER = b"m" * 32, b"n" * 32
pytestmark = [pytest.mark.embedded, pytest.mark.data, pytest.mark.xdist_group("movielens")]


@pytest.fixture(scope="module")
def published(files) -> pd.DataFrame:
    with np.load(files["ratings.npz"]) as ratings, np.load(files["items.npz"]) as films:
        title_of = dict(zip(films["item"].tolist(), films["title"].tolist(), strict=True))
        table = pd.DataFrame({name: ratings[name] for name in ratings.files})
    return table.assign(title=table["item"].map(title_of))


def error_of(prepared: Prepared, answers: np.ndarray) -> float:
    return grade(LAB, prepared, Predictions(answers)).metrics["mse"]


def test_each_file_gets_the_grade_that_it_stands_for(reached) -> None:
    grades = {
        name: reached(name).outcome.grade for name in ("starter.py", "baseline.py", "reference.py")
    }
    assert grades == {
        "starter.py": Grade.FAIL,
        "baseline.py": Grade.PASS,
        "reference.py": Grade.EXCELLENT,
    }


def test_every_result_stands_beside_the_baseline_on_the_same_ratings(reached) -> None:
    baseline = reached("baseline.py").outcome.metrics
    assert baseline["baseline_mse"] == pytest.approx(baseline["mse"])
    for name in ("starter.py", "reference.py"):
        assert reached(name).outcome.metrics["baseline_mse"] == baseline["baseline_mse"]


def test_the_feedback_names_films_and_says_where_the_error_lies(reached) -> None:
    outcome = reached("reference.py").outcome
    feedback = outcome.feedback
    assert [row["from"] for row in feedback["by_actual"]] == [1, 2, 3, 4, 5]
    assert sum(row["examples"] for row in feedback["by_actual"]) == outcome.hidden["feedback"]
    assert sum(row["share"] for row in feedback["by_actual"]) == pytest.approx(1, abs=0.001)
    assert all(" on " in example["caption"] for example in feedback["worst"])
    (films,) = feedback["error_by_group"]
    error = {group["name"]: group["error"] for group in films["groups"]}
    assert error["below 20"] > error["100 or more"]


def test_what_the_factors_mean_is_told_and_drawn(reached, capsys) -> None:
    reference = reached.__wrapped__("reference.py")
    told = capsys.readouterr().out
    assert "near Star Wars: " in told
    assert "disliked, even by its fans: " in told
    assert reference.learner.figures == ["Films along two directions of taste"]


def test_the_frames_are_as_the_brief_says(prepared: Prepared) -> None:
    data, inputs = read_data(prepared.train), read_inputs(prepared.hidden)
    assert list(data.train_x) == list(inputs) == ["user", "item", "timestamp"]
    assert len(data.train_x) + len(inputs) == 100_000
    assert set(data.train_x.user) == set(range(943)) == set(inputs.user) | set(data.train_x.user)
    assert data.items["item"].tolist() == list(range(1_682))
    assert list(data.items) == ["item", "title", "year", "genres"]
    assert set(data.train_y.tolist()) == {1, 2, 3, 4, 5}
    assert (inputs.timestamp % 86_400 == 0).all()


def test_each_deployment_has_numbers_of_its_own(files, prepared, tmp_path: Path) -> None:
    other = read_data(prepare(LAB, files, secret=ANOTHER, out=tmp_path).train)
    data = read_data(prepared.train)
    assert (data.items.title == other.items.title).mean() < 0.05
    of_film = [frame.train_x["item"].value_counts().head(50).index for frame in (data, other)]
    assert len(of_film[0].intersection(of_film[1])) < 15


def test_tables_of_the_published_numbers_and_times_gain_nothing(
    published: pd.DataFrame, prepared: Prepared, reached
) -> None:
    """By person and film, by time, and by film and day: the baseline answers what is not found."""
    inputs = read_inputs(prepared.hidden)
    honest = reached("baseline.py").answers
    before = error_of(prepared, honest)
    titles = read_data(prepared.train).items.title
    asked = inputs.assign(title=titles[inputs["item"]].to_numpy(), day=inputs.timestamp // 86_400)
    table = published.assign(day=published.timestamp // 86_400)
    for by in (["user", "item"], ["timestamp"], ["title", "day"], ["title", "timestamp"]):
        known = table.groupby(by).rating.mean()
        keys = asked[by[0]] if len(by) == 1 else pd.MultiIndex.from_frame(asked[by])
        found = known.reindex(keys).to_numpy()
        answers = np.where(np.isfinite(found), found, honest)
        assert error_of(prepared, answers) > before - 0.01, by


def test_answers_known_by_heart_are_shown_to_a_person(prepared: Prepared) -> None:
    """Who matches people by their ratings knows all answers: docs/security.md says so."""
    assert grade(LAB, prepared, Predictions(prepared.truth.targets)).flagged


def test_the_neural_variant_runs_and_passes(reached) -> None:
    assert reached("solutions/neural.py").outcome.metrics["mse"] < 0.91


def test_the_ladder_in_lab_toml_holds() -> None:
    spread = {spread.file: spread for spread in LAB.spec.spreads}
    thresholds = LAB.spec.thresholds
    starter, baseline = spread["starter.py"], spread["baseline.py"]
    assert starter.mean - 3 * starter.sd > thresholds.pass_ >= baseline.worst
    assert baseline.mean - 3 * baseline.sd > thresholds.good
    assert thresholds.excellent >= spread["reference.py"].worst > thresholds.excellent - 0.005
