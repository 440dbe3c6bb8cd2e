"""What a lab's page shows, worked out from rows: data sets, facts, runs, places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs import selectors
from labs.datasets import DataSet, data_set, locate
from labs.domain.errors import DatasetMissing
from labs.domain.runs import LIVE, State
from labs.web.bar import bar_of
from labs.web.run_words import HEADLINES
from studyhub.base.charts import Bar
from studyhub.base.words import counted, size, took

DEVICES = {"cpu": "the processor", "gpu": "a GPU", "either": "a GPU or the processor"}


@dataclass(frozen=True)
class DataView:
    """One data set of a lab: here, on its way, or to be fetched."""

    slug: str
    title: str
    size: str
    command: str
    here: bool
    fetching: bool = False
    said: str = ""
    done: int = 0
    total: int | None = None
    failed: str = ""


@dataclass(frozen=True)
class RunRow:
    run: Any
    result: str
    value: str
    best: bool


@dataclass(frozen=True)
class PlaceRow:
    place: int
    name: str
    grade: str
    value: str
    you: bool


def data_views(names: Iterable[str], home: Path, *, asked: str) -> list[DataView]:
    """`asked` is the lab's slug, for the command that brings what is missing."""
    return [_data_view(data_set(name), home, asked) for name in names]


def _data_view(data: DataSet, home: Path, asked: str) -> DataView:
    command = f"python manage.py fetch_data {data.name}"
    try:
        locate(data.name, home, asked=asked)
    except DatasetMissing as missing:
        command = missing.command
    else:
        return DataView(data.name, data.title, size(data.size), command, here=True)
    row = selectors.fetch_of(data.name)
    if row is None or row.state in ("done", "failed"):
        failed = row.message if row is not None and row.state == "failed" else ""
        return DataView(data.name, data.title, size(data.size), command, here=False, failed=failed)
    said = f"{size(row.done)} of {size(row.total)}" if row.total else row.message or "waiting"
    return DataView(
        data.name,
        data.title,
        size(data.size),
        command,
        here=False,
        fetching=True,
        said=said,
        done=row.done,
        total=row.total,
    )


def facts(lab: Any) -> list[tuple[str, str]]:
    """What a learner asks before writing a line: the data, the limits, the metric."""
    limits = lab.limits
    found = [("Data", data_set(name).rows) for name in lab.data]
    if "train_seconds" in limits:
        memory = f"{limits['memory_mb'] / 1000:.3g} GB" if "memory_mb" in limits else ""
        found.append(("To train", ", ".join(filter(None, (took(limits["train_seconds"]), memory)))))
    if "predict_seconds" in limits:
        found.append(("To predict", took(limits["predict_seconds"])))
    found.append(("Runs on", DEVICES.get(lab.device, lab.device)))
    found.append(("Hidden", "examples drawn by this site alone, never shown to your code"))
    return found


def run_rows(runs: Iterable[Any], best: Any, spread: Sequence[Mapping[str, Any]]) -> list[RunRow]:
    rows = []
    for run in runs:
        grade = getattr(run, "grade", None)
        if grade is None:
            result, value = HEADLINES[State(run.state)].capitalize(), ""
        else:
            result = "Not yet" if grade.grade == "fail" else grade.grade.capitalize()
            value = metric_words(grade.metrics, grade.thresholds, spread)
        rows.append(RunRow(run, result, value, best is not None and run.pk == best.pk))
    return rows


def metric_value(metrics: Mapping[str, Any], thresholds: Mapping[str, Any]) -> float | None:
    """The graded metric's value."""
    value = metrics.get(str(thresholds.get("metric", "")))
    return float(value) if value is not None else None


def metric_words(
    metrics: Mapping[str, Any],
    thresholds: Mapping[str, Any],
    spread: Sequence[Mapping[str, Any]] = (),
) -> str:
    value = metric_value(metrics, thresholds)
    return "" if value is None else bar_of(thresholds, spread, None).words(value)


def place_rows(places: Iterable[Any], lab: Any, user_id: int) -> list[PlaceRow]:
    return [
        PlaceRow(
            row.place,
            row.name,
            "Not yet" if row.grade == "fail" else row.grade,
            metric_words(row.metrics, lab.thresholds),
            row.user_id == user_id,
        )
        for row in places
    ]


@dataclass(frozen=True)
class ShelfRow:
    """A lab in the list, with how far the learner is."""

    lab: Any
    grade: str | None
    started: bool
    result: str


def shelf_row(lab: Any, best: Any, *, started: bool) -> ShelfRow:
    if best is None:
        return ShelfRow(lab, None, started, "Started" if started else "Not started")
    grade = best.grade.grade
    value = metric_words(best.grade.metrics, lab.thresholds, lab.spread)
    return ShelfRow(
        lab, grade, True, f"{'Not yet' if grade == 'fail' else grade.capitalize()}, {value}"
    )


def bar_note(lab: Any, bar: Bar) -> str:
    """Where the marks come from, in a sentence."""
    measured = next((row for row in lab.spread if str(row["file"]).startswith("baseline")), None)
    if measured is None or bar.baseline is None:
        return "Pass, good and excellent are what the grade asks for, on the hidden examples."
    seeds = counted(int(measured.get("seeds", 1)), "draw")
    return (
        f"Baseline and reference are means over {seeds} of the hidden set; both are yours to read."
    )


def queue_words(ahead: int) -> str:
    return "No run is ahead of you." if not ahead else f"{counted(ahead, 'run')} ahead of you."


def is_live(run: Any) -> bool:
    return State(run.state) in LIVE
