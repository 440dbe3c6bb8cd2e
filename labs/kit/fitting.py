"""The training loop that all labs share."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from labs.kit.batches import as_batches, device_of, to_device, to_tensor
from labs.kit.evaluation import measure, name_of, unchanged
from labs.kit.groups import Rates, check_complete, parameter_groups, training_mode
from labs.kit.measures import accuracy
from labs.kit.reporting import Run, report, seconds_left
from labs.kit.schedules import one_cycle
from labs.kit.stepping import Loss, Mix, Prepare, Step, adamw, autocast

History = list[dict[str, float]]
# The next epoch may be slower than the last, and what train returns still has to be stored.
_MARGIN = 1.3


class Diverged(RuntimeError):
    """The loss is no number any more."""


def fit(
    model: nn.Module,
    train: Any,
    valid: Any = None,
    *,
    epochs: int,
    lr: Rates,
    batch: int = 64,
    loss: Loss = F.cross_entropy,
    metrics: Sequence[Loss] | None = None,
    wd: float = 0.01,
    groups: Sequence[nn.Module] | None = None,
    optimizer: Callable[[list[dict[str, Any]]], Optimizer] = adamw,
    schedule: Callable[[Optimizer, int], LRScheduler] | None = one_cycle,
    prepare: Prepare | None = None,
    augment: Prepare | None = None,
    mix: Mix | None = None,
    clip: float | None = None,
    accumulate: int = 1,
    precision: str = "auto",
    compiled: bool = False,
    run: Run | None = None,
    epochs_before: int = 0,
    epochs_after: int = 0,
    keep: float = 0.0,
) -> History:
    """Train a model where its parameters lie; one dict of figures an epoch.

    train, valid: (inputs, targets) as tensors or arrays, held on the model's device; inputs may be
    a tuple, which becomes the model's arguments. A DataLoader will do.
    metrics: each (outputs, targets) -> number; None: accuracy if the loss is cross-entropy.
    lr: the peak rate; with `groups` also slice(first, last) or one a group. Frozen ones stay.
    wd: weight decay, of weights and not of biases and norms (Loshchilov and Hutter, 2019).
    optimizer: makes one from parameter groups; schedule: makes one from the optimizer and the
    number of steps, and is asked after each of them; None keeps the rate.
    prepare: applied to every batch of inputs, such as a centre crop; augment: in its place on
    training batches; mix: to training batches of inputs and targets, such as `Mixup()`.
    clip: the gradient's largest norm (Pascanu and others, 2013).
    accumulate: parts that a batch is worked off in; one step follows their summed gradients (the
    course's chapter 7).
    precision: "bf16", "float32", or "auto": bf16 on a GPU that has it (Micikevicius, 2018).
    compiled: through `torch.compile`; the model itself stays as it is, and pickles.
    epochs_before, epochs_after: of the same run, so that its curves and bar go on.
    keep: seconds of the run that this fit leaves to what comes after it.

    With a run, it stops before an epoch that the deadline would cut off, or that would take some
    of the seconds to keep; the first epoch is always run. Raises Diverged.
    """
    if epochs < 1 or accumulate < 1:
        raise ValueError("fit needs at least one epoch, and accumulate of at least 1.")
    if groups is None and not isinstance(lr, int | float):
        raise ValueError("Several learning rates need groups=[...], first layers first.")
    check_complete(model, groups or [model])
    device = device_of(model)
    batches = as_batches(train, batch, device=device, shuffle=True)
    check = None if valid is None else as_batches(valid, batch * 4, device=device, shuffle=False)
    stepper = optimizer(parameter_groups(groups or [model], lr, wd))
    rate = schedule(stepper, epochs * len(batches)) if schedule else None
    number_format = autocast(device, precision)
    step = Step(
        forward=torch.compile(model) if compiled else model,
        loss=loss,
        optimizer=stepper,
        schedule=rate,
        number_format=number_format,
        augment=augment or prepare or unchanged,
        mix=mix,
        clip=clip,
        accumulate=accumulate,
    )
    figures_of = _usual_metrics(loss) if metrics is None else metrics
    history: History = []

    for epoch in range(1, epochs + 1):
        started = time.perf_counter()
        training_mode(model)
        total, rows = torch.zeros((), device=device), 0
        for inputs, targets in batches:
            value = step(to_device(inputs, device), to_tensor(targets, device))
            total += value * len(targets)  # no .item(): a GPU need not be waited for
            rows += len(targets)
        figures = {"train_loss": (total / rows).item()}
        _check(figures["train_loss"], epoch)
        if check is not None:
            figures |= measure(model, check, loss, figures_of, prepare, number_format)
        figures["seconds"] = time.perf_counter() - started
        history.append(figures)
        report(run, epochs_before + epoch, epochs_before + epochs + epochs_after, figures)
        if epoch < epochs and seconds_left(run) < keep + _MARGIN * figures["seconds"]:
            break
    return history


def _check(value: float, epoch: int) -> None:
    if value != value or value in (float("inf"), float("-inf")):
        raise Diverged(
            f"The loss is {value} after epoch {epoch}. Try a learning rate ten times smaller, "
            "clip=1.0, or look for inputs that are not finite."
        )


def _usual_metrics(loss: Loss) -> tuple[Loss, ...]:
    return (accuracy,) if name_of(loss) in ("cross_entropy", "crossentropyloss") else ()
