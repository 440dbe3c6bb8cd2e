"""One measurement in a process of its own: `python -m tests.benchmarks.fastai_side.one ORDER`.

ORDER is a JSON object; the last line of the output is one, too: {"seconds", "versions"}. The
predictions go to a file.
"""

import importlib.util
import json
import random
import sys
import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from labs.harness.data import read_data, read_inputs
from tests.benchmarks.fastai_side.labs import cut_reviews, shortened

SHORT_ROWS, SHORT_RATINGS = 320, 40_000  # so many ratings name every person


class Silent:
    """The `run` that train and predict get, with nobody who looks."""

    def __init__(self, device: str, seed: int) -> None:
        self.device = device
        self.seed = seed
        self.deadline = 3_600.0

    def log(self, step: float | None = None, **metrics: Any) -> None:
        pass

    def progress(self, done: float, total: float) -> None:
        pass

    def figure(self, name: str, figure: Any) -> None:
        pass


def ours(order: SimpleNamespace, data: Any, inputs: Any) -> tuple[float, Any]:
    """All of the reference's `train`: it makes tensors of the data, decodes photos, reads texts."""
    spec = importlib.util.spec_from_file_location("solution", order.solution)
    assert spec is not None
    assert spec.loader is not None
    solution = importlib.util.module_from_spec(spec)
    sys.modules["solution"] = solution
    spec.loader.exec_module(solution)
    run = Silent(order.device, order.seed)
    begun = time.perf_counter()
    model = solution.train(data, run)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    seconds = time.perf_counter() - begun
    return seconds, solution.predict(model, inputs, run)


def theirs(order: SimpleNamespace, data: Any, inputs: Any) -> tuple[float, Any]:
    ways = import_module("tests.benchmarks.fastai_side.ways")
    return ways.WAYS[order.slug](data, inputs, order.short)


def warm(device: str) -> None:
    """One step of an optimiser, for both sides alike: torch loads its parts when first needed."""
    layer = torch.nn.Linear(2, 2).to(device)
    for kind in (torch.optim.Adam, torch.optim.AdamW):
        optimizer = kind(layer.parameters())
        layer(torch.ones(1, 2, device=device)).sum().backward()
        optimizer.step()


def main() -> None:
    order = SimpleNamespace(**json.loads(sys.argv[1]))
    # For both sides alike: an LSTM's gradients may die away into numbers that are slow to add.
    torch.set_flush_denormal(True)
    warm(order.device)
    random.seed(order.seed)
    np.random.seed(order.seed)
    torch.manual_seed(order.seed)
    data, inputs = read_data(Path(order.train)), read_inputs(Path(order.hidden))
    if order.reviews:
        data, inputs = cut_reviews(data, inputs)
    if order.short:
        data = shortened(data, SHORT_RATINGS if order.slug == "movielens" else SHORT_ROWS)
    seconds, given = (ours if order.side == "ours" else theirs)(order, data, inputs)
    np.save(order.predictions, np.asarray(given), allow_pickle=False)
    packages = ("torch", "timm", "fastai") if order.side == "fastai" else ("torch", "timm")
    told = {"seconds": seconds, "versions": {name: version(name) for name in packages}}
    sys.stdout.write(f"\n{json.dumps(told)}\n")


if __name__ == "__main__":
    main()
