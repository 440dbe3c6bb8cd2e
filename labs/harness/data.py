"""Read a job's data folder.

`manifest.json` maps names to entries, each with a `type` and a `file` in the same folder:

    {"train_x": {"type": "array", "file": "train_x.npy"},  numpy array, no pickled objects
     "classes": {"type": "json", "file": "classes.json"},  whatever the JSON says
     "people":  {"type": "frame", "file": "people.csv"},   pandas frame; .csv, or .npz of columns
     "weights": {"type": "path", "file": "weights.bin"},   the file's Path
     "photos":  {"type": "paths", "file": "photos.json"}}  JSON list of names in it -> list of Path

For train the names become `data.NAME`. For predict, an entry named `inputs` is what predict
receives; without one it receives the whole of it, as train does.
"""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy


class Data:
    """What a lab gives, one attribute a name."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"this lab has no data.{name}; it has {', '.join(self)}")

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.__dict__))

    def __repr__(self) -> str:
        return f"Data({', '.join(self)})"


class BadData(Exception):
    """The data folder is not as this module says: the platform's fault, not the learner's."""


def read_data(folder: Path) -> Data:
    manifest = json.loads((folder / "manifest.json").read_text())
    return Data({name: _read(folder, entry) for name, entry in manifest.items()})


def read_inputs(folder: Path) -> Any:
    data = read_data(folder)
    return data.inputs if "inputs" in data else data


def _read(folder: Path, entry: dict[str, str]) -> Any:
    path = folder / entry["file"]
    kind = entry["type"]
    if kind == "array":
        return numpy.load(path, allow_pickle=False)
    if kind == "json":
        return json.loads(path.read_text())
    if kind == "path":
        return path
    if kind == "paths":
        return [folder / name for name in json.loads(path.read_text())]
    if kind == "frame":
        return _read_frame(path)
    raise BadData(f"{path.name} has the unknown type {kind!r}")


def _read_frame(path: Path) -> Any:
    pandas = importlib.import_module("pandas")
    if path.suffix == ".npz":
        with numpy.load(path, allow_pickle=False) as columns:
            return pandas.DataFrame({name: columns[name] for name in columns.files})
    # Only an empty field is missing: "NA" and "None" may be words of the data.
    return pandas.read_csv(path, keep_default_na=False, na_values=[""])
