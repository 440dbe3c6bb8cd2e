"""Fine-tuning: the new head first, then everything, the first layers most gently."""

from collections.abc import Sequence
from dataclasses import replace
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
    have learned (Yosinski and others, 2014; Howard and Ruder, ULMFiT, 2018). Half the rate and a
    spread of 100 for the second phase are fastai's.
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


def progressive_resizing(
    model: nn.Module,
    train: Any,
    valid: Any = None,
    *,
    phases: Sequence[tuple[int, int]],
    lr: float,
    augment: Any,
    prepare: Any,
    **options: Any,
) -> History:
    """Learn on small images first, which is fast, and end on large ones.

    phases: (size, epochs) each, such as [(128, 4), (224, 2)]; the peak rate halves from one to
    the next. augment, prepare: an `Augment` and a `CentreCrop`; their size is the phase's.
    The network must take any size, so it must end in pooling (Howard and others, DAWNBench, 2018).
    """
    history: History = []
    total = sum(epochs for _, epochs in phases)
    for number, (size, epochs) in enumerate(phases):
        sized = {"augment": replace(augment, size=size), "prepare": replace(prepare, size=size)}
        done = len(history)
        history += fit(model, train, valid, epochs=epochs, lr=lr / 2**number, epochs_before=done,
                       epochs_after=total - done - epochs, **sized, **options)  # fmt: skip
    return history
