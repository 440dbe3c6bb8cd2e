"""Several opinions on the same example, averaged."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from labs.kit.evaluation import predictions


def tta(
    model: nn.Module,
    images: Tensor,
    *,
    augment: Callable[[Tensor], Tensor],
    prepare: Callable[[Tensor], Tensor],
    copies: int = 4,
    share: float = 0.25,
    batch: int = 128,
) -> Tensor:
    """(n, classes) probabilities: the mean over augmented copies, and the plain image's.

    share: how much the plain image counts beside the copies' mean. Of use where the network has
    been trained with the same augmentation (Krizhevsky and others, 2012, with ten crops).
    """
    if copies < 1:
        raise ValueError("tta needs at least one copy; without any, use predictions(...).")
    plain = predictions(model, images, batch=batch, prepare=prepare).softmax(1)
    moved = torch.zeros_like(plain)
    for _ in range(copies):
        moved += predictions(model, images, batch=batch, prepare=augment).softmax(1) / copies
    return torch.lerp(moved, plain, share)


def ensemble(models: Sequence[nn.Module], inputs: Any, **options: Any) -> Tensor:
    """(n, classes) mean probabilities of several models: their mistakes differ, and partly cancel.

    Of use where they differ: another start, other rows (bagging: Breiman, 1996) or another kind.
    options: what `predictions` takes.
    """
    if not models:
        raise ValueError("ensemble needs at least one model.")
    answers = [predictions(model, inputs, **options).softmax(1) for model in models]
    return torch.stack(answers).mean(0)
