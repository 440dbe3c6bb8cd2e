"""Losses beside torch's own.

Label smoothing is torch's (Szegedy and others, 2016): `partial(F.cross_entropy,
label_smoothing=0.1)`. Several labels at once: `F.binary_cross_entropy_with_logits`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


class JointLoss:
    """One network, several questions: cross-entropy of each share of the outputs, summed.

    sizes: how many outputs answer each question, in order; targets: int (n, questions).
    (Caruana, Multitask learning, 1997.)
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = list(sizes)

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if outputs.shape[1] != sum(self.sizes) or targets.shape[1] != len(self.sizes):
            raise ValueError(
                f"{outputs.shape[1]} outputs and {targets.shape[1]} targets a row, but the "
                f"questions {self.sizes} need {sum(self.sizes)} and {len(self.sizes)}."
            )
        parts = zip(torch.split(outputs, self.sizes, dim=1), targets.unbind(1), strict=True)
        return sum((F.cross_entropy(*part) for part in parts), start=outputs.new_zeros(()))
