"""Reads a file that `torch.save` wrote before torch 1.6, without torch and without running it.

The file is a row of pickles (a magic number, a version, the machine, the object, the storages'
names) and then each storage's bytes: a count of elements (int64) and the elements.
"""

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_ELEMENTS: Mapping[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"),
    "LongStorage": np.dtype("<i8"),
}


@dataclass(frozen=True)
class _Tensor:
    storage: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a state dict by their names; raises pickle.UnpicklingError for another file."""
    with path.open("rb") as stream:
        if [_plain(stream), _plain(stream)] != [_MAGIC, _VERSION]:
            raise pickle.UnpicklingError(f"{path.name} is not of the format that this reads")
        _plain(stream)  # the machine that wrote it
        reader = _TensorUnpickler(stream)
        state = reader.load()
        storages = {key: _elements(stream, reader.kinds[key]) for key in _plain(stream)}
    return {name: _array(tensor, storages[tensor.storage]) for name, tensor in state.items()}


def _plain(stream: IO[bytes]) -> Any:
    return _NameRefuser(stream).load()


class _NameRefuser(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which no tensor needs")


class _TensorUnpickler(_NameRefuser):
    """Rebuilds a dict of tensors as descriptions of where in the storages they lie."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream)
        self.kinds: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _ELEMENTS:
            return _ELEMENTS[name]
        return super().find_class(module, name)

    def persistent_load(self, pid: Any) -> str:
        _, kind, key, _, _, view = pid
        if view is not None:
            raise pickle.UnpicklingError("the file holds a view of a storage")
        self.kinds[key] = kind
        return str(key)


def _rebuild(
    storage: str, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> _Tensor:
    return _Tensor(storage, offset, shape, stride)


def _elements(stream: IO[bytes], kind: np.dtype[Any]) -> NDArray[Any]:
    count = int.from_bytes(stream.read(8), "little")
    return np.frombuffer(stream.read(count * kind.itemsize), dtype=kind, count=count)


def _array(tensor: _Tensor, elements: NDArray[Any]) -> NDArray[Any]:
    """A copy of the tensor's part of its storage, row by row; never beyond the storage's end."""
    steps = list(zip(tensor.shape, tensor.stride, strict=True))
    last = tensor.offset + sum((length - 1) * stride for length, stride in steps)
    if tensor.offset < 0 or any(stride < 0 for _, stride in steps) or last >= len(elements):
        raise pickle.UnpicklingError("the file holds a tensor that reaches beyond its storage")
    strides = [stride * elements.itemsize for stride in tensor.stride]
    view = as_strided(elements[tensor.offset :], tensor.shape, strides, writeable=False)
    return np.array(view, order="C")
