"""Reads `lab.toml`: every key's type and range, all problems together, a cure with each."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeVar

from labs.domain.errors import Problem
from labs.domain.exercise import (
    AnswerKind,
    AnswerSpec,
    Device,
    ExerciseSpec,
    HiddenSpec,
    Spread,
)
from labs.domain.grades import Direction, Thresholds
from labs.domain.jobs import Limits
from labs.domain.quotas import MAX_LIVE_RUNS, Quota

T = TypeVar("T")
FILE = "lab.toml"
# Train and predict together stay below the five hours after which a worker's task is ended.
LONGEST_SECONDS = 2 * 3600
MOST_A_DAY = 100_000
METRICS = {
    AnswerKind.LABELS: ("accuracy",),
    AnswerKind.NUMBERS: ("mse",),
    AnswerKind.MAPS: ("pointing_game", "pixel_auc"),
}
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MISSING = object()


class Table:
    """One table of the file, which notes what is wrong instead of raising."""

    def __init__(self, values: object, where: str, problems: list[Problem]) -> None:
        self.where = where
        self.problems = problems
        self._known: set[str] = set()
        self._values: Mapping[str, Any] = {}
        if isinstance(values, Mapping):
            self._values = values
        else:
            self.problem("", "is not a table.", f"Write [{where}] and its keys below it.")

    def problem(self, key: str, message: str, cure: str) -> None:
        where = ".".join(part for part in (self.where, key) if part)
        self.problems.append(Problem(FILE, where, message, cure))

    def raw(self, key: str, default: Any = _MISSING) -> Any:
        self._known.add(key)
        if key not in self._values and default is _MISSING:
            self.problem(key, "is missing.", f"Add a line '{key} = ...'.")
            return None
        return self._values.get(key, default)

    def has(self, key: str) -> bool:
        self._known.add(key)
        return key in self._values

    def text(self, key: str, default: Any = _MISSING) -> str:
        value = self.raw(key, default)
        if value is None:
            return ""
        if not isinstance(value, str) or not (value.strip() or default == ""):
            self.problem(key, f"is {value!r}.", "Put a text in quotes there.")
            return ""
        return value.strip()

    def number(
        self,
        key: str,
        *,
        low: float = -1e9,
        high: float = 1e9,
        whole: bool = False,
        default: Any = _MISSING,
    ) -> float:
        value = self.raw(key, default)
        if value is None:
            return low
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            what = "whole number" if whole else "number"
            self.problem(
                key, f"is {value!r}.", f"Give a {what} from {low:g} to {high:g}, without quotes."
            )
            return low
        return value

    def items(self, key: str, kind: type[T], default: Any = _MISSING) -> tuple[T, ...]:
        value = self.raw(key, default)
        if value is None:
            return ()
        right = isinstance(value, list) and all(
            isinstance(item, kind) and not isinstance(item, bool) for item in value
        )
        if not right:
            example = '["a", "b"]' if kind is str else "[3, 7]"
            self.problem(key, f"is {value!r}.", f"Give a list such as {example}.")
            return ()
        return tuple(value)

    def flag(self, key: str) -> bool:
        value = self.raw(key, False)
        if not isinstance(value, bool):
            self.problem(key, f"is {value!r}.", "Write true or false, without quotes.")
            return False
        return value

    def choice(self, key: str, read: Callable[[str], T], allowed: type[Any], fallback: T) -> T:
        value = self.raw(key)
        if value is None:
            return fallback
        names = [str(member) for member in allowed]
        if value not in names:
            self.problem(key, f"is {value!r}.", f"Use one of {', '.join(names)}.")
            return fallback
        return read(value)

    def table(self, key: str) -> "Table":
        return Table(self.raw(key, {}), ".".join(filter(None, (self.where, key))), self.problems)

    def tables(self, key: str) -> list["Table"]:
        value = self.raw(key, [])
        if not isinstance(value, list):
            self.problem(key, "is not a list of tables.", f"Write [[{key}]] above each.")
            return []
        return [Table(item, f"{key}[{n}]", self.problems) for n, item in enumerate(value)]

    def done(self) -> None:
        """Every key must have been asked for: a misspelt key must not be silently ignored."""
        for key in sorted(set(self._values) - self._known):
            close = difflib.get_close_matches(key, self._known, n=1)
            cure = f"Did you mean '{close[0]}'?" if close else "Remove it."
            self.problem(key, "is not a key that this file knows.", cure)


def read_specs(
    values: Mapping[str, Any],
    *,
    folder: str,
    data_sets: frozenset[str] | None,
    prompts: frozenset[str] | None,
) -> tuple[tuple[ExerciseSpec, ...], list[Problem]]:
    """The spec of each variant, the preferred one first, or one spec where there are none; all
    problems. No spec where a problem makes it unusable.

    A [[variant]] says in its tables what differs; its `data` come on top of the lab's.
    `folder` is the exercise folder's name, which its slug must equal; `data_sets` the names that
    may stand under `data`, `prompts` the ids that may stand under `prompts` (None: any).
    """
    problems: list[Problem] = []
    variants = Table(values, "", problems).tables("variant")
    specs = []
    for number, table in enumerate(variants):
        own = values["variant"][number]
        if not isinstance(own, Mapping):
            continue
        spec, found = _read_spec(
            _merged(values, own), folder=folder, data_sets=data_sets, prompts=prompts
        )
        for one in found:  # what all variants share is told once
            key = one.where.split(".")[0]
            shared = key in values and key not in own
            told = one if shared else replace(one, where=f"{table.where}.{one.where}")
            problems += [told] if told not in problems else []
        specs += [replace(spec, variant=table.text("name"))] if spec is not None else []
    if not variants:
        spec, found = _read_spec(values, folder=folder, data_sets=data_sets, prompts=prompts)
        problems += found
        specs += [spec] if spec is not None else []
    if len({spec.variant for spec in specs}) < len(specs):
        problems.append(Problem(FILE, "variant", "has a name twice.", "Name each otherwise."))
    return (() if problems else tuple(specs)), problems


def _merged(values: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the file would say if it had only this variant."""
    shared = {key: value for key, value in values.items() if key != "variant"}
    merged = {**shared, **{key: value for key, value in own.items() if key != "name"}}
    data = (shared.get("data", []), own.get("data", []))
    return {**merged, "data": [*data[0], *data[1]]} if all(map(_is_list, data)) else merged


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _read_spec(
    values: Mapping[str, Any],
    *,
    folder: str,
    data_sets: frozenset[str] | None,
    prompts: frozenset[str] | None,
) -> tuple[ExerciseSpec | None, list[Problem]]:
    problems: list[Problem] = []
    top = Table(values, "", problems)
    slug = top.text("slug")
    if slug and (slug != folder or not _SLUG.fullmatch(slug)):
        top.problem(
            "slug", f"is '{slug}' in the folder '{folder}'.", "Make both the same kebab-case name."
        )
    data = top.items("data", str)
    for name in data:
        if data_sets is not None and name not in data_sets:
            known = ", ".join(sorted(data_sets))
            top.problem("data", f"names the unknown data set '{name}'.", f"Known are: {known}.")
    asked = top.items("prompts", str, [])
    for prompt in asked:
        if prompts is not None and prompt not in prompts:
            cure = "Take an id from a chapter's questions.md, such as 'c04-loop-order'."
            top.problem("prompts", f"names the unknown prompt '{prompt}'.", cure)
    for prompt in sorted({prompt for prompt in asked if asked.count(prompt) > 1}):
        top.problem("prompts", f"names '{prompt}' twice.", "Delete one of the two.")
    answer = _answer(top.table("answer"))
    spec = ExerciseSpec(
        slug=slug,
        title=top.text("title"),
        chapter=int(top.number("chapter", low=0, high=99, whole=True)),
        summary=top.text("summary", ""),
        data=data,
        device=top.choice("device", Device, Device, Device.CPU),
        prompts=asked,
        limits=_limits(top.table("limits")),
        hidden=_hidden(top.table("hidden")),
        answer=answer,
        thresholds=_thresholds(grading := top.table("grading"), answer),
        why=grading.text("why"),
        spreads=tuple(_spread(table) for table in top.tables("spread")),
        quota=_quota(top.table("quota")),
        same_split=grading.flag("same_split"),
    )
    grading.done()
    top.done()
    return (None if problems else spec), problems


