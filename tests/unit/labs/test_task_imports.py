"""`task.py` is loaded by the worker by path, where import-linter does not look."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

EXERCISES = Path(__file__).parents[3] / "labs" / "exercises"
TASKS = sorted(EXERCISES.glob("*/task.py"))
ALLOWED = {"numpy", "pandas", "sklearn", "PIL"} | set(sys.stdlib_module_names)


def imported(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add("relative" if node.level else (node.module or "").split(".")[0])
    return names


def test_every_exercise_has_a_task() -> None:
    folders = {path.parent for path in EXERCISES.glob("*/lab.toml")}
    assert folders
    assert folders == {path.parent for path in TASKS}


@pytest.mark.parametrize("task", TASKS, ids=lambda path: path.parent.name)
def test_a_task_imports_numpy_pandas_scikit_learn_and_pillow_at_most(task: Path) -> None:
    assert imported(task.read_text()) <= ALLOWED


def test_a_baseline_that_the_worker_runs_keeps_to_the_same() -> None:
    """Where a lab says same_split, `baseline.py` runs in the worker, once for each draw."""
    labs = [
        path.parent
        for path in EXERCISES.glob("*/lab.toml")
        if "same_split = true" in path.read_text()
    ]
    assert {"movielens", "imdb"} <= {lab.name for lab in labs}
    for lab in labs:
        assert imported((lab / "baseline.py").read_text()) <= ALLOWED, lab.name


@pytest.mark.parametrize("task", TASKS, ids=lambda path: path.parent.name)
def test_loading_a_task_brings_no_torch_into_the_worker(task: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from labs.grading.task import load_task;"
        f"load_task(Path({str(task)!r}));"
        "print(sorted({'torch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=EXERCISES.parents[1], capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_grading_and_data_sets_load_without_scikit_learn_or_torch() -> None:
    """The web process imports both; scikit-learn costs it two seconds and 130 MB."""
    code = (
        "import sys, labs.grading, labs.datasets;"
        "print(sorted({'sklearn', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=EXERCISES.parents[1], capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr
