"""Loads an exercise's folder and says everything that is wrong with it at once."""

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path

from labs.domain.errors import ExerciseInvalid, Problem
from labs.domain.exercise import ExerciseSpec
from labs.grading import lab_toml
from labs.grading.task import FUNCTIONS, Task, load_task

BRIEF = "brief.md"
TASK = "task.py"
STARTER, BASELINE, REFERENCE = "starter.py", "baseline.py", "reference.py"
SOLUTION_FUNCTIONS = ("train", "predict")


@dataclass(frozen=True)
class Exercise:
    """A lab that can be offered: its spec, its brief in Markdown, and its files.

    `variants` are the specs of its variants, the preferred one first; `spec` is the one in use.
    """

    spec: ExerciseSpec
    folder: Path
    brief: str
    variants: tuple[ExerciseSpec, ...] = ()

    @property
    def starter(self) -> Path:
        return self.folder / STARTER

    @property
    def baseline(self) -> Path:
        return self.folder / BASELINE

    @property
    def reference(self) -> Path:
        return self.folder / REFERENCE

    @property
    def task_file(self) -> Path:
        return self.folder / TASK

    def load_task(self) -> Task:
        """Runs `task.py`; only preparing and grading need that."""
        return load_task(self.task_file)


def load_exercise(
    folder: Path,
    *,
    data_sets: frozenset[str] | None = None,
    prompts: frozenset[str] | None = None,
) -> Exercise:
    """Read and check the folder; raises ExerciseInvalid with every problem found.

    `data_sets` are the names that may stand under `data`, `prompts` the ids of the course (None:
    any). No file of the exercise is run; its Python files are only parsed.
    """
    problems: list[Problem] = []
    specs = _read_specs(folder, data_sets, prompts, problems)
    brief = _read(folder, BRIEF, problems)
    if brief is not None and not brief.strip():
        problems.append(Problem(BRIEF, "", "is empty.", "Say what the lab asks."))
    _check_functions(folder, TASK, FUNCTIONS, problems)
    for name in (STARTER, BASELINE, REFERENCE):
        _check_functions(folder, name, SOLUTION_FUNCTIONS, problems)
    if not specs or brief is None or problems:
        raise ExerciseInvalid(folder.name, problems)
    return Exercise(spec=specs[0], folder=folder, brief=brief, variants=specs)


def _read_specs(
    folder: Path,
    data_sets: frozenset[str] | None,
    prompts: frozenset[str] | None,
    problems: list[Problem],
) -> tuple[ExerciseSpec, ...]:
    text = _read(folder, lab_toml.FILE, problems)
    if text is None:
        return ()
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        problems.append(Problem(lab_toml.FILE, "", f"is not TOML: {broken}.", "Correct that line."))
        return ()
    specs, found = lab_toml.read_specs(
        values, folder=folder.name, data_sets=data_sets, prompts=prompts
    )
    problems += found
    return specs


def _read(folder: Path, name: str, problems: list[Problem]) -> str | None:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        problems.append(Problem(name, "", "is missing.", f"Write {name} in {folder.name}/."))
    except (OSError, UnicodeDecodeError) as failed:
        problems.append(Problem(name, "", f"cannot be read ({failed}).", "Save it as UTF-8 text."))
    return None


def _check_functions(
    folder: Path, name: str, wanted: tuple[str, ...], problems: list[Problem]
) -> None:
    source = _read(folder, name, problems)
    if source is None:
        return
    try:
        body = ast.parse(source, filename=name).body
    except SyntaxError as broken:
        where = f"line {broken.lineno}"
        problems.append(Problem(name, where, f"is no Python: {broken.msg}.", "Correct it."))
        return
    defined = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    for function in wanted:
        if function not in defined:
            problems.append(
                Problem(name, function, "is not defined.", f"Write 'def {function}(...)'.")
            )
