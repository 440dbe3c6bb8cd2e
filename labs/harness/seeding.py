"""The same seed gives the same run, without importing torch for learners who do not use it."""

import importlib.abc
import importlib.machinery
import os
import random
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy


def seed_everything(seed: int) -> None:
    """Seeds random, numpy's old global generator and, where it is loaded, torch."""
    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    torch = sys.modules.get("torch")
    if torch is not None:
        _prepare_torch(torch, seed)


def seed_torch_on_import(seed: int) -> None:
    sys.meta_path.insert(0, _TorchSeeder(seed))


def _prepare_torch(torch: Any, seed: int) -> None:
    torch.manual_seed(seed)
    # the number of threads decides in which order floats are added, and so the last digits
    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)


class _TorchSeeder(importlib.abc.MetaPathFinder):
    """Steps in once, when torch is first imported, and seeds it as soon as it has loaded."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_seed(module: ModuleType) -> None:
                load(module)
                _prepare_torch(module, self._seed)

            spec.loader.exec_module = load_and_seed  # type: ignore[method-assign]  # that is the hook
        return spec
