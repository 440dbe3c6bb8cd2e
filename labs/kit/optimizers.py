"""The optimizers of the course, each a step of a few lines, to read and to race.

For real training take torch's: they do the same in one kernel.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

State = dict[str, Any]
StepOf = Callable[[Tensor, Tensor, State, dict[str, Any]], None]


class Stepper(Optimizer):
    """Calls `step_of(weights, gradient, state, options)` for each parameter (the book's chapter
    16).

    `fit(..., optimizer=partial(Stepper, step_of=adam_step))`. state starts empty and is the
    parameter's own; options are its group's: lr, weight_decay, momentum, sqr_momentum, eps.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        step_of: StepOf,
        *,
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        momentum: float = 0.9,
        sqr_momentum: float = 0.99,
        eps: float = 1e-5,
    ) -> None:
        options = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum,
            "sqr_momentum": sqr_momentum, "eps": eps,
        }  # fmt: skip
        super().__init__(parameters, options)
        self.step_of = step_of

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weights in group["params"]:
                if weights.grad is not None:
                    weights.mul_(1 - group["lr"] * group["weight_decay"])
                    self.step_of(weights, weights.grad, self.state[weights], group)


def sgd_step(weights: Tensor, gradient: Tensor, state: State, options: dict[str, Any]) -> None:
    """Against the gradient (Robbins and Monro, 1951)."""
    weights -= options["lr"] * gradient


def momentum_step(weights: Tensor, gradient: Tensor, state: State, options: dict[str, Any]) -> None:
    """Along the sum of past gradients, each counting less (Polyak, 1964)."""
    state["sum"] = options["momentum"] * state.get("sum", 0) + gradient
    weights -= options["lr"] * state["sum"]


def rmsprop_step(weights: Tensor, gradient: Tensor, state: State, options: dict[str, Any]) -> None:
    """A rate of its own for each weight: small where gradients have been large (Hinton, 2012)."""
    keep = options["sqr_momentum"]
    state["square"] = keep * state.get("square", 0) + (1 - keep) * gradient**2
    weights -= options["lr"] * gradient / (state["square"].sqrt() + options["eps"])


def adam_step(weights: Tensor, gradient: Tensor, state: State, options: dict[str, Any]) -> None:
    """Both at once, corrected for the averages' start at zero (Kingma and Ba, 2015)."""
    keep, keep_square = options["momentum"], options["sqr_momentum"]
    state["steps"] = state.get("steps", 0) + 1
    state["mean"] = keep * state.get("mean", 0) + (1 - keep) * gradient
    state["square"] = keep_square * state.get("square", 0) + (1 - keep_square) * gradient**2
    mean = state["mean"] / (1 - keep ** state["steps"])
    square = state["square"] / (1 - keep_square ** state["steps"])
    weights -= options["lr"] * mean / (square.sqrt() + options["eps"])
