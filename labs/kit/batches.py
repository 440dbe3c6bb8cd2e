"""Tensors in memory, dealt out in batches: no files, no worker processes, no copies to wait for."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn

# What a model is called with: one tensor, or several, one row an example in each.
Inputs = Tensor | tuple[Tensor, ...]
Batch = tuple[Inputs, Tensor]


class Batches(Protocol):
    """Deals (inputs, targets) anew each time it is iterated: a torch DataLoader is one too."""

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...


class InMemory:
    """All rows of some tensors, `size` at a time, in a new random order each time if `shuffle`.

    Batches differ by one row at most, so that batch normalisation never meets a batch of one.
    """

    def __init__(
        self,
        inputs: Any,
        targets: Any,
        size: int,
        *,
        device: torch.device | str = "cpu",
        shuffle: bool,
    ) -> None:
        self.inputs = to_device(inputs, device)
        self.targets = to_tensor(targets, device)
        self.size, self.shuffle = size, shuffle
        self.rows = rows_in(self.inputs)
        if self.rows != len(self.targets):
            raise ValueError(
                f"{self.rows} inputs and {len(self.targets)} targets: give one target an input."
            )
        if not self.rows or size < 1:
            raise ValueError("There is nothing to deal out: give at least one row, and batch >= 1.")

    def __len__(self) -> int:
        return -(-self.rows // self.size)

    def __iter__(self) -> Iterator[Batch]:
        device = self.targets.device
        if not self.shuffle:
            for start in range(0, self.rows, self.size):
                part = slice(start, start + self.size)
                yield take(self.inputs, part), self.targets[part]
            return
        for rows in torch.randperm(self.rows, device=device).tensor_split(len(self)):
            yield take(self.inputs, rows), self.targets[rows]


def as_batches(data: Any, size: int, *, device: torch.device | str, shuffle: bool) -> Batches:
    """A pair (inputs, targets) of tensors or arrays; anything that deals batches stays as it is."""
    if isinstance(data, tuple) and len(data) == 2:
        return InMemory(*data, size, device=device, shuffle=shuffle)
    deals = isinstance(data, Iterable) and hasattr(data, "__len__")
    if deals and not isinstance(data, tuple | list) and not hasattr(data, "__array__"):
        if not len(data):
            raise ValueError("There is nothing to deal out: these batches are none.")
        return cast(Batches, data)
    raise TypeError(
        f"Give data as a pair (inputs, targets) or as a DataLoader, not {type(data).__name__}."
    )


def to_device(values: Any, device: torch.device | str) -> Inputs:
    """Tensors, numpy arrays or lists of numbers; a tuple holds several. Nothing is copied twice."""
    if isinstance(values, tuple):
        return tuple(to_tensor(value, device) for value in values)
    return to_tensor(values, device)


def to_tensor(values: Any, device: torch.device | str) -> Tensor:
    if hasattr(values, "to_numpy"):  # a column of a data frame
        values = values.to_numpy()
    return torch.as_tensor(values).to(device, non_blocking=True)


def rows_in(inputs: Inputs) -> int:
    if isinstance(inputs, Tensor):
        return len(inputs)
    lengths = {len(part) for part in inputs}
    if len(lengths) != 1:
        raise ValueError(f"The inputs have {sorted(lengths)} rows: all parts need the same number.")
    return lengths.pop()


def take(inputs: Inputs, rows: Any) -> Inputs:
    """Those rows of each part."""
    return inputs[rows] if isinstance(inputs, Tensor) else tuple(part[rows] for part in inputs)


def call(model: Any, inputs: Inputs) -> Tensor:
    """The model on one batch: several parts are its arguments, in order."""
    out = model(inputs) if isinstance(inputs, Tensor) else model(*inputs)
    return cast(Tensor, out)


def device_of(model: nn.Module) -> torch.device:
    """Where its first parameter or buffer lies; the CPU if it has none."""
    for tensor in (*model.parameters(), *model.buffers()):
        return tensor.device
    return torch.device("cpu")


def split_rows(
    inputs: Any, targets: Any, share: float = 0.1, seed: int = 0
) -> tuple[tuple[Inputs, Tensor], tuple[Inputs, Tensor]]:
    """(training, validation), drawn at random: `share` of the rows are for validation.

    Where rows follow each other in time or belong to the same person, split by that instead (the
    book's chapters 1 and 9).
    """
    parts, answers = to_device(inputs, "cpu"), to_tensor(targets, "cpu")
    order = torch.randperm(rows_in(parts), generator=torch.Generator().manual_seed(seed))
    cut = round(len(order) * (1 - share))
    train, valid = order[:cut], order[cut:]
    return (take(parts, train), answers[train]), (take(parts, valid), answers[valid])


def pick(items: Sequence[Any], rows: Iterable[int]) -> list[Any]:
    """Those items of a list, as `tensor[rows]` does for a tensor: paths, texts."""
    return [items[int(row)] for row in rows]
