"""The lab's own files on some of the real reviews, and what tables of the published ones find."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from labs.domain.grades import Grade
from labs.grading import Prepared, load_exercise
from labs.grading.task import load_module
from labs.harness.data import read_data, read_inputs
from tests.ladder import EXERCISES, Learner, Rung

LAB = load_exercise(EXERCISES / "imdb")
SECRET = b"i" * 32
FEW = 10  # every so many reviews, for what takes long on all of them
pytestmark = [pytest.mark.embedded, pytest.mark.data, pytest.mark.xdist_group("imdb")]


@pytest.fixture(scope="module")
def files(published_files, tmp_path_factory) -> dict[str, Path]:
    """Every tenth review, of both kinds, in the published form."""
    folder = tmp_path_factory.mktemp("few")
    texts = json.loads(published_files["texts.json"].read_text(encoding="utf-8"))
    (folder / "texts.json").write_text(json.dumps(texts[::FEW]), encoding="utf-8")
    np.save(folder / "labels.npy", np.load(published_files["labels.npy"])[::FEW])
    return {name: folder / name for name in ("texts.json", "labels.npy")}


def accuracy(found: Rung) -> float:
    return found.outcome.metrics["accuracy"]


def test_with_a_tenth_of_the_reviews_the_files_stand_in_the_same_order(reached) -> None:
    """The grades on all reviews stand in lab.toml: `python -m tests.ladder imdb`."""
    starter, baseline, reference = (
        reached(name) for name in ("starter.py", "baseline.py", "reference.py")
    )
    assert starter.outcome.grade is Grade.FAIL
    assert 0.6 < accuracy(starter) < 0.75
    assert 0.81 < accuracy(baseline) < accuracy(reference)
    assert reference.learner.logged[-1]["valid_accuracy"] > 0.8


def test_every_result_stands_beside_the_baseline_on_the_same_reviews(reached) -> None:
    baseline = reached("baseline.py").outcome.metrics
    assert baseline["baseline_accuracy"] == pytest.approx(baseline["accuracy"])
    for name in ("starter.py", "reference.py"):
        assert reached(name).outcome.metrics["baseline_accuracy"] == baseline["baseline_accuracy"]


def test_pairs_of_words_are_counted_and_their_weights_learned(reached) -> None:
    assert accuracy(reached("solutions/bigrams.py")) > 0.81


def test_the_feedback_shows_reviews_that_were_misread_and_the_error_by_length(reached) -> None:
    feedback = reached("reference.py").outcome.feedback
    surest = feedback["worst"][0]
    assert len(surest["caption"]) > 50
    assert surest["confidence"] > 0.6
    assert {surest["actual"], surest["predicted"]} == {"against", "for"}
    assert feedback["calibration"]
    assert [table["by"] for table in feedback["error_by_group"]] == ["length"]


def test_the_lists_are_as_the_brief_says(files, prepared: Prepared) -> None:
    data, inputs = read_data(prepared.train), read_inputs(prepared.hidden)
    assert len(data.train_x) == len(data.train_y)
    assert all(isinstance(text, str) and text.strip() for text in [*data.train_x, *inputs])
    assert len(data.train_x) + len(inputs) == len(json.loads(files["texts.json"].read_text()))
    assert set(data.train_y.tolist()) == {0, 1}
    assert np.mean([text == text.lower() for text in inputs]) == pytest.approx(0.2, abs=0.06)
    share = len(inputs) / (len(inputs) + len(data.train_x))
    assert share == pytest.approx(0.25, abs=0.03)
    assert prepared.truth.final.mean() == pytest.approx(0.8, abs=0.05)


def plain(text: str) -> str:
    """Letters and digits alone, in lower case, however it was typed."""
    return re.sub(r"[^a-z0-9]+", "", re.sub(r"<br\s*/?>", "", text.lower()))


def sentences(text: str) -> list[str]:
    parts = re.split(r"(?<=[.!?])\s+|(?:<br\s*/?>\s*)+|\s*\n\s*", text)
    return sorted(filter(None, map(plain, parts)), key=len)


def test_tables_of_whole_reviews_and_of_their_sentences_find_next_to_nothing(
    files, prepared: Prepared
) -> None:
    published = json.loads(files["texts.json"].read_text())
    inputs = read_inputs(prepared.hidden)
    whole = {plain(text) for text in published}
    assert len(whole) == len(published)
    assert np.mean([plain(text) in whole for text in inputs]) < 0.01
    longest = {parts[-1] for text in published if (parts := sentences(text))}
    assert np.mean([not longest.isdisjoint(sentences(text)) for text in inputs]) < 0.05


def test_a_word_that_denies_is_never_lost(files) -> None:
    task = load_module(LAB.task_file)
    text = "This is not good. I did not like it. You don't want it. There was no point to it."
    for seed in range(50):
        typed = task.disguise(text, np.random.default_rng(seed)).lower()
        assert typed.count("not") == 2
        assert "don't" in typed
        assert " no " in typed.replace("\n", " ")


def test_the_small_network_learns_to_read(prepared: Prepared) -> None:
    net = load_module(LAB.folder / "solutions" / "net.py")
    data, inputs = read_data(prepared.train), read_inputs(prepared.hidden)[:50]
    data.train_x, data.train_y = data.train_x[:500], data.train_y[:500]
    learner = Learner(seed=1)
    answers = net.predict(net.train(data, learner), inputs, learner)
    assert answers.shape == (50, 2)
    losses = [point["train_loss"] for point in learner.logged]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.69  # what guessing costs


def test_the_way_of_ulmfit_is_walked_to_its_end(prepared: Prepared) -> None:
    """On a few reviews, with a tiny network: what it reaches there says nothing."""
    ulmfit = load_module(LAB.folder / "solutions" / "ulmfit.py")
    data, inputs = read_data(prepared.train), read_inputs(prepared.hidden)[:40]
    size = ulmfit.Size(
        width=16, hidden=24, layers=2, words=500, reviews=60, rows=8, reading=2, judging=1
    )
    learner = Learner(seed=1)
    solution = ulmfit.train(data, learner, size)
    answers = ulmfit.predict(solution, inputs, learner)
    assert answers.shape == (40, 2)
    assert np.allclose(answers.sum(axis=1), 1, atol=1e-5)
    guesses = [point["train_loss"] for point in learner.logged[:2]]
    assert guesses[1] < guesses[0]  # the language model learns
    assert len(learner.logged) == 2 + 3 + 1
    assert all("valid_accuracy" in point for point in learner.logged[2:])
    again = ulmfit.predict(solution, inputs[::-1], learner)[::-1]
    assert np.allclose(answers, again, atol=1e-4)  # whatever the order


def test_the_ladder_in_lab_toml_holds() -> None:
    spread = {spread.file: spread for spread in LAB.spec.spreads}
    thresholds = LAB.spec.thresholds
    starter, baseline = spread["starter.py"], spread["baseline.py"]
    assert starter.mean + 3 * starter.sd < thresholds.pass_ <= baseline.worst
    assert baseline.mean + 2 * baseline.sd < thresholds.good <= spread["solutions/bigrams.py"].worst
    assert thresholds.excellent <= spread["reference.py"].worst < thresholds.excellent + 0.006
