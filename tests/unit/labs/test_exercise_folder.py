from collections.abc import Callable
from pathlib import Path

import pytest

from labs.domain.errors import ExerciseInvalid
from labs.domain.exercise import AnswerKind, Device
from labs.domain.grades import Direction
from labs.domain.quotas import Quota
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
    assert rungs == (0.93, 0.98, 0.995)
    assert {spread.file for spread in spec.spreads} == {
        "starter.py",
        "baseline.py",
        "reference.py",
        "solutions/linear.py",
        "solutions/small_net.py",
    }
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


def test_a_prompt_that_the_course_lacks_or_that_stands_twice_is_refused(
    exercise_folder: Path, edit: Edit
) -> None:
    course = frozenset(load_exercise(exercise_folder).spec.prompts)
    assert load_exercise(exercise_folder, prompts=course).spec.prompts
    edit("lab.toml", '"c04-mean-axis"', '"c04-mean-axes"')
    edit("lab.toml", '"c04-loss-vs-metric"', '"c04-loop-order"')
    with pytest.raises(ExerciseInvalid) as refused:
        load_exercise(exercise_folder, prompts=course)
    told = refused.value.message
    assert "lab.toml: prompts: names the unknown prompt 'c04-mean-axes'. Take an id from" in told
    assert "lab.toml: prompts: names 'c04-loop-order' twice." in told


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


class TestQuota:
    @pytest.fixture
    def quota(self, exercise_folder: Path) -> Callable[[str], None]:
        def write(lines: str) -> None:
            with (exercise_folder / "lab.toml").open("a") as file:
                file.write(f"\n[quota]\n{lines}\n")

        return write

    def test_a_lab_without_one_leaves_both_to_the_site(self, exercise_folder: Path) -> None:
        assert load_exercise(exercise_folder).spec.quota == Quota(None, None)

    def test_each_figure_is_read_and_the_other_left_to_the_site(
        self, exercise_folder: Path, quota: Callable[[str], None]
    ) -> None:
        quota("waiting = 2")
        read = load_exercise(exercise_folder).spec.quota
        assert read == Quota(2, None)
        assert Quota.of_lab(read.to_json(), waiting=10, per_day=60) == Quota(2, 60)

    def test_a_lab_may_be_closed_for_now(
        self, exercise_folder: Path, quota: Callable[[str], None]
    ) -> None:
        quota("per_day = 0")
        assert load_exercise(exercise_folder).spec.quota == Quota(None, 0)

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("waiting = 0", "quota.waiting: is 0. Give a whole number from 1 to 20"),
            ("waiting = 21", "quota.waiting: is 21. Give a whole number from 1 to 20"),
            ("waiting = 2.5", "quota.waiting: is 2.5. Give a whole number from 1 to 20"),
            ("waiting = true", "quota.waiting: is True. Give a whole number from 1 to 20"),
            ('per_day = "5"', "quota.per_day: is '5'. Give a whole number from 0 to 100000"),
            ("per_day = -1", "quota.per_day: is -1. Give a whole number from 0 to 100000"),
            ("per_day = nan", "quota.per_day: is nan. Give a whole number from 0 to 100000"),
            ("perday = 5", "quota.perday: is not a key that this file knows. Did you mean"),
        ],
    )
    def test_a_bad_figure_is_refused_with_its_range(
        self, exercise_folder: Path, quota: Callable[[str], None], line: str, told: str
    ) -> None:
        quota(line)
        assert told in problems(exercise_folder)

    def test_no_table_says_how_to_write_one(self, exercise_folder: Path, edit: Edit) -> None:
        edit("lab.toml", 'device = "either"', 'device = "either"\nquota = 5')
        assert "lab.toml: quota: is not a table. Write [quota]" in problems(exercise_folder)
