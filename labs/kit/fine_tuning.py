"""Fine-tuning: the new head first, then everything, the first layers most gently."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from torch import nn

from labs.kit.fitting import History, fit
from labs.kit.groups import freeze_to, unfreeze
from labs.kit.schedules import one_cycle


def fine_tune(
    model: nn.Module,
    train: Any,
    valid: Any = None,
    *,
    groups: Sequence[nn.Module],
    epochs: int,
    lr: float = 2e-3,
    frozen_epochs: int = 1,
    spread: float = 100.0,
    **options: Any,
) -> History:
    """Train the last group alone at `lr`, then all groups from lr / 2 / spread up to lr / 2.

    The head starts at random, and its first large gradients would spoil what the other layers
    have learned (Yosinski and others, 2014; Howard and Ruder, ULMFiT, 2018).
    groups: first layers first, head last; options: whatever `fit` takes.
    """
    history: History = []
    total = frozen_epochs + epochs
    if frozen_epochs:
        freeze_to(groups, -1)
        late = partial(one_cycle, warm_up=0.9)  # the rate hardly falls: the head is not done yet
        first = {"schedule": late, **options}
        history += fit(model, train, valid, groups=groups, epochs=frozen_epochs, lr=lr,
                       epochs_after=total - frozen_epochs, **first)  # fmt: skip
    unfreeze(*groups)
    rates = slice(lr / 2 / spread, lr / 2)
    later = {"schedule": partial(one_cycle, warm_up=0.3, start=5.0), **options}
    return history + fit(model, train, valid, groups=groups, epochs=epochs, lr=rates,
                         epochs_before=frozen_epochs, **later)  # fmt: skip
