"""The lab's own files on a fifth of the real digits: whether they run, and in which order they
stand. What they reach on all digits is in lab.toml, measured by `python -m tests.ladder`."""

from pathlib import Path

import numpy as np
import pytest
import torch

from labs.domain.grades import Grade
from labs.grading import Prepared, load_exercise
from labs.harness.data import read_data
from tests.ladder import EXERCISES, try_snippets

LAB = load_exercise(EXERCISES / "mnist-digits")
SECRET = b"d" * 32
EXAMPLES = 14_000
pytestmark = [pytest.mark.embedded, pytest.mark.data, pytest.mark.xdist_group("mnist-digits")]


@pytest.fixture(scope="module")
def files(published_files, tmp_path_factory) -> dict[str, Path]:
    """The first images of the published ones, with their labels."""
    folder = tmp_path_factory.mktemp("digits")
    for name in ("images.npy", "labels.npy"):
        np.save(folder / name, np.load(published_files[name], mmap_mode="r")[:EXAMPLES])
    return {name: folder / name for name in ("images.npy", "labels.npy")}


def test_the_starter_falls_short_and_each_file_is_better_than_the_one_before(reached) -> None:
    starter, baseline, reference = (
        reached(name).outcome.metrics["accuracy"]
        for name in ("starter.py", "baseline.py", "reference.py")
    )
    assert reached("starter.py").outcome.grade is Grade.FAIL
    assert starter + 0.05 < baseline
    assert baseline + 0.02 < reference


def test_the_reference_draws_its_curves_and_says_how_sure_it_is(reached) -> None:
    reference = reached("reference.py")
    logged = reference.learner.logged
    assert len(logged) > 1
    assert {"train_loss", "valid_loss", "valid_accuracy"} <= set(logged[-1])
    assert reference.outcome.feedback["calibration"]
    assert reference.outcome.feedback["worst"][0]["picture"]


def test_a_table_of_the_published_digits_finds_none_of_the_hidden_ones(files, prepared) -> None:
    images = np.load(files["images.npy"])
    inputs = np.load(prepared.hidden / "inputs.npy")
    for step in (1, 32, 128):
        table = {image.tobytes() for image in images // step}
        assert len(table) > 0.95 * len(images)
        found = [image.tobytes() in table for image in inputs // step]
        assert np.mean(found) < 0.02


def test_every_image_is_disguised_in_parts_as_it_is_at_once(files) -> None:
    """More images than are worked off at a time: the last one is moved too."""
    task = LAB.load_task()
    images = np.load(files["images.npy"])[: task.PART + 3]
    given = task.disguise(images, np.random.default_rng(1))
    assert given.shape == images.shape
    changed = (given != images).any(axis=(1, 2))
    assert changed.all()
    assert np.abs(given[-1].astype(int).sum() - images[-1].astype(int).sum()) < 5_000


def test_the_pieces_of_code_in_the_brief_run(prepared: Prepared) -> None:
    data = read_data(prepared.train)
    images = torch.as_tensor(data.train_x[:1_000]).unsqueeze(1) / 255
    names = {"images": images, "labels": torch.as_tensor(data.train_y[:1_000])}
    assert try_snippets(LAB, names) == 3


def test_the_figures_in_lab_toml_stand_where_the_thresholds_need_them() -> None:
    mean = {spread.file: spread.mean for spread in LAB.spec.spreads}
    thresholds = LAB.spec.thresholds
    assert mean["starter.py"] < thresholds.pass_ <= mean["baseline.py"] < thresholds.good
    reference = [each for each in LAB.spec.spreads if each.file == "reference.py"]
    assert all(thresholds.excellent <= each.worst for each in reference)
