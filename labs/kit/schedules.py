"""How the learning rate goes over a fit."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR


def one_cycle(
    optimizer: Optimizer,
    steps: int,
    *,
    warm_up: float = 0.25,
    start: float = 25.0,
    end: float = 1e5,
    momentum: tuple[float, float] = (0.85, 0.95),
) -> LRScheduler:
    """Up to each group's own rate in the first quarter, then down to almost nothing, by cosines.

    Momentum goes the other way: large steps need less of it (Smith and Topin,
    Super-convergence, 2018). warm_up: the share of steps on the way up; the rate begins at
    peak / start and ends at peak / end; momentum: (at the peak, at both ends). An optimizer without
    momentum gets none.
    """
    low, high = momentum
    steps = max(steps, 2)
    if warm_up * steps <= 1:  # torch divides by the length of the way up, less one step
        warm_up = 0.5 / steps
    return OneCycleLR(
        optimizer,
        [group["lr"] for group in optimizer.param_groups],
        total_steps=steps,
        pct_start=warm_up,
        div_factor=start,
        final_div_factor=end / start,
        cycle_momentum=bool(optimizer.defaults.get("betas") or optimizer.defaults.get("momentum")),
        base_momentum=low,
        max_momentum=high,
    )
