"""What a model says, and how good that is; nothing is trained here."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from labs.kit.batches import Batches, Inputs, call, device_of, rows_in, take, to_device, to_tensor
from labs.kit.stepping import Loss, Prepare


@torch.no_grad()
def measure(
    model: nn.Module,
    batches: Batches,
    loss: Loss,
    metrics: Sequence[Loss],
    prepare: Prepare | None = None,
    number_format: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> dict[str, float]:
    """valid_loss and valid_NAME of each metric: means over all rows, nothing is trained."""
    model.eval()
    device = device_of(model)
    sums, rows = torch.zeros(1 + len(metrics), device=device), 0
    for inputs, targets in batches:
        inputs = (prepare or unchanged)(to_device(inputs, device))
        targets = to_tensor(targets, device)
        with number_format():
            outputs = call(model, inputs).float()
        figures = [each(outputs, targets) for each in (loss, *metrics)]
        sums += torch.stack([figure.float() for figure in figures]) * len(targets)
        rows += len(targets)
    names = ["valid_loss", *(f"valid_{name_of(metric)}" for metric in metrics)]
    return dict(zip(names, (sums / rows).tolist(), strict=True))


@torch.no_grad()
def predictions(
    model: nn.Module, inputs: Any, *, batch: int = 256, prepare: Prepare | None = None
) -> Tensor:
    """What the model gives for each row, in order, in float32 on the CPU; dropout is off.

    inputs: tensors or arrays as in `fit`, or anything that deals (inputs, targets) in order.
    """
    model.eval()
    device = device_of(model)
    parts = []
    for part in _without_targets(inputs, batch):
        ready = (prepare or unchanged)(to_device(part, device))
        parts.append(call(model, ready).float().cpu())
    return torch.cat(parts)


def _without_targets(inputs: Any, batch: int) -> Iterator[Inputs]:
    if not isinstance(inputs, tuple | list) and not hasattr(inputs, "__array__"):
        yield from (part for part, _ in inputs)
        return
    held = to_device(inputs, "cpu")
    for start in range(0, rows_in(held), batch):
        yield take(held, slice(start, start + batch))


def unchanged(inputs: Any) -> Any:
    return inputs


def name_of(metric: Any) -> str:
    while hasattr(metric, "func"):  # functools.partial
        metric = metric.func
    return str(getattr(metric, "__name__", type(metric).__name__.lower()))
