"""What a lab's page shows, worked out from rows: data sets, facts, runs, places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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


_SIGNS = {
    State.QUEUED: "sq",
    State.PASSED: "check",
    State.FAILED: "cross",
    State.ERRORED: "note",
    State.TIMED_OUT: "note",
    State.CANCELLED: "stop",
}


@dataclass(frozen=True)
class DataView:
    """One data set of a lab: here, on its way, or to be fetched."""

    slug: str
    title: str
    size: str
    licence: str
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
    sign: str
    value: str
    best: bool


@dataclass(frozen=True)
class PlaceRow:
    """`gap`: places between this row and the one above it are left out."""

    place: str
    name: str
    grade: str
    value: str
    you: bool
    gap: bool = False


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
        return DataView(data.name, data.title, size(data.size), data.licence, command, here=True)
    row = selectors.fetch_of(data.name)
    if row is None or row.state in ("done", "failed"):
        failed = row.message if row is not None and row.state == "failed" else ""
        return DataView(
            data.name, data.title, size(data.size), data.licence, command, here=False, failed=failed
        )
    said = f"{size(row.done)} of {size(row.total)}" if row.total else row.message or "waiting"
    return DataView(
        data.name,
        data.title,
        size(data.size),
        data.licence,
        command,
        here=False,
        fetching=True,
        said=said,
        done=row.done,
        total=row.total,
    )


def facts(lab: Any, quota: Any) -> list[tuple[str, str]]:
    """What a learner asks before writing a line: the data, the limits, how often they may try."""
    limits = lab.limits
    found = [("Graded with", lab.variant)] if lab.variant else []
    found.append(("Data", "; ".join(data_set(name).rows for name in lab.data)))
    if "train_seconds" in limits:
        memory = f"{limits['memory_mb'] / 1000:.3g} GB" if "memory_mb" in limits else ""
        found.append(("To train", ", ".join(filter(None, (took(limits["train_seconds"]), memory)))))
    if "predict_seconds" in limits:
        found.append(("To predict", took(limits["predict_seconds"])))
    found.append(("Runs on", DEVICES.get(lab.device, lab.device)))
    if tries := _tries(quota):
        found.append(("Your runs", tries))
    found.append(("Hidden", "examples drawn by this site alone, never shown to your code"))
    return found


def _tries(quota: Any) -> str:
    """ "60 in 24 hours, 10 at once", as far as there are such limits."""
    said = []
    if quota.per_day is not None:
        said.append(f"{quota.per_day:,} in 24 hours")
    if quota.waiting is not None:
        said.append(f"{quota.waiting} at once")
    return ", ".join(said)


def run_rows(runs: Iterable[Any], best: Any, spread: Sequence[Mapping[str, Any]]) -> list[RunRow]:
    rows = []
    for run in runs:
        grade = getattr(run, "grade", None)
        if grade is None:
            result, value = HEADLINES[State(run.state)].capitalize(), ""
        else:
            result = "Not yet" if grade.grade == "fail" else grade.grade.capitalize()
            value = metric_words(grade.metrics, grade.thresholds, spread)
        own_best = best is not None and run.pk == best.pk
        rows.append(RunRow(run, result, _SIGNS.get(State(run.state), "halfsq"), value, own_best))
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


def place_rows(board: Any, lab: Any) -> list[PlaceRow]:
    """The first places, and the reader's own below them where it is further down."""
    places = list(board.places)
    if board.own is not None and not any(row.you for row in places):
        places.append(board.own)
    return [
        PlaceRow(
            f"{row.place}, shared" if row.tied else str(row.place),
            row.name,
            "Not yet" if row.grade == "fail" else row.grade,
            metric_words(row.metrics, lab.thresholds),
            row.you,
            gap=place > 0 and row.place > places[place - 1].place and place == len(board.places),
        )
        for place, row in enumerate(places)
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
    shown = ("baseline.py", "reference.py")
    seeds = {int(row.get("seeds", 1)) for row in lab.spread if row["file"] in shown}
    if not seeds or bar.baseline is None:
        return "Pass, good and excellent are what the grade asks for, on the hidden examples."
    draws = counted(min(seeds), "draw") + (" or more" if len(seeds) > 1 else "")
    return (
        f"Baseline and reference are solutions that came with this lab: each stands at its mean "
        f"over {draws} of the hidden set."
    )


def quota_words(room: Any, *, now: datetime) -> str:
    """What the learner may still start: "57 of 60 runs of 24 hours are left; 9 may wait now." """
    if room.closed:
        return "This lab takes no runs at present."
    if room.day_is_used_up and room.free_at is not None:
        wait = took(max(60.0, (room.free_at - now).total_seconds()))
        return f"All {room.quota.per_day} runs of 24 hours are used; the next is free in {wait}."
    if room.waits_for_an_end:
        runs = counted(room.live, "run")
        return f"{runs} of yours wait or run, which is the most; one has to end first."
    said = []
    if room.quota.per_day is not None:
        said.append(
            f"{room.quota.per_day - room.today} of {room.quota.per_day} runs of 24 hours are left"
        )
    if room.quota.waiting is not None and room.live:
        said.append(f"{room.quota.waiting - room.live} more may wait or run at once")
    return "; ".join(said) + "." if said else ""


def is_live(run: Any) -> bool:
    return State(run.state) in LIVE
