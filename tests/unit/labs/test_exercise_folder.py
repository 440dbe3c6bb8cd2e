from collections.abc import Callable
from pathlib import Path

import pytest

from labs.domain.errors import ExerciseInvalid
from labs.domain.exercise import AnswerKind, Device
from labs.domain.grades import Direction
from labs.grading import load_exercise

Edit = Callable[[str, str, str], None]


def problems(folder: Path) -> str:
    with pytest.raises(ExerciseInvalid) as refused:
        load_exercise(folder, data_sets=frozenset({"mnist"}))
    return refused.value.message


def test_the_mnist_baseline_lab_loads(exercise_folder: Path) -> None:
    exercise = load_exercise(exercise_folder, data_sets=frozenset({"mnist"}))
    spec = exercise.spec
    assert (spec.slug, spec.chapter, spec.data) == ("mnist-baseline", 4, ("mnist",))
    assert spec.answer.kind is AnswerKind.LABELS
    assert (spec.answer.values, spec.answer.names) == ((3, 7), ("3", "7"))
    assert spec.device is Device.EITHER
    assert spec.thresholds.direction is Direction.HIGHER
    rungs = (spec.thresholds.pass_, spec.thresholds.good, spec.thresholds.excellent)
    assert rungs == (0.93, 0.98, 0.99)
    assert {spread.file for spread in spec.spreads} == {"starter.py", "baseline.py", "reference.py"}
    assert exercise.brief.startswith("## The question")


def test_all_problems_are_told_at_once_with_place_and_cure(
    exercise_folder: Path, edit: Edit
) -> None:
    edit("lab.toml", 'slug = "mnist-baseline"', 'slug = "mnist_baseline"')
    edit("lab.toml", 'device = "either"', 'device = "tpu"')
    edit("lab.toml", "train_seconds = 300", 'train_seconds = "300"')
    edit("lab.toml", "good = 0.98", "goood = 0.98")
    edit("lab.toml", 'data = ["mnist"]', 'data = ["mnits"]')
    edit("starter.py", "def predict", "def forecast")
    edit("baseline.py", "def train(data, run):", "def train(data, run)")
    (exercise_folder / "brief.md").unlink()
    told = problems(exercise_folder)
    assert "lab.toml: slug: is 'mnist_baseline' in the folder 'mnist-baseline'." in told
    assert "lab.toml: device: is 'tpu'. Use one of cpu, gpu, either." in told
    assert "lab.toml: limits.train_seconds: is '300'. Give a number from 1 to 7200" in told
    assert "lab.toml: grading.good: is missing." in told
    assert "grading.goood: is not a key that this file knows. Did you mean 'good'?" in told
    assert "lab.toml: data: names the unknown data set 'mnits'. Known are: mnist." in told
    assert "starter.py: predict: is not defined. Write 'def predict(...)'." in told
    assert "baseline.py: line" in told
    assert "brief.md: is missing." in told


def test_a_lab_that_is_no_toml_says_so(exercise_folder: Path) -> None:
    (exercise_folder / "lab.toml").write_text("slug = mnist")
    assert "lab.toml: is not TOML" in problems(exercise_folder)


def test_thresholds_must_climb_in_the_metrics_direction(exercise_folder: Path, edit: Edit) -> None:
    edit("lab.toml", "good = 0.98", "good = 0.92")
    assert "With direction 'higher' each must be above the last." in problems(exercise_folder)


def test_a_metric_that_cannot_grade_labels_is_refused(exercise_folder: Path, edit: Edit) -> None:
    edit("lab.toml", 'metric = "accuracy"', 'metric = "mse"')
    assert "For labels this grades: accuracy." in problems(exercise_folder)


def test_loading_a_folder_runs_none_of_its_files(exercise_folder: Path) -> None:
    with (exercise_folder / "task.py").open("a") as file:
        file.write("\nraise SystemExit('run')\n")
    load_exercise(exercise_folder)


def test_a_changed_threshold_is_a_changed_spec(exercise_folder: Path, edit: Edit) -> None:
    edit("lab.toml", "pass = 0.93", "pass = 0.95")
    assert load_exercise(exercise_folder).spec.thresholds.pass_ == 0.95
