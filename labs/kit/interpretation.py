"""What a trained model gets wrong, and what that says about it or about the labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from labs.kit.fitting import History
from labs.kit.plots import line_plot


def confusion_matrix(outputs: Tensor, targets: Tensor) -> Tensor:
    """(classes, classes) counts: each row an actual class, each column what was said of it.

    outputs: (n, classes) scores or probabilities (the book's chapter 5).
    """
    classes = outputs.shape[1]
    pairs = targets.long() * classes + outputs.argmax(1)
    return torch.bincount(pairs, minlength=classes**2).view(classes, classes)


def most_confused(
    matrix: Tensor, names: Sequence[str], at_least: int = 2
) -> list[tuple[str, str, int]]:
    """(actual, said, how often), the most frequent mistake first (the book's chapter 5)."""
    wrong = [
        (names[actual], names[said], int(matrix[actual, said]))
        for actual in range(len(matrix))
        for said in range(len(matrix))
        if actual != said and matrix[actual, said] >= at_least
    ]
    return sorted(wrong, key=lambda each: -each[2])


@dataclass(frozen=True)
class Judged:
    """One example: its row, its loss, its label, what the model said and how sure it was."""

    row: int
    loss: float
    actual: int
    said: int
    probability: float


def top_losses(outputs: Tensor, targets: Tensor, count: int = 9) -> list[Judged]:
    """The examples that the model is most wrong about: sure and wrong first, then unsure ones.

    outputs: (n, classes) scores before softmax. (The book's chapter 2.)
    """
    losses = F.cross_entropy(outputs, targets.long(), reduction="none")
    sure, said = outputs.softmax(1).max(1)
    rows = losses.argsort(descending=True)[:count].tolist()
    return [
        Judged(row, losses[row].item(), int(targets[row]), int(said[row]), sure[row].item())
        for row in rows
    ]


def cleaning_list(outputs: Tensor, targets: Tensor, share: float = 0.05) -> list[Judged]:
    """The labels to look at first: of the `share` with the largest losses, those denied.

    A model trained on most of the examples is surprised by a wrong label more than by a hard
    example. Take outputs for rows that it was not trained on, or it has learned the wrong labels
    by heart (Northcutt and others, Confident learning, 2021, go further).
    """
    looked_at = top_losses(outputs, targets, max(1, round(len(targets) * share)))
    return [each for each in looked_at if each.said != each.actual]


def overfits_from(history: History) -> int | None:
    """The epoch, counted from 1, with the lowest validation loss; None if that is the last one.

    With one-cycle its best figures come last: an early stop would miss them (the book's chapter 5).
    """
    losses = [epoch["valid_loss"] for epoch in history]
    lowest = min(range(len(losses)), key=losses.__getitem__) + 1
    return lowest if lowest < len(losses) else None


def overfitting_picture(history: History) -> str:
    """SVG of both losses over the epochs: the training loss falls on while the other one turns
    (the book's chapter 1)."""
    curves = {
        name: [(number, epoch[name]) for number, epoch in enumerate(history, 1) if name in epoch]
        for name in ("train_loss", "valid_loss")
    }
    if not curves["valid_loss"]:
        raise ValueError("This fit had no validation set: fit(model, train, valid, ...).")
    turn = overfits_from(history)
    marks = {} if turn is None else {"lowest in epoch": float(turn)}
    return line_plot(curves, across="epoch", up="loss", marks=marks)
