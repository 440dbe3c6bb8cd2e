"""One step of training: what happens between a batch and the weights that it changes."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from labs.kit.batches import Inputs, call, rows_in

Loss = Callable[[Tensor, Tensor], Tensor]
Prepare = Callable[[Any], Any]
Mix = Callable[[Any, Tensor], tuple[Any, Tensor]]


@dataclass(frozen=True)
class Step:
    """Augment, mix, predict, differentiate, clip, move; `fit` says what each field means.

    Called with a batch, it gives the batch's mean loss, without a gradient.
    """

    forward: Any
    loss: Loss
    optimizer: Optimizer
    schedule: LRScheduler | None
    number_format: Callable[[], AbstractContextManager[Any]]
    augment: Prepare
    mix: Mix | None = None
    clip: float | None = None
    accumulate: int = 1

    def __call__(self, inputs: Inputs, targets: Tensor) -> Tensor:
        inputs = self.augment(inputs)
        if self.mix is not None:
            inputs, targets = self.mix(inputs, targets)
        self.optimizer.zero_grad()
        value = self._differentiate(inputs, targets)
        if self.clip is not None:
            nn.utils.clip_grad_norm_(self._trained(), self.clip)
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.step()
        return value

    def _differentiate(self, inputs: Inputs, targets: Tensor) -> Tensor:
        """Part by part, each loss weighed by its rows: the sum of the gradients is that of the
        whole batch, and only one part's activations are in memory at a time. Batch normalisation
        alone tells the two apart: it sees the means of a part."""
        parts = _parts(inputs, self.accumulate)
        answers = _parts(targets, self.accumulate)
        total = torch.zeros((), device=targets.device)
        for part, wanted in zip(parts, answers, strict=True):
            with self.number_format():
                value = self.loss(call(self.forward, part), wanted)
            if len(parts) > 1:
                value = value * (rows_in(part) / len(targets))
            value.backward()  # type: ignore[no-untyped-call]
            total += value.detach()
        return total

    def _trained(self) -> list[Tensor]:
        return [each for group in self.optimizer.param_groups for each in group["params"]]


def adamw(groups: list[dict[str, Any]]) -> Optimizer:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019), in one kernel a step."""
    return torch.optim.AdamW(groups, betas=(0.9, 0.99), eps=1e-5, fused=True)


def autocast(
    device: torch.device, precision: str = "auto"
) -> Callable[[], AbstractContextManager[Any]]:
    """A context in which matrix products run in bfloat16, or in which nothing changes.

    bfloat16 keeps float32's range, so that no loss has to be scaled against underflow (Kalamkar and
    others, A study of bfloat16 for deep learning training, 2019).
    """
    if precision not in ("auto", "bf16", "float32"):
        raise ValueError(f"precision={precision!r}: it is 'auto', 'bf16' or 'float32'.")
    pays = device.type == "cuda" and torch.cuda.is_bf16_supported()
    if precision == "bf16" or (precision == "auto" and pays):
        return lambda: torch.autocast(device.type, torch.bfloat16)
    return nullcontext


def _parts(values: Any, count: int) -> Sequence[Any]:
    if count == 1:
        return (values,)
    if isinstance(values, Tensor):
        return values.chunk(count)
    return list(zip(*(part.chunk(count) for part in values), strict=True))
