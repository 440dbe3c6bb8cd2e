"""Exercise folders and what is prepared of them, as the worker uses them."""

import hashlib
import os
import shutil
import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from labs.datasets import locate_all
from labs.domain.errors import DatasetMissing
from labs.domain.refusals import LabUnknown
from labs.grading import Exercise, Prepared, load_exercise
from labs.services.places import Places

# Longer than any run: nobody can be reading a folder that was not asked for since.
_UNUSED_SECONDS = 24 * 3600


def exercise_of(slug: str, places: Places) -> Exercise:
    """Raises LabUnknown, or ExerciseInvalid with all its problems."""
    folder = places.exercises / slug
    if not slug.replace("-", "").isalnum() or not (folder / "lab.toml").is_file():
        known = ", ".join(sorted(path.parent.name for path in places.exercises.glob("*/lab.toml")))
        raise LabUnknown(f"There is no lab {slug}.", cure=f"Labs: {known or 'none'}.")
    texts = sorted(path for path in folder.iterdir() if path.suffix in (".toml", ".md", ".py"))
    return _loaded(folder, tuple((path.name, path.read_bytes()) for path in texts))


@lru_cache(maxsize=64)
def _loaded(folder: Path, texts: tuple[tuple[str, bytes], ...]) -> Exercise:
    """texts: all that is parsed, so that it is parsed again where it changed."""
    return load_exercise(folder)


def with_data_here(exercise: Exercise, data: Path) -> Exercise:
    """In the first of its variants whose data sets are here; in the preferred one if none are."""
    for spec in exercise.variants:
        try:
            locate_all(spec.data, data)
        except DatasetMissing:
            continue
        return replace(exercise, spec=spec)
    return exercise


def draw_of(prepared: Prepared) -> str:
    """Names the answers that predictions are compared with, in their order."""
    digest = hashlib.sha256()
    for array in (prepared.truth.targets, prepared.truth.final):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def mark_used(prepared: Prepared) -> None:
    """Notes when the folder was last asked for, as its time."""
    os.utime(prepared.train.parent)


def prune_prepared(prepared: Path, *, slugs: frozenset[str]) -> int:
    """Removes the folders of old keys: other data, another task or secret; how many went.

    Of each lab in `slugs` the one that was used last stays. What was used within a day stays, too.
    """
    if not prepared.is_dir():
        return 0
    old = time.time() - _UNUSED_SECONDS
    count = 0
    for lab in filter(Path.is_dir, prepared.iterdir()):
        found = [(path.stat().st_mtime, path) for path in lab.iterdir() if path.is_dir()]
        whole = [pair for pair in found if not pair[1].name.startswith(".")]
        newest = max(whole)[1] if whole and lab.name in slugs else None
        for used, path in found:
            if path != newest and used < old:
                shutil.rmtree(path, ignore_errors=True)
                count += 1
    return count
