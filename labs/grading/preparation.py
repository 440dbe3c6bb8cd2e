"""Draws and disguises a lab's hidden set, and lays out what each sandbox may see.

Below `out/SLUG/KEY/` stand three folders: `train` and `hidden`, each bound read-only into a sandbox
of its own, and `truth`, which no sandbox is given and only its owner can read.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labs.domain import hidden
from labs.domain.errors import ExerciseInvalid, Problem
from labs.domain.exercise import AnswerSpec
from labs.grading.items import MANIFEST, write_items
from labs.grading.loading import TASK, Exercise
from labs.grading.same_split import baseline_answers
from labs.grading.task import Groups, Pool, Rows, Task, captions_of, groups_of, renamed
from studyhub.base.files import known_sha256

FORMAT = 1  # raise it when the layout or the drawing changes: old folders are then left alone
GROUPS = "groups.json"
CAPTIONS = "captions.json"


@dataclass(frozen=True)
class Truth:
    """The right answers (m,), and whether each input is in the graded part (m,) bool.

    `groups` are the kinds that inputs are of, by what tells them apart, such as {"sex": (m names)}.
    `captions` are what people read for the inputs: (m) or none. `baseline` is what the lab's
    baseline answers to these inputs, (m,); None where the lab does not ask for that.
    """

    targets: NDArray[Any]
    final: NDArray[np.bool_]
    groups: Groups = field(default_factory=dict)
    captions: Sequence[str] = ()
    baseline: NDArray[np.float64] | None = None

    @property
    def counts(self) -> dict[str, int]:
        final = int(self.final.sum())
        return {"feedback": len(self.final) - final, "final": final}


@dataclass(frozen=True)
class Prepared:
    """`train` and `hidden` are data folders for the two sandboxes; `truth` stays outside."""

    train: Path
    hidden: Path
    truth: Truth
    answer: AnswerSpec
    key: str

    @property
    def count(self) -> int:
        """How many hidden inputs there are, which is how many predictions are due."""
        return len(self.truth.final)


def prepare(exercise: Exercise, files: Mapping[str, Path], *, secret: bytes, out: Path) -> Prepared:
    """The lab's data as this deployment asks it; made once per (data, exercise, secret).

    `files` are the data sets' files by name. Two processes may prepare at once: one folder wins,
    and both return it. Raises ExerciseInvalid where `task.py` does not deliver.
    """
    key = _key(exercise, files, secret)
    place = out / exercise.spec.slug / key
    truth = _truth_of(place)
    if truth is None:
        shutil.rmtree(place, ignore_errors=True)
        _make(exercise, files, secret, place)
        truth = _read_truth(place / "truth")
    return Prepared(
        train=place / "train",
        hidden=place / "hidden",
        truth=truth,
        answer=exercise.spec.answer,
        key=key,
    )


def _key(exercise: Exercise, files: Mapping[str, Path], secret: bytes) -> str:
    spec = exercise.spec
    ingredients = {
        "format": FORMAT,
        "slug": spec.slug,
        "hidden": [spec.hidden.share, spec.hidden.feedback_share],
        "task": known_sha256(exercise.task_file),
        "data": {name: known_sha256(path) for name, path in sorted(files.items())},
        "secret": hidden.keyed_digest(secret, "fingerprint").hex(),
    }
    if spec.same_split:
        ingredients["baseline"] = known_sha256(exercise.baseline)
    return hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()[:24]


def _make(exercise: Exercise, files: Mapping[str, Path], secret: bytes, place: Path) -> None:
    spec = exercise.spec
    task = exercise.load_task()
    pool = task.load(files)
    drawn = hidden.split(
        pool.ids,
        secret=secret,
        lab=spec.slug,
        share=spec.hidden.share,
        feedback_share=spec.hidden.feedback_share,
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        _fill(half, exercise, task, pool, drawn, files, secret)
        half.chmod(0o755)
        half.rename(place)
    except OSError:
        if not place.is_dir():  # else another process was first, with the same contents
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _fill(
    folder: Path,
    exercise: Exercise,
    task: Task,
    pool: Pool,
    drawn: hidden.Split,
    files: Mapping[str, Path],
    secret: bytes,
) -> None:
    def keyed(purpose: str) -> np.random.Generator:
        return np.random.default_rng(hidden.keyed_seed(secret, exercise.spec.slug, purpose))

    train: Rows = np.array(drawn.train, dtype=np.intp)
    asked: Rows = np.array(drawn.hidden, dtype=np.intp)
    final = np.array(drawn.final, dtype=np.bool_)
    if not len(train) or not final.any():
        raise _task_problem(exercise, f"has too few examples ({len(pool.ids)}) to hide some.")
    pool = renamed(task, pool, keyed("names"))
    inputs = task.inputs(pool, asked, keyed("hidden"))
    targets = np.asarray(task.truth(pool, asked))
    given = inputs if isinstance(inputs, Mapping) else {"inputs": inputs}
    for item in given.values():
        if not len(item) == len(targets) == len(asked):
            raise _task_problem(
                exercise,
                f"gives {len(item)} inputs and {len(targets)} answers for {len(asked)} rows.",
            )
    groups = groups_of(task, pool, asked)
    if not all(len(names) == len(asked) for names in groups.values()):
        raise _task_problem(exercise, f"does not name one group for each of {len(asked)} rows.")
    captions = captions_of(task, pool, asked)
    if captions and len(captions) != len(asked):
        raise _task_problem(exercise, f"gives {len(captions)} captions for {len(asked)} rows.")
    offered = {path.parent for path in files.values()}
    shown = task.training(pool, train, keyed("training"))
    write_items(folder / "train", shown, offered)
    write_items(folder / "hidden", given, offered)
    truth = folder / "truth"
    truth.mkdir(mode=0o700)
    arrays = {"targets": targets, "final": final}
    if exercise.spec.same_split:
        arrays["baseline"] = baseline_answers(exercise, shown, inputs, len(asked))
    for name, array in arrays.items():
        path = truth / f"{name}.npy"
        path.touch(mode=0o600)
        np.save(path, array, allow_pickle=False)
    for file, words in ((GROUPS, groups), (CAPTIONS, captions)):
        if words:
            path = truth / file
            path.touch(mode=0o600)
            path.write_text(json.dumps(words), encoding="utf-8")


def read_inputs(prepared: Prepared) -> NDArray[Any] | Sequence[Any] | None:
    """The hidden inputs where they are an array or a list, as the learner's code saw them; of
    photos their paths."""
    entry = _read_words(prepared.hidden / MANIFEST, {}).get("inputs", {})
    if entry.get("type") == "array":
        array: NDArray[Any] = np.load(
            prepared.hidden / entry["file"], mmap_mode="r", allow_pickle=False
        )
        return array
    if entry.get("type") == "paths":
        return read_photos(prepared)
    if entry.get("type") != "json":
        return None
    inputs = _read_words(prepared.hidden / entry["file"], None)
    return inputs if isinstance(inputs, list) else None


def read_photos(prepared: Prepared) -> list[Path] | None:
    """The hidden photos, in the order of the inputs; None where the lab has none."""
    for entry in _read_words(prepared.hidden / MANIFEST, {}).values():
        if entry["type"] == "paths":
            names = _read_words(prepared.hidden / entry["file"], [])
            return [prepared.hidden / name for name in names]
    return None


def _truth_of(place: Path) -> Truth | None:
    """None where nothing was prepared, or where the disk did not keep what was."""
    if not all((place / part / MANIFEST).is_file() for part in ("train", "hidden")):
        return None
    try:
        return _read_truth(place / "truth")
    except (FileNotFoundError, ValueError, EOFError):
        return None


def _read_truth(folder: Path) -> Truth:
    baseline = folder / "baseline.npy"
    return Truth(
        targets=np.load(folder / "targets.npy", allow_pickle=False),
        final=np.load(folder / "final.npy", allow_pickle=False),
        groups=_read_words(folder / GROUPS, {}),
        captions=_read_words(folder / CAPTIONS, []),
        baseline=np.load(baseline, allow_pickle=False) if baseline.is_file() else None,
    )


def _read_words(path: Path, without: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else without


def _task_problem(exercise: Exercise, message: str) -> ExerciseInvalid:
    cure = "Correct the file, or the share under [hidden]."
    return ExerciseInvalid(exercise.spec.slug, [Problem(TASK, "", message, cure)])
