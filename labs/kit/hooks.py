"""Looking into a network while it runs."""

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn


class Hook:
    """What a layer gives, and the gradient that comes back to it, while the `with` block lasts
    (the book's chapter 18).

        with Hook(model.layer4) as seen:
            model(images)[0, 3].backward()
        seen.output, seen.gradient

    Both are without a graph of their own, of the last call in the block. The output is a copy: a
    ReLU that works in place would write over it. The hook is removed at the end of the block, after
    an error too: one that is left behind holds its memory and slows every later call.
    """

    def __init__(self, layer: nn.Module) -> None:
        self.layer = layer
        self._output: Tensor | None = None
        self._gradient: Tensor | None = None
        self._handle: torch.utils.hooks.RemovableHandle | None = None

    def __enter__(self) -> "Hook":
        self._handle = self.layer.register_forward_hook(self._store)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def _store(self, layer: nn.Module, inputs: Any, output: Tensor) -> None:
        self._output = output.detach().clone()
        if output.requires_grad:
            output.register_hook(self._store_gradient)  # type: ignore[no-untyped-call]

    def _store_gradient(self, gradient: Tensor) -> None:
        self._gradient = gradient.detach()

    @property
    def output(self) -> Tensor:
        if self._output is None:
            raise RuntimeError("The layer has not run: call the model inside the with block.")
        return self._output

    @property
    def gradient(self) -> Tensor:
        if self._gradient is None:
            raise RuntimeError(
                "No gradient has reached the layer: call backward() inside the with block, on "
                "something that was computed with gradients and through this layer."
            )
        return self._gradient


@torch.no_grad()
def activation_statistics(
    model: nn.Module, layers: Mapping[str, nn.Module], inputs: Tensor
) -> dict[str, dict[str, float]]:
    """mean, sd and the share of nearly dead activations (|a| < .05) of each named layer.

    A layer whose sd falls to nothing, or that is mostly dead, learns nothing: lower the rate,
    normalise the batches (Ioffe and Szegedy, 2015) or initialise otherwise (He and others, 2015).
    One pass in the mode the model is in, training or not; the model is left as it was.
    """
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    with ExitStack() as hooks:
        seen = {name: hooks.enter_context(Hook(layer)) for name, layer in layers.items()}
        model(inputs)
    for name, buffer in model.named_buffers():
        buffer.copy_(before[name])  # a batch normalisation in training counts every batch it meets
    found: dict[str, dict[str, float]] = {}
    for name, hook in seen.items():
        values = hook.output.float()
        dead = (values.abs() < 0.05).float().mean()
        found[name] = {
            "mean": values.mean().item(), "sd": values.std().item(), "dead": dead.item(),
        }  # fmt: skip
    return found
