"""Reading mistakes, measures, and the package itself."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

import labs.kit
from labs.kit import (
    JointLoss,
    accuracy,
    accuracy_binary,
    accuracy_multi,
    best_threshold,
    cleaning_list,
    confusion_matrix,
    error_rate,
    line_plot,
    most_confused,
    overfits_from,
    overfitting_picture,
    pearson,
    perplexity,
    top_losses,
)

ROOT = Path(__file__).resolve().parents[4]
# said: 0, 1, 1, 2, 0; the last two are wrong, one surely, one barely
SCORES = torch.tensor([[4.0, 0, 0], [0, 4, 0], [0, 3, 0], [0, 0, 9], [1, 0.9, 0]])
TARGETS = torch.tensor([0, 1, 1, 0, 1])


def test_a_confusion_matrix_has_a_row_for_what_is_and_a_column_for_what_was_said():
    assert confusion_matrix(SCORES, TARGETS).tolist() == [[1, 0, 1], [1, 2, 0], [0, 0, 0]]


def test_the_most_frequent_confusion_comes_first():
    matrix = torch.tensor([[9, 1, 4], [7, 9, 0], [0, 2, 9]])
    found = most_confused(matrix, ["pug", "boxer", "cat"])
    assert found == [("boxer", "pug", 7), ("pug", "cat", 4), ("cat", "boxer", 2)]


def test_the_surest_mistake_has_the_largest_loss():
    worst, second = top_losses(SCORES, TARGETS, 2)
    assert (worst.row, worst.actual, worst.said) == (3, 0, 2)
    assert (worst.loss, worst.probability) == (
        pytest.approx(9, abs=0.01),
        pytest.approx(1, abs=0.01),
    )
    assert second.row == 4


def test_wrong_labels_stand_on_the_cleaning_list_and_right_ones_do_not():
    torch.manual_seed(0)
    truth = torch.arange(200) % 4
    scores = torch.randn(200, 4) + 6 * torch.nn.functional.one_hot(truth, 4)
    labels = truth.clone()
    labels[::25] = (labels[::25] + 1) % 4
    found = {each.row for each in cleaning_list(scores, labels, share=0.05)}
    assert found >= set(range(0, 200, 25))
    assert len(found) <= 10


def test_the_picture_of_overfitting_marks_where_the_validation_loss_turned():
    history = [
        {"train_loss": 1 / epoch, "valid_loss": abs(epoch - 3) + 1.0} for epoch in range(1, 7)
    ]
    assert overfits_from(history) == 3
    assert "lowest in epoch 3" in overfitting_picture(history)
    assert overfits_from(history[:3]) is None
    with pytest.raises(ValueError, match="validation set"):
        overfitting_picture([{"train_loss": 1.0}])


def test_a_plot_is_well_formed_whatever_its_names_are():
    svg = line_plot({"<b>&": [(1, 2), (2, float("nan")), (3, 4)]}, across="x", up="y")
    assert ElementTree.fromstring(svg) is not None
    with pytest.raises(ValueError, match="finite"):
        line_plot({"nothing": []}, across="x", up="y")


def test_measures_on_figures_worked_by_hand():
    assert accuracy(SCORES, TARGETS).item() == pytest.approx(0.6)
    assert error_rate(SCORES, TARGETS).item() == pytest.approx(0.4)
    assert accuracy_binary(torch.tensor([2.0, -1]), torch.tensor([1, 1])) == 0.5
    several = torch.tensor([[3.0, -3], [-3, -3]]), torch.tensor([[1, 0], [1, 0]])
    assert accuracy_multi(*several) == 0.75
    assert perplexity(torch.zeros(2, 5, 8), torch.zeros(2, 5).long()).item() == pytest.approx(8)
    line = torch.arange(5.0)
    assert pearson(line, -2 * line).item() == pytest.approx(-1)
    assert pearson(line, torch.ones(5)) == 0


def test_the_best_threshold_parts_present_from_absent_labels():
    shares = torch.tensor([[0.2, 0.75], [0.8, 0.3]])
    threshold, reached = best_threshold(shares.logit(), torch.tensor([[0, 1], [1, 0]]))
    assert (reached, 0.3 < threshold < 0.75) == (1, True)


def test_a_joint_loss_adds_the_questions():
    outputs, targets = torch.randn(4, 5), torch.tensor([[0, 2], [1, 0], [1, 1], [0, 2]])
    expected = sum(
        torch.nn.functional.cross_entropy(part, answer)
        for part, answer in ((outputs[:, :2], targets[:, 0]), (outputs[:, 2:], targets[:, 1]))
    )
    assert JointLoss([2, 3])(outputs, targets) == expected
    with pytest.raises(ValueError, match="need 6 and 2"):
        JointLoss([3, 3])(outputs, targets)


def test_importing_the_kit_loads_nothing_heavy():
    heavy = "{'torch', 'timm', 'sklearn', 'pandas'}"
    asked = f"import sys, labs.kit; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


def test_every_public_name_is_there_and_in_the_tour():
    tour = (ROOT / "labs" / "kit" / "README.md").read_text()
    for name in dir(labs.kit):
        assert getattr(labs.kit, name).__doc__, name
        assert f"`{name}" in tour, name
    with pytest.raises(AttributeError, match="README"):
        _ = labs.kit.learn_everything
