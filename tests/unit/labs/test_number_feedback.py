"""What a learner sees where answers are numbers, and how a result stands beside the baseline's."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labs.domain.errors import ExerciseInvalid, PredictionsRejected
from labs.domain.standing import same_draw
from labs.grading import (
    Exercise,
    Outcome,
    Prepared,
    grade,
    load_exercise,
    parse_predictions,
    prepare,
)
from tests.unit.labs.conftest import SECRET

Edit = Callable[[str, str, str], None]


@pytest.fixture
def of_numbers(exercise_folder: Path, edit: Edit) -> Path:
    """The small lab with its digits as numbers, and captions and groups for them."""
    text = (exercise_folder / "lab.toml").read_text()
    head = text[: text.index("[answer]")]
    (exercise_folder / "lab.toml").write_text(
        head
        + '[answer]\nkind = "numbers"\n[grading]\nmetric = "mse"\ndirection = "lower"\n'
        + "chance = 4.2\npass = 4\ngood = 2\nexcellent = 1\nsame_split = true\n"
        + 'why = "A small lab."\n'
    )
    with (exercise_folder / "task.py").open("a") as task:
        task.write(
            "\n\ndef captions(pool, rows):\n"
            '    return [f"digit {pool.labels[row]}" for row in rows]\n'
            "\n\ndef groups(pool, rows):\n"
            '    return {"parity": ["odd" for row in rows]}\n'
        )
    (exercise_folder / "baseline.py").write_text(
        "def train(data, run):\n    run.log(mean=1)\n    return float(data.train_y.mean())\n"
        "\n\ndef predict(model, inputs, run):\n    return [model] * len(inputs)\n"
    )
    return exercise_folder


@pytest.fixture
def lab(of_numbers: Path) -> Exercise:
    return load_exercise(of_numbers)


@pytest.fixture
def numbers(lab: Exercise, files: dict[str, Path], tmp_path: Path) -> Prepared:
    return prepare(lab, files, secret=SECRET, out=tmp_path / "numbers")


def outcome(lab: Exercise, prepared: Prepared, values: np.ndarray) -> Outcome:
    raw = io.BytesIO()
    np.save(raw, values)
    return grade(lab, prepared, parse_predictions(raw.getvalue(), prepared))


def test_errors_are_told_by_the_true_value_and_by_the_answer(lab, numbers) -> None:
    targets = numbers.truth.targets.astype(float)
    answers = np.where(targets == 7, 6.0, 3.0)
    result = outcome(lab, numbers, answers)
    feedback = result.feedback
    threes, sevens = feedback["by_actual"]
    assert (threes["from"], threes["answered"], threes["error"], threes["share"]) == (3, 3, 0, 0)
    assert (sevens["from"], sevens["answered"], sevens["error"], sevens["share"]) == (7, 6, 1, 1)
    assert threes["examples"] + sevens["examples"] == result.hidden["feedback"]
    assert [(row["answered"], row["actual"]) for row in feedback["by_answer"]] == [(3, 3), (6, 7)]
    assert feedback["error_by_group"] == [
        {
            "by": "parity",
            "groups": [
                {
                    "name": "odd",
                    "examples": result.hidden["feedback"],
                    "error": pytest.approx(feedback["error"]),
                }
            ],
        }
    ]


def test_the_worst_come_first_and_are_called_by_name(lab, numbers) -> None:
    answers = numbers.truth.targets.astype(float)
    shown = np.flatnonzero(~numbers.truth.final)
    answers[shown[0]] += 2
    answers[shown[1]] -= 3
    first, second, *_ = outcome(lab, numbers, answers).feedback["worst"]
    assert first["caption"] == f"digit {numbers.truth.targets[shown[1]]}"
    assert float(first["actual"]) - float(first["predicted"]) == 3
    assert float(second["actual"]) - float(second["predicted"]) == -2


def test_nothing_of_the_graded_part_is_told(lab, numbers) -> None:
    answers = numbers.truth.targets.astype(float)
    wrong = np.where(numbers.truth.final, answers + 1, answers)
    assert outcome(lab, numbers, wrong).feedback == outcome(lab, numbers, answers).feedback


def test_many_true_values_are_put_into_tenths(lab, numbers) -> None:
    truth = numbers.truth
    many = Prepared(
        numbers.train,
        numbers.hidden,
        type(truth)(np.linspace(0, 1, len(truth.final)), truth.final),
        numbers.answer,
        numbers.key,
    )
    feedback = outcome(lab, many, np.zeros(len(truth.final))).feedback
    assert len(feedback["by_actual"]) == 10
    assert [row["from"] for row in feedback["by_actual"]] == sorted(
        row["from"] for row in feedback["by_actual"]
    )
    assert len(feedback["by_answer"]) == 1
    assert feedback["worst"][0]["caption"] is None


def test_the_baseline_is_run_on_the_same_hidden_set(lab, numbers) -> None:
    result = outcome(lab, numbers, numbers.truth.targets.astype(float))
    assert result.metrics["mse"] == 0
    assert result.metrics["baseline_mse"] == pytest.approx(4, abs=0.2)
    beside = same_draw(result.metrics, result.thresholds)
    assert beside is not None
    assert beside.less_error == pytest.approx(1)
    assert beside.difference == pytest.approx(result.metrics["baseline_mse"], abs=1e-5)
    answers = numbers.train.parent / "truth" / "baseline.npy"
    assert answers.stat().st_mode & 0o077 == 0


def test_of_a_baselines_probabilities_the_likeliest_label_counts(
    exercise_folder: Path, edit: Edit, files, tmp_path: Path, capsys
) -> None:
    edit("lab.toml", 'metric = "accuracy"', 'metric = "accuracy"\nsame_split = true')
    (exercise_folder / "baseline.py").write_text(
        "import numpy as np\n\n\ndef train(data, run):\n    print('learning')\n\n\n"
        "def predict(model, inputs, run):\n    return np.tile([0.4, 0.6], (len(inputs), 1))\n"
    )
    labels = load_exercise(exercise_folder)
    drawn = prepare(labels, files, secret=SECRET, out=tmp_path / "labels")
    result = outcome(labels, drawn, drawn.truth.targets)
    sevens = (drawn.truth.targets == 7)[drawn.truth.final].mean()
    assert result.metrics["baseline_accuracy"] == pytest.approx(sevens)
    assert result.metrics["accuracy"] == 1
    assert capsys.readouterr().out == ""  # not among what `run_lab --json` prints


def test_a_lab_without_same_split_runs_no_baseline(exercise, prepared) -> None:
    result = outcome(exercise, prepared, prepared.truth.targets)
    assert list(result.metrics) == ["accuracy"]
    assert same_draw(result.metrics, result.thresholds) is None


def test_another_baseline_is_another_draw(lab, numbers, of_numbers, files, tmp_path) -> None:
    with (of_numbers / "baseline.py").open("a") as file:
        file.write("# changed\n")
    assert prepare(lab, files, secret=SECRET, out=tmp_path / "numbers").key != numbers.key


@pytest.mark.parametrize("answers", ["model", "[[model]] * len(inputs)", "['x'] * len(inputs)"])
def test_a_baseline_that_gives_no_numbers_is_reported(
    of_numbers, edit: Edit, files, tmp_path, answers: str
) -> None:
    edit("baseline.py", "[model] * len(inputs)", answers)
    with pytest.raises(ExerciseInvalid, match="one answer an input"):
        prepare(load_exercise(of_numbers), files, secret=SECRET, out=tmp_path / "numbers")


def test_captions_must_be_as_many_as_inputs(of_numbers, edit: Edit, files, tmp_path) -> None:
    edit("task.py", "for row in rows]\n\n\ndef groups", "for row in rows[1:]]\n\n\ndef groups")
    with pytest.raises(ExerciseInvalid, match="captions"):
        prepare(load_exercise(of_numbers), files, secret=SECRET, out=tmp_path / "numbers")


def test_a_task_may_rename_its_pool_and_training_and_hidden_examples_agree(
    of_numbers, files, tmp_path
) -> None:
    with (of_numbers / "task.py").open("a") as task:
        task.write(
            "\n\ndef renamed(pool, random):\n"
            "    moved = int(random.integers(100, 200))\n"
            "    return Digits(pool.ids, pool.images, pool.labels + moved)\n"
        )
    lab = load_exercise(of_numbers)
    prepared = prepare(lab, files, secret=SECRET, out=tmp_path / "numbers")
    train = np.load(prepared.train / "train_y.npy")
    assert set(train) == set(prepared.truth.targets)
    assert min(train) >= 103
    other = prepare(lab, files, secret=b"o" * 32, out=tmp_path / "numbers")
    assert set(np.load(other.train / "train_y.npy")) != set(train)


@pytest.mark.parametrize("answer", [1e200, -1e150])
def test_numbers_whose_square_is_none_are_refused(lab, numbers, answer: float) -> None:
    with pytest.raises(PredictionsRejected, match="up to"):
        outcome(lab, numbers, np.full(numbers.count, answer))


def test_large_numbers_give_plain_json(lab, numbers) -> None:
    result = outcome(lab, numbers, np.full(numbers.count, 1e99))
    assert json.loads(json.dumps([result.metrics, result.feedback], allow_nan=False))


def test_same_split_is_true_or_false(of_numbers: Path, edit: Edit) -> None:
    edit("lab.toml", "same_split = true", 'same_split = "yes"')
    with pytest.raises(ExerciseInvalid, match="Write true or false"):
        load_exercise(of_numbers)
