"""Freezing, and rates that differ from the first layers to the last."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from torch import nn

# A learning rate for all, one a group, or slice(first layers', last layers').
Rates = float | slice | Sequence[float]
_NORMS = nn.modules.batchnorm._NormBase


def freeze(*modules: nn.Module) -> None:
    """Let them keep their weights; `fit` also leaves their batch statistics as they are (the book's
    chapter 5; Yosinski and others, How transferable are features?, 2014)."""
    _set(modules, False)


def unfreeze(*modules: nn.Module) -> None:
    """Let them learn again."""
    _set(modules, True)


def freeze_to(groups: Sequence[nn.Module], first: int) -> None:
    """Freeze all groups before `first` and free the rest: `freeze_to(groups, -2)` trains two.

    Gradual unfreezing calls it with -1, -2, -3, ... (Howard and Ruder, ULMFiT, 2018).
    """
    cut = len(groups) + first if first < 0 else first
    if not 0 <= cut < len(groups):
        raise ValueError(
            f"freeze_to({first}) leaves nothing to train or reaches before the first "
            f"of {len(groups)} groups: use {-len(groups)} to {len(groups) - 1}."
        )
    freeze(*groups[:cut])
    unfreeze(*groups[cut:])


def _set(modules: Iterable[nn.Module], trained: bool) -> None:
    for parameter in chain.from_iterable(module.parameters() for module in modules):
        parameter.requires_grad_(trained)


def training_mode(model: nn.Module) -> None:
    """`model.train()`, but a frozen batch normalisation goes on using what it has learned.

    Running statistics are no parameters: a few small batches of another data set would overwrite
    those that the frozen layers behind it were trained with.
    """
    model.train()
    for module in model.modules():
        if isinstance(module, _NORMS) and module.affine and not module.weight.requires_grad:
            module.eval()


def discriminative_rates(rates: Rates, count: int) -> list[float]:
    """One rate a group, from the first layers to the last (Howard and Ruder, ULMFiT, 2018).

    slice(lo, hi) rises from lo to hi by the same factor each time; slice(hi) gives the last group
    hi and all others a tenth of it; a number holds for all.
    """
    if isinstance(rates, int | float):
        return [float(rates)] * count
    if isinstance(rates, slice):
        low, high = rates.start, rates.stop
        if low is None:
            return [high / 10] * (count - 1) + [high]
        if not 0 < low <= high:
            raise ValueError(f"slice({low}, {high}): the first layers' rate comes first, above 0.")
        if count == 1:
            return [high]
        step = (high / low) ** (1 / (count - 1))
        return [low * step**position for position in range(count)]
    given = [float(rate) for rate in rates]
    if len(given) != count:
        raise ValueError(f"{len(given)} learning rates for {count} groups: give one a group.")
    return given


def parameter_groups(groups: Sequence[nn.Module], rates: Rates, wd: float) -> list[dict[str, Any]]:
    """What an optimizer takes: only what is not frozen, and no weight decay on biases and norms.

    wd: how much decoupled weight decay the others get (Loshchilov and Hutter, 2019). A parameter
    of several groups counts in the first.
    """
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    for group, rate in zip(groups, discriminative_rates(rates, len(groups)), strict=True):
        decaying: list[nn.Parameter] = []
        free: list[nn.Parameter] = []
        for parameter in group.parameters():
            if parameter.requires_grad and id(parameter) not in seen:
                seen.add(id(parameter))
                (decaying if parameter.ndim > 1 else free).append(parameter)
        for parameters, decay in ((decaying, wd), (free, 0.0)):
            if parameters:
                found.append({"params": parameters, "lr": rate, "weight_decay": decay})
    if not found:
        raise ValueError("Every parameter is frozen: unfreeze a group before you fit.")
    return found


def check_complete(model: nn.Module, groups: Sequence[nn.Module]) -> None:
    """Raises ValueError where something that is not frozen belongs to no group."""
    held = {id(parameter) for group in groups for parameter in group.parameters()}
    lost = [
        name
        for name, parameter in model.named_parameters()
        if parameter.requires_grad and id(parameter) not in held
    ]
    if lost:
        raise ValueError(
            f"{len(lost)} parameters are in no group and not frozen, such as {lost[0]}: "
            "put every layer into a group, and freeze what is not to learn."
        )