def _limits(table: Table) -> Limits:
    limits = Limits(
        train_seconds=table.number("train_seconds", low=1, high=LONGEST_SECONDS),
        predict_seconds=table.number("predict_seconds", low=1, high=LONGEST_SECONDS),
        memory_mb=int(table.number("memory_mb", low=128, high=1_000_000, whole=True)),
        disk_mb=int(table.number("disk_mb", low=1, high=1_000_000, whole=True)),
        processes=int(table.number("processes", low=1, high=4_096, whole=True)),
    )
    table.done()
    return limits


def _quota(table: Table) -> Quota:
    """What the lab leaves out is the site's to say. `per_day = 0` closes the lab for now."""

    def most(key: str, low: int, high: int) -> int | None:
        return int(table.number(key, low=low, high=high, whole=True)) if table.has(key) else None

    # A learner's live runs of all labs are bounded, so that a higher figure would never be reached.
    quota = Quota(most("waiting", 1, MAX_LIVE_RUNS), most("per_day", 0, MOST_A_DAY))
    table.done()
    return quota


def _hidden(table: Table) -> HiddenSpec:
    hidden = HiddenSpec(
        share=table.number("share", low=0.01, high=0.9),
        feedback_share=table.number("feedback_share", low=0.0, high=0.9),
    )
    table.done()
    return hidden


