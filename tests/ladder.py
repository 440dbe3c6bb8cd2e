"""What a lab's own files reach on fresh secrets: the figures that its thresholds stand on.

usage: python -m tests.ladder SLUG [FILE ...] [--secrets N] [--first N]

Prints each figure as it comes, and at the end the [[spread]] tables for lab.toml. Trains in this
process, without a sandbox: it is our own code.
"""

import argparse
import importlib.util
import io
import os
import pickle
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import numpy as np
from numpy.typing import NDArray

from labs.datasets import locate_all
from labs.domain.grades import Direction
from labs.grading import (
    Exercise,
    Outcome,
    Prepared,
    grade,
    load_exercise,
    parse_predictions,
    prepare,
)
from labs.harness.data import read_data, read_inputs
from labs.harness.predictions import to_array
from labs.harness.seeding import seed_everything

EXERCISES = Path(__file__).parents[1] / "labs" / "exercises"
FILES = ("starter.py", "baseline.py", "reference.py")


class Learner:
    """The part of `run` that a solution uses; keeps what is logged and drawn."""

    device = "cpu"
    deadline = 3_600.0

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.logged: list[Mapping[str, float]] = []
        self.figures: list[str] = []

    def log(self, step: float | None = None, **metrics: float) -> None:
        self.logged.append({name: float(value) for name, value in metrics.items()})

    def progress(self, done: float, total: float) -> None:
        pass

    def figure(self, name: str, figure: Any) -> None:
        self.figures.append(name)


@dataclass(frozen=True)
class Rung:
    outcome: Outcome
    answers: NDArray[Any]
    learner: Learner
    seconds: float  # of train alone


def rung(lab: Exercise, file: Path, prepared: Prepared, *, seed: int = 1) -> Rung:
    """Train and predict as the harness does, the model pickled in between, and grade."""
    name = f"ladder_{lab.spec.slug}_{file.stem}".replace("-", "_")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    solution = importlib.util.module_from_spec(spec)
    sys.modules[name] = solution  # where pickle looks for the classes of a model
    seed_everything(seed)
    spec.loader.exec_module(solution)
    learner = Learner(seed)
    data = read_data(prepared.train)
    started = time.perf_counter()
    model = solution.train(data, learner)
    seconds = time.perf_counter() - started
    model = pickle.loads(pickle.dumps(model))
    given = to_array(solution.predict(model, read_inputs(prepared.hidden), learner))
    raw = io.BytesIO()
    np.save(raw, given)
    predictions = parse_predictions(raw.getvalue(), prepared)
    return Rung(grade(lab, prepared, predictions), predictions.values, learner, seconds)


def try_snippets(lab: Exercise, names: dict[str, Any]) -> int:
    """Run the Python of the brief from top to bottom, where `names` are known; how many pieces."""
    pieces = re.findall(r"```python\n(.*?)```", lab.brief, re.DOTALL)
    for piece in pieces:
        exec(compile(piece, f"{lab.spec.slug}/brief.md", "exec"), names)
    return len(pieces)


def climb(
    lab: Exercise, names: Sequence[str], files: Mapping[str, Path], numbers: Iterable[int]
) -> Iterator[tuple[str, int, Rung]]:
    for number in numbers:
        with tempfile.TemporaryDirectory(prefix="ladder-") as out:
            prepared = prepare(lab, files, secret=bytes([number]) * 32, out=Path(out))
            for name in names:
                yield name, number, rung(lab, lab.folder / name, prepared, seed=number)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyhub.settings")
    from django.conf import settings  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("slug")
    parser.add_argument("files", nargs="*", default=list(FILES))
    parser.add_argument("--secrets", type=int, default=5, help="how many")
    parser.add_argument("--first", type=int, default=0, help="to go on where an earlier call ended")
    asked = parser.parse_args()
    django.setup()
    from labs.services.exercises import with_data_here  # noqa: PLC0415

    lab = with_data_here(load_exercise(EXERCISES / asked.slug), settings.DATA_DIR)
    files = locate_all(lab.spec.data, settings.DATA_DIR, asked=asked.slug)
    seen: dict[str, list[float]] = {name: [] for name in asked.files}
    numbers = range(asked.first, asked.first + asked.secrets)
    for name, number, reached in climb(lab, asked.files, files, numbers):
        value = reached.outcome.metrics[lab.spec.metric]
        seen[name].append(value)
        grade = reached.outcome.grade
        say(f"secret {number}  {name:24} {value:.4f}  {grade:9}  {reached.seconds:.1f} s")
    worst = min if lab.spec.thresholds.direction is Direction.HIGHER else max
    for name, values in seen.items():
        say(f'\n[[spread]]\nfile = "{name}"\nseeds = {len(values)}')
        sd = np.std(values, ddof=1) if len(values) > 1 else 0.0
        say(f"mean = {np.mean(values):.4f}\nsd = {sd:.4f}")
        say(f"worst = {worst(values):.4f}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
