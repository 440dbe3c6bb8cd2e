"""Figures of a batch of answers, each `measure(outputs, targets)`.

`fit` shows their mean over all batches, which is the figure of the whole for shares and means. For
`pearson` and `perplexity` it is not: give them all answers at once, out of `predictions`.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """The share of rows whose largest score stands at the target.

    Targets may be shares per class, as mixup makes them: the largest counts (the book's chapter 1).
    """
    if targets.shape == outputs.shape and targets.is_floating_point():
        targets = targets.argmax(-1)
    return (outputs.argmax(-1) == targets).float().mean()


def error_rate(outputs: Tensor, targets: Tensor) -> Tensor:
    """The share of rows that are wrong (the book's chapter 1)."""
    return 1 - accuracy(outputs, targets)


def accuracy_binary(outputs: Tensor, targets: Tensor) -> Tensor:
    """One logit a row, targets 0 and 1: above 0 says 1 (the book's chapter 4)."""
    return ((outputs > 0) == (targets > 0.5)).float().mean()


def accuracy_multi(outputs: Tensor, targets: Tensor, threshold: float = 0.5) -> Tensor:
    """Several labels a row: the share of all labels that are right, sigmoid above `threshold` (the
    book's chapter 6)."""
    return ((outputs.sigmoid() > threshold) == targets.bool()).float().mean()


def best_threshold(outputs: Tensor, targets: Tensor, steps: int = 29) -> tuple[float, float]:
    """(threshold, accuracy_multi there), over thresholds evenly from .05 to .95.

    Chosen on the validation set, which is safe as long as the curve is smooth (the book's
    chapter 6).
    """
    tried = torch.linspace(0.05, 0.95, steps).tolist()
    reached = [accuracy_multi(outputs, targets, threshold).item() for threshold in tried]
    best = max(range(steps), key=reached.__getitem__)
    return tried[best], reached[best]


def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """The mean squared difference (the book's chapter 4)."""
    return F.mse_loss(outputs, targets)


def perplexity(outputs: Tensor, targets: Tensor) -> Tensor:
    """exp of the mean cross-entropy: among how many equally likely words the model hesitates
    (Jelinek and others, 1977)."""
    return F.cross_entropy(outputs.flatten(0, -2), targets.flatten()).exp()


def pearson(outputs: Tensor, targets: Tensor) -> Tensor:
    """The correlation of two rows of numbers, -1 to 1; 0 where one of them never changes
    (Pearson, 1895)."""
    x, y = outputs.flatten().float(), targets.flatten().float()
    x, y = x - x.mean(), y - y.mean()
    scale = torch.sqrt(torch.dot(x, x) * torch.dot(y, y))
    return torch.dot(x, y) / scale.clamp_min(1e-12)
