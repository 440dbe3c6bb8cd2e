"""Runs each side in a process of its own, one after the other, and keeps what was measured."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from labs.datasets import locate_all
from labs.domain.errors import DatasetMissing, ExerciseInvalid
from labs.grading import Exercise, Prepared, load_exercise, parse_predictions, prepare
from labs.grading.metrics import METRICS
from labs.sandbox.environment import KEEPS_MEMORY
from tests.benchmarks.fastai_side.labs import ASKED, SIDES, Side
from tests.benchmarks.fastai_side.machine import described
from tests.benchmarks.fastai_side.table import geometric_mean, median, ratio
from tests.site import ROOT

SECRET = b"side by side with fastai, always"  # the same hidden examples in every run
RESULTS = ROOT / "var" / "fastai_side.json"
LONGEST = 3_600  # seconds of one measurement
ANCHOR = "STUDYHUB_ANCHOR_PYTHON"  # an interpreter that has fastai, where this one has not
Row = tuple[str, float, str]


class Failed(Exception):
    """A measurement ended without a result; the text is the end of what it said."""


def for_the_table() -> Iterator[Row]:
    """Rows for `make bench`, of one round each; writes no page."""
    if not anchor():
        sys.stderr.write("left out: side by side with fastai; type pip install -e '.[bench]'\n")
        return
    labs: dict[str, Any] = {}
    for side in SIDES:
        try:
            labs |= measure((side,), rounds=1)["labs"]
        except Failed as broken:
            sys.stderr.write(f"{broken}\n")
            continue
        of_lab = labs.get(side.name, {})
        for who in of_lab:
            yield f"{side.name}: {who}, fit", median(of_lab[who], "seconds"), "s"
        if (found := ratio(of_lab)) is not None:
            yield f"{side.name}: ours to fastai", found, ""
    if mean := geometric_mean(labs):
        yield "ours to fastai, geometric mean", mean, ""


def anchor() -> str | None:
    """The interpreter that has fastai, None where there is none."""
    if given := os.environ.get(ANCHOR):
        return given
    return sys.executable if importlib.util.find_spec("fastai") else None


def measure(
    sides: tuple[Side, ...], *, rounds: int, device: str = "cpu", short: bool = False
) -> dict[str, Any]:
    """{"machine", "device", "labs": {name: {"ours": [...], "fastai": [...]}}}; each entry has
    `seconds` of the fit and `metric`. Rounds alternate, so that both see the same machine.
    """
    results: dict[str, Any] = {"machine": described(device), "device": device, "labs": {}}
    for side in sides:
        try:
            exercise, files = here(side.slug)
        except (DatasetMissing, ExerciseInvalid) as missing:
            sys.stderr.write(f"left out: {side.name}: {missing}\n")
            continue
        with tempfile.TemporaryDirectory(prefix="studyhub-side-") as folder:
            prepared = prepare(exercise, files, secret=SECRET, out=Path(folder))
            of_lab: dict[str, list[dict[str, Any]]] = {}
            for seed in range(1, rounds + 1):
                for who in ("ours", "fastai") if side.most is not None else ("ours",):
                    order = {"side": who, "seed": seed, "device": device, "short": short}
                    one = run(side, exercise, prepared, order)
                    of_lab.setdefault(who, []).append(one)
                    sys.stderr.write(
                        f"{side.name}, {who}: {one['seconds']:.2f} s, {one['metric']:.4f}\n"
                    )
        results["labs"][side.name] = of_lab
    return results


def here(slug: str) -> tuple[Exercise, dict[str, Path]]:
    """The lab in the first variant whose data are here."""
    exercise = load_exercise(ROOT / "labs" / "exercises" / slug)
    home = Path(os.environ.get("STUDYHUB_HOME") or ROOT / "var") / "data"
    specs = exercise.variants or (exercise.spec,)
    for spec in specs:
        try:
            return replace(exercise, spec=spec), locate_all(spec.data, home, asked=slug)
        except DatasetMissing:
            if spec is specs[-1]:
                raise
    raise AssertionError("a lab has a spec")


def run(
    side: Side, exercise: Exercise, prepared: Prepared, order: dict[str, Any]
) -> dict[str, Any]:
    interpreter = sys.executable if order["side"] == "ours" else anchor()
    assert interpreter is not None
    with tempfile.TemporaryDirectory(prefix="studyhub-side-") as folder:
        predictions = Path(folder) / "predictions.npy"
        whole = order | {
            "slug": side.slug,
            "reviews": side.reviews,
            "train": str(prepared.train),
            "hidden": str(prepared.hidden),
            "solution": str(exercise.reference),
            "predictions": str(predictions),
        }
        try:
            done = subprocess.run(
                [interpreter, "-m", "tests.benchmarks.fastai_side.one", json.dumps(whole)],
                cwd=ROOT,
                env=_environment(order["device"], folder),
                capture_output=True,
                text=True,
                timeout=LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{side.name}, {order['side']}: took over {LONGEST} s") from late
        if done.returncode:
            raise Failed(f"{side.name}, {order['side']}:\n{done.stderr[-3_000:]}")
        told = json.loads(done.stdout.splitlines()[-1])
        metric = _metric(side, exercise, prepared, predictions)
    return told | {"metric": metric, "seed": order["seed"]}


def _environment(device: str, home: str) -> dict[str, str]:
    """Nothing is downloaded or kept, and a GPU is only seen where it is measured. Both sides have
    their memory as a job in the sandbox has it."""
    own = {"FASTAI_HOME": home, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT), **KEEPS_MEMORY}
    if device == "cpu":
        own["CUDA_VISIBLE_DEVICES"] = ""
    return {**os.environ, **own}


def _metric(side: Side, exercise: Exercise, prepared: Prepared, predictions: Path) -> float:
    """Over all hidden examples, or those that were asked."""
    metric = METRICS[exercise.spec.metric]
    targets = prepared.truth.targets
    if not side.reviews:
        given = parse_predictions(predictions.read_bytes(), prepared).values
        return metric(targets, given)
    array = np.load(predictions, allow_pickle=False)
    return metric(targets[:ASKED], array.argmax(axis=1) if array.ndim == 2 else array)
