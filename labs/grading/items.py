"""Writes a data folder, which `labs.harness.data` reads in the sandbox."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from labs.grading.shown_files import show_file, show_photos
from labs.grading.task import Frame, Item

MANIFEST = "manifest.json"


def write_items(folder: Path, items: Mapping[str, Item], offered: Iterable[Path] = ()) -> None:
    """A data folder: one file per item and a manifest, readable by the sandbox's user.

    offered: the folders of the data sets, from which an item may show files. Raises FileNotOffered.
    """
    folder.mkdir()
    manifest = {name: _write(folder, name, item, offered) for name, item in items.items()}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for path in folder.iterdir():
        # A file that is linked is readable already, and its mode is not ours to change.
        if path.is_file() and path.stat().st_nlink == 1:
            path.chmod(0o644)
    folder.chmod(0o755)


def _write(folder: Path, name: str, item: Item, offered: Iterable[Path]) -> dict[str, str]:
    """Writes the item's file; returns what the manifest says of it."""
    if isinstance(item, Path):
        return {"type": "path", "file": show_file(folder, name, item, offered)}
    if isinstance(item, Sequence) and len(item) and isinstance(item[0], Path | bytes):
        shown = show_photos(folder, name, item, offered)
        (folder / f"{name}.json").write_text(json.dumps(shown), encoding="utf-8")
        return {"type": "paths", "file": f"{name}.json"}
    if isinstance(item, np.ndarray):
        np.save(folder / f"{name}.npy", item, allow_pickle=False)
        return {"type": "array", "file": f"{name}.npy"}
    if hasattr(item, "to_csv"):  # without pandas, which costs half a second where no lab needs it
        return {"type": "frame", "file": _write_frame(folder, name, cast(Frame, item))}
    (folder / f"{name}.json").write_text(json.dumps(item), encoding="utf-8")
    return {"type": "json", "file": f"{name}.json"}


def _write_frame(folder: Path, name: str, frame: Frame) -> str:
    """Numbers and booleans keep their types, bit by bit; texts go through CSV, where "" is missing.

    The index is not kept: it would tell where in the published data a row lay.
    """
    columns = {str(column): frame[column].to_numpy() for column in frame.columns}
    if all(values.dtype.kind in "biuf" for values in columns.values()):
        np.savez(folder / f"{name}.npz", **columns)
        return f"{name}.npz"
    frame.to_csv(folder / f"{name}.csv", index=False)
    return f"{name}.csv"
