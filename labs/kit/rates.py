"""The learning-rate finder."""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from labs.kit.batches import Batches, as_batches, call, device_of, to_device, to_tensor
from labs.kit.groups import parameter_groups, training_mode
from labs.kit.plots import line_plot
from labs.kit.stepping import Loss, Prepare, adamw, autocast

_SMOOTHING = 0.9  # of the loss so far: one batch is easy, the next is hard
_TOO_HIGH = 4.0  # times the best loss: what comes after it tells nothing
_SKIPPED = 5  # the first smoothed losses still carry the noise of single batches


@dataclass(frozen=True)
class RateSweep:
    """Rates that were tried, rising by the same factor, and the smoothed loss at each (Smith,
    2015). Its suggestions are rates."""

    rates: Sequence[float]
    losses: Sequence[float]

    @property
    def minimum(self) -> float:
        """A tenth of the rate with the lowest loss: there the loss still falls (Smith, 2015)."""
        lowest = min(range(len(self.losses)), key=self.losses.__getitem__)
        return self.rates[lowest] / 10

    @property
    def steepest(self) -> float:
        """Where the loss falls fastest over the logarithm of the rate."""
        inner = range(_SKIPPED, len(self.losses) - 1)
        at = min(inner, key=lambda i: self.losses[i + 1] - self.losses[i - 1])
        return self.rates[at]

    @property
    def valley(self) -> float:
        """Half-way down the longest descent: of the most losses in order that each lie below the
        one before by a hundredth of the whole way. It heeds no single steep place (after fastai's
        suggestion of that name)."""
        way = self._descent()
        return self.rates[way[len(way) // 2]]

    @property
    def slide(self) -> float:
        """A little before the end of that descent, at .4 of its rate: the boldest suggestion.

        fastai's of that name looks for the same place by how steep the curve is.
        """
        return 0.4 * self.rates[self._descent()[-1]]

    def _descent(self) -> list[int]:
        losses = self.losses[_SKIPPED:]
        hundredth = (losses[0] - min(losses)) / 100 or 1.0
        return [_SKIPPED + at for at in _longest_descent([round(x / hundredth) for x in losses])]

    def svg(self) -> str:
        """The curve with its suggestions, for `run.figure("learning rates", sweep.svg())`."""
        marks = {name: getattr(self, name) for name in ("minimum", "steepest", "valley", "slide")}
        return line_plot(
            {"loss": list(zip(self.rates, self.losses, strict=True))},
            across="learning rate", up="loss", marks=marks, logarithmic=True,
        )  # fmt: skip


def lr_find(
    model: nn.Module,
    train: Any,
    *,
    loss: Loss = F.cross_entropy,
    batch: int = 64,
    start: float = 1e-7,
    stop: float = 10.0,
    steps: int = 100,
    groups: Sequence[nn.Module] | None = None,
    optimizer: Callable[..., torch.optim.Optimizer] = adamw,
    wd: float = 0.01,
    prepare: Prepare | None = None,
    precision: str = "auto",
) -> RateSweep:
    """Try rates from `start` to `stop`, one batch each; the model ends as it began (Smith, 2015).

    It ends early where the loss is four times its best or no number. Pass what `fit` will get.
    Raises ValueError where the loss cannot be told from the first steps on.
    """
    device = device_of(model)
    batches = as_batches(train, batch, device=device, shuffle=True)
    before = copy.deepcopy(model.state_dict())
    was_training = model.training
    number_format = autocast(device, precision)
    factor = (stop / start) ** (1 / (steps - 1))
    rates: list[float] = []
    losses: list[float] = []
    mean = 0.0
    try:
        stepper = optimizer(parameter_groups(groups or [model], start, wd))
        training_mode(model)
        for number, (inputs, targets) in enumerate(islice(_over_and_over(batches), steps)):
            inputs, targets = to_device(inputs, device), to_tensor(targets, device)
            with number_format():
                value = loss(call(model, prepare(inputs) if prepare else inputs), targets)
            if not math.isfinite(value.item()):
                break
            rates.append(start * factor**number)
            mean = _SMOOTHING * mean + (1 - _SMOOTHING) * value.item()
            losses.append(mean / (1 - _SMOOTHING ** len(rates)))
            if len(losses) > _SKIPPED and losses[-1] > _TOO_HIGH * min(losses) > 0:
                break
            for group in stepper.param_groups:
                group["lr"] = rates[-1]
            stepper.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            stepper.step()
    finally:
        model.load_state_dict(before)
        model.train(was_training)
    if len(rates) < 2 * _SKIPPED:
        raise ValueError(
            f"The loss was lost after {len(rates)} steps: start lower than {start:g}, and look "
            "whether the inputs are finite and the loss fits the targets."
        )
    return RateSweep(rates, losses)


def _over_and_over(batches: Batches) -> Iterator[Any]:
    while True:
        yield from batches


def _longest_descent(values: Sequence[float]) -> list[int]:
    """Positions of the longest falling subsequence (not necessarily neighbours)."""
    length = [1] * len(values)
    before: list[int | None] = [None] * len(values)
    for here in range(len(values)):
        for there in range(here):
            if values[there] > values[here] and length[there] + 1 > length[here]:
                length[here], before[here] = length[there] + 1, there
    at: int | None = max(range(len(values)), key=length.__getitem__)
    way: list[int] = []
    while at is not None:
        way.append(at)
        at = before[at]
    return way[::-1]
