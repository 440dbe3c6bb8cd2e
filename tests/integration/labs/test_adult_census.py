"""The lab's own files on the real census, and what a table of the published rows is worth."""

import re

import numpy as np
import pandas as pd
import pytest

from labs.domain.grades import Grade
from labs.grading import Prepared, load_exercise, prepare
from labs.harness.data import read_data, read_inputs
from tests.ladder import EXERCISES, rung, try_snippets

LAB = load_exercise(EXERCISES / "adult-census")
SECRET = b"a" * 32
FEW = 6_000  # people, for the solutions that take seconds
pytestmark = [pytest.mark.embedded, pytest.mark.data, pytest.mark.xdist_group("adult-census")]


@pytest.fixture(scope="module")
def few(files, tmp_path_factory) -> Prepared:
    """The same lab with every eighth person."""
    folder = tmp_path_factory.mktemp("few")
    with np.load(files["adult.npz"]) as published:
        np.savez(folder / "adult.npz", **{name: published[name][::8] for name in published.files})
    return prepare(LAB, {"adult.npz": folder / "adult.npz"}, secret=SECRET, out=folder)


def test_each_file_gets_the_grade_that_it_stands_for(reached) -> None:
    grades = {
        name: reached(name).outcome.grade for name in ("starter.py", "baseline.py", "reference.py")
    }
    assert grades == {
        "starter.py": Grade.FAIL,
        "baseline.py": Grade.PASS,
        "reference.py": Grade.EXCELLENT,
    }


def test_the_reference_draws_how_it_grew_and_says_how_sure_it_is(reached) -> None:
    reference = reached("reference.py")
    accuracy = [point["valid_accuracy"] for point in reference.learner.logged]
    assert len(accuracy) == 8
    assert accuracy[-1] > accuracy[0]
    assert reference.outcome.feedback["calibration"]


def test_the_error_is_shown_by_sex_race_and_age_with_the_sizes(reached) -> None:
    outcome = reached("reference.py").outcome
    tables = {table["by"]: table["groups"] for table in outcome.feedback["error_by_group"]}
    assert list(tables) == ["sex", "race", "age"]
    for groups in tables.values():
        assert sum(group["examples"] for group in groups) == outcome.hidden["feedback"]
        assert sum(group["mistakes"] for group in groups) == outcome.feedback["mistakes"]
    error = {group["name"]: group["error"] for group in tables["sex"]}
    assert error["Female"] < error["Male"]  # fewer women earn more: the base rate, not the model


def test_the_surest_mistakes_are_told_in_words(reached) -> None:
    worst = reached("reference.py").outcome.feedback["worst"]
    confidence = [each["confidence"] for each in worst]
    assert confidence == sorted(confidence, reverse=True)
    assert re.fullmatch(r"\d0s(, [\w-]+){4}|\d0s, unknown work(, [\w-]+){3}", worst[0]["caption"])


def test_the_frames_are_as_the_brief_says(prepared: Prepared) -> None:
    data, inputs = read_data(prepared.train), read_inputs(prepared.hidden)
    assert list(data.train_x) == list(inputs)
    assert len(data.train_x) + len(inputs) == 48_842
    assert inputs.shape == (prepared.count, 14)
    assert prepared.truth.final.mean() == pytest.approx(0.8, abs=0.03)
    assert 0.05 < inputs["occupation"].isna().mean() < 0.07
    assert not inputs.isin(["?"]).any(axis=None)
    assert set(data.train_y) == {0, 1}
    assert inputs["age"].between(17, 90).all()
    assert inputs["hours-per-week"].between(1, 99).all()


def test_a_table_of_the_published_people_gains_nothing(files, prepared, reached) -> None:
    """Every published row with its answer, looked up by all columns that are not the weight; where
    no row is found, the baseline's tree answers. On published rows the same table is right about
    97 of 100."""
    with np.load(files["adult.npz"]) as published:
        people = pd.DataFrame({name: published[name] for name in published.files})
    people = people.replace("?", "")
    inputs = read_inputs(prepared.hidden).fillna("")
    columns = [name for name in inputs if name != "fnlwgt"]
    table = people.groupby(columns)["income"].mean()
    on_published = (table.reindex(pd.MultiIndex.from_frame(people[columns])) > 0.5).to_numpy()
    assert (on_published == people["income"]).mean() > 0.96

    found = table.reindex(pd.MultiIndex.from_frame(inputs[columns])).to_numpy()
    assert np.isfinite(found).mean() < 0.1
    honest = reached("baseline.py").answers
    given = np.where(np.isfinite(found), found > 0.5, honest)
    gain = (given == prepared.truth.targets).mean() - (honest == prepared.truth.targets).mean()
    assert gain < 0.005


@pytest.mark.parametrize("name", ["one_rule.py", "forest.py", "net.py"])
def test_the_other_solutions_run_and_beat_the_commonest_answer(few: Prepared, name: str) -> None:
    tried = rung(LAB, LAB.folder / "solutions" / name, few)
    assert tried.outcome.metrics["accuracy"] > 0.775
    assert tried.learner.logged


def test_the_forest_tells_what_it_learned(
    few: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    forest = rung(LAB, LAB.folder / "solutions" / "forest.py", few)
    told = capsys.readouterr().out
    assert "Accuracy lost where a column is shuffled" in told
    assert "All together" in told
    assert forest.learner.figures == ["age"]
    last = forest.learner.logged[-1]
    assert last["out_of_bag"] == pytest.approx(last["valid_accuracy"], abs=0.03)


def test_the_pieces_of_code_in_the_brief_run(few: Prepared) -> None:
    data = read_data(few.train)
    numbers = data.train_x.select_dtypes("number")
    names = {
        "data": data,
        "numbers": numbers,
        "valid": numbers[-300:],
        "valid_y": data.train_y[-300:],
        "people": data.train_x,
        "answers": data.train_y,
    }
    assert try_snippets(LAB, names) == 5


def test_the_ladder_in_lab_toml_holds() -> None:
    spread = {spread.file: spread for spread in LAB.spec.spreads}
    thresholds = LAB.spec.thresholds
    starter, baseline = spread["starter.py"], spread["baseline.py"]
    assert starter.mean + 3 * starter.sd < thresholds.pass_ <= baseline.worst
    assert baseline.mean + 3 * baseline.sd < thresholds.good <= spread["solutions/forest.py"].worst
    assert thresholds.excellent <= spread["reference.py"].worst < thresholds.excellent + 0.005
