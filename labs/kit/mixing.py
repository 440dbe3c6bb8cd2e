"""Blending examples with one another."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Mixup:
    """Blend each image and its target with another of the batch (Zhang and others, mixup, 2018).

    `fit(..., mix=Mixup(classes=37))`. The targets become shares per class, which cross-entropy
    takes as they are: the loss of a blend is the blend of the losses. alpha: of the Beta
    distribution that shares are drawn from; near 0 it blends little, 1 all shares alike.
    """

    classes: int
    alpha: float = 0.4

    def __call__(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        share = torch.distributions.Beta(self.alpha, self.alpha).sample((len(images),))
        return blend(images, targets, share.to(images.device), self.classes)


def blend(images: Tensor, targets: Tensor, share: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """`share` (n,) of each image and target, the rest of another row's, drawn at random."""
    other = torch.randperm(len(images), device=images.device)
    shares = F.one_hot(targets.long(), classes).float()
    wide = share.view(-1, *[1] * (images.ndim - 1))
    return (
        torch.lerp(images[other], images, wide),
        torch.lerp(shares[other], shares, share[:, None]),
    )
