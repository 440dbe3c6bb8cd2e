"""Let `import torchvision` (and so timm) work beside a torch without CUDA.

The torchvision wheel on the public index is a CUDA build. Beside a CPU-only torch its compiled
operators cannot load, and its import then fails on a missing operator schema. Declaring the two
schemas is enough for everything that does not call those operators. Nothing is declared where the
operators load.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_kept_alive: list[Any] = []  # torch forgets the schemas with the library that declared them


def define_when_missing() -> None:
    """Steps in once, when torchvision is first imported; imports nothing itself."""
    if "torchvision" not in sys.modules and not any(
        isinstance(finder, _TorchvisionFinder) for finder in sys.meta_path
    ):
        sys.meta_path.insert(0, _TorchvisionFinder())


class _TorchvisionFinder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "torchvision":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            _define_unless_loadable(Path(spec.origin).parent)
        return spec


def _define_unless_loadable(package: Path) -> None:
    torch = importlib.import_module("torch")
    for operators in package.glob("_C*.so"):
        try:
            torch.ops.load_library(str(operators))
        except OSError:
            continue
        return
    library = torch.library.Library("torchvision", "DEF")
    for schema in _SCHEMAS:
        library.define(schema)
    _kept_alive.append(library)