def _answer(table: Table) -> AnswerSpec:
    kind = table.choice("kind", AnswerKind, AnswerKind, AnswerKind.LABELS)
    values: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    if kind is AnswerKind.LABELS:
        values = table.items("values", int)
        if list(values) != sorted(set(values)) or len(values) == 1:
            table.problem("values", f"is {list(values)}.", "List two or more labels, rising.")
        names = table.items("names", str, [str(value) for value in values])
        if len(names) != len(values):
            table.problem("names", f"has {len(names)} names.", "Give one name for each value.")
    table.done()
    return AnswerSpec(kind, values, names)


def _thresholds(table: Table, answer: AnswerSpec) -> Thresholds:
    metric = table.text("metric")
    if metric and metric not in METRICS[answer.kind]:
        known = ", ".join(METRICS[answer.kind])
        table.problem("metric", f"is '{metric}'.", f"For {answer.kind} this grades: {known}.")
    direction = table.choice("direction", Direction, Direction, Direction.HIGHER)
    higher = direction is Direction.HIGHER
    thresholds = Thresholds(
        metric=metric,
        direction=direction,
        chance=table.number("chance"),
        pass_=table.number("pass"),
        good=table.number("good"),
        excellent=table.number("excellent"),
        perfect=table.number("perfect", default=1.0 if higher else 0.0),
        possible=table.number("possible") if table.has("possible") else None,
    )
    rungs = [
        thresholds.chance,
        thresholds.pass_,
        thresholds.good,
        thresholds.excellent,
        thresholds.perfect,
    ]
    climbing = [low < high if higher else low > high for low, high in pairwise(rungs)]
    if not all(climbing) and not any(p.where.startswith("grading.") for p in table.problems):
        table.problem(
            "",
            f"has chance, pass, good, excellent and perfect at {rungs}.",
            f"With direction '{direction}' each must be {'above' if higher else 'below'} the last.",
        )
    return thresholds


def _spread(table: Table) -> Spread:
    spread = Spread(
        file=table.text("file"),
        seeds=int(table.number("seeds", low=1, high=10_000, whole=True)),
        mean=table.number("mean"),
        sd=table.number("sd", low=0),
        worst=table.number("worst") if table.has("worst") else None,
    )
    table.done()
    return spread
