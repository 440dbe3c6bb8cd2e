"""A small lab of the real shape: 400 grey images of a bright or a dark kind, labels 3 and 7."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labs.grading import Exercise, Prepared, load_exercise, prepare
from tests.unit.labs.data_shelf import shelf as shelf

MNIST_BASELINE = Path(__file__).parents[3] / "labs" / "exercises" / "mnist-baseline"
SECRET = b"s" * 32


@pytest.fixture
def exercise_folder(tmp_path: Path) -> Path:
    """A copy of mnist-baseline that a test may spoil."""
    return Path(shutil.copytree(MNIST_BASELINE, tmp_path / "exercises" / "mnist-baseline"))


@pytest.fixture
def exercise(exercise_folder: Path) -> Exercise:
    return load_exercise(exercise_folder)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """What `labs.datasets` gives for MNIST, with 400 threes and sevens and 100 other digits."""
    random = np.random.default_rng(1)
    labels = np.array([3, 7] * 200 + [0, 1, 2, 4] * 25, dtype=np.uint8)
    images = random.integers(0, 200, (500, 28, 28)).astype(np.uint8)
    images[labels == 3, :14] = 0
    folder = tmp_path / "data"
    folder.mkdir()
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", labels)
    return {name: folder / name for name in ("images.npy", "labels.npy")}


@pytest.fixture
def prepared(exercise: Exercise, files: dict[str, Path], tmp_path: Path) -> Prepared:
    return prepare(exercise, files, secret=SECRET, out=tmp_path / "prepared")


@pytest.fixture
def edit(exercise_folder: Path) -> Callable[[str, str, str], None]:
    """`edit(file, old, new)` in the exercise's folder; the old text must be there."""

    def change(name: str, old: str, new: str) -> None:
        path = exercise_folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change
