"""The lab's own files on the real digits: the ladder that its thresholds stand on."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from labs.domain.grades import Grade
from labs.domain.uploads import Upload, read_upload
from labs.grading import Outcome, load_exercise, prepare
from labs.services import Order, Places, execute
from tests.ladder import EXERCISES, rung

LAB = load_exercise(EXERCISES / "mnist-baseline")
SECRETS = [bytes([number]) * 32 for number in range(5)]
SECRET = SECRETS[0]
pytestmark = [pytest.mark.embedded, pytest.mark.data, pytest.mark.xdist_group("mnist-baseline")]


@pytest.fixture(scope="module")
def result_of(files: dict[str, Path], out: Path) -> Callable[[Path, bytes], Outcome]:
    """Trains and predicts in this process: quick, and our own code needs no sandbox."""

    @cache
    def run(path: Path, secret: bytes) -> Outcome:
        return rung(LAB, path, prepare(LAB, files, secret=secret, out=out)).outcome

    return run


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: f"secret {secret[0]}")
def test_the_starter_falls_short_and_the_baseline_passes(result_of, secret: bytes) -> None:
    starter, baseline = result_of(LAB.starter, secret), result_of(LAB.baseline, secret)
    assert starter.grade is Grade.FAIL
    assert baseline.grade is Grade.PASS
    assert sum(baseline.hidden.values()) == pytest.approx(2_038, abs=150)


@pytest.mark.parametrize("name", ["linear.py", "small_net.py"])
def test_what_the_chapter_trains_by_hand_beats_the_baseline(reached, name: str) -> None:
    baseline, trained = reached("baseline.py"), reached(f"solutions/{name}")
    gained = trained.outcome.metrics["accuracy"] - baseline.outcome.metrics["accuracy"]
    assert gained > 0.005
    assert trained.learner.logged[-1]["valid_accuracy"] > 0.96


@pytest.mark.parametrize("name", ["starter.py", "baseline.py"])
def test_the_spread_that_lab_toml_states_is_the_spread_seen(result_of, name: str) -> None:
    seen = [result_of(LAB.folder / name, secret).metrics["accuracy"] for secret in SECRETS]
    stated = next(spread for spread in LAB.spec.spreads if spread.file == name)
    assert np.mean(seen) == pytest.approx(stated.mean, abs=0.015)
    assert np.std(seen) < 3 * stated.sd + 0.002


def test_a_table_of_the_published_digits_does_not_pass(files, prepared) -> None:
    """What scores 1.000 on published images: a hash of each, and its label."""
    images, labels = np.load(files["images.npy"]), np.load(files["labels.npy"])
    rows = np.isin(labels, (3, 7))
    inputs = np.load(prepared.hidden / "inputs.npy")
    for step in (1, 32, 128):
        table = dict(zip((i.tobytes() for i in images[rows] // step), labels[rows], strict=True))
        assert len(table) > 0.95 * rows.sum()
        found = [table.get(image.tobytes()) for image in inputs // step]
        assert sum(label is not None for label in found) < 0.02 * len(inputs)


@pytest.mark.sandbox
@pytest.mark.slow
def test_the_reference_is_excellent_in_the_sandbox(files, tmp_path: Path, sandbox_works) -> None:
    places = Places(
        EXERCISES, settings.DATA_DIR, tmp_path / "prepared", tmp_path / "runs", tmp_path / "secret"
    )
    events = []
    solution = read_upload(Upload("reference.py", LAB.reference.read_bytes()))
    outcome = execute(
        Order(name="reference", slug=LAB.spec.slug, solution=solution, seed=1),
        places,
        on_phase=lambda state: None,
        on_event=lambda kind, data: events.append((kind, data)),
        should_stop=lambda: None,
    )
    assert outcome.error is None
    assert outcome.grade == "excellent"
    metrics = [data for kind, data in events if kind == "metric"]
    assert len(metrics) == 8
    assert {"train_loss", "valid_loss", "valid_accuracy"} <= set(metrics[-1])
    assert outcome.feedback["calibration"]
