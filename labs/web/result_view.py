"""A graded run: grade, sentences, figures, how it compares, and what the feedback part shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst

from labs import selectors
from labs.domain.grades import Grade
from labs.domain.standing import on_this_draw, same_draw
from labs.web import run_words
from labs.web.bar import METRIC_NAMES, bar_of, drawn, metric_name, verdict_words
from labs.web.calibration import Calibration, calibration_of
from labs.web.feedback import Confusion, Pair, Worst, confusion_of, most_confused, worst_of
from labs.web.group_errors import GroupErrors, group_errors
from labs.web.lab_view import metric_value
from labs.web.number_errors import NumberErrors, number_errors
from labs.web.standing_view import Class, RivalRow, Since, class_of, rivals_of, since_last
from studyhub.base.charts import Bar
from studyhub.base.curves import Panel
from studyhub.base.words import took

_TIMES = (("train", "Train"), ("predict", "Predict"))


@dataclass(frozen=True)
class Result:
    value: str
    metric: str
    verdict: str
    sentence: str
    facts: Sequence[tuple[str, str]]
    bar_svg: str
    flagged: str
    since: Since | None
    rivals: Sequence[RivalRow]
    others: Class | None
    confusion: Confusion | None
    confused: Sequence[Pair]
    worst: Sequence[Worst]
    maps: bool  # the worst ones are maps
    calibration: Calibration | None
    groups: Sequence[GroupErrors]
    numbers: NumberErrors | None
    feedback_examples: int


def result_view(run: Any, curves: Sequence[Panel]) -> Result:
    grade = run.grade
    value = metric_value(grade.metrics, grade.thresholds)
    bar = bar_of(grade.thresholds, selectors.spread_of(run), value)
    return Result(
        value=bar.words(value) if value is not None else "",
        metric=metric_name(grade.thresholds),
        verdict=verdict_words(bar, grade.grade, value) if value is not None else grade.grade,
        sentence=_sentence(run, bar, value, curves),
        facts=_facts(run),
        bar_svg=drawn(bar, grade.thresholds),
        flagged=grade.flagged,
        since=since_last(run, selectors.graded_before(run), value),
        rivals=rivals_of(run, bar),
        others=class_of(run.lab, grade.score, whose="This run’s score")
        if grade.variant == run.lab.variant
        else None,
        confusion=confusion_of(grade.feedback),
        confused=most_confused(grade.feedback),
        worst=worst_of(grade.feedback, run.pk),
        maps="pixel_auc" in grade.feedback,
        calibration=calibration_of(grade.feedback),
        groups=group_errors(grade.feedback),
        numbers=number_errors(grade.feedback),
        feedback_examples=int(grade.hidden.get("feedback", 0)),
    )


def _sentence(run: Any, bar: Bar, value: float | None, curves: Sequence[Panel]) -> str:
    final = int(run.grade.hidden.get("final", 0))
    beside = same_draw(run.grade.metrics, run.grade.thresholds)
    if beside is not None:
        sentences = [run_words.same_draw_sentence(bar, beside, value, final)]
    else:
        sentences = [run_words.wrong_sentence(bar, value, final)] if value is not None else []
    if run.grade.grade != Grade.EXCELLENT:
        sentences.append(run_words.curve_sentence(curves))
    return " ".join(filter(None, sentences))


def _facts(run: Any) -> list[tuple[str, str]]:
    """The score, what it cost, and on how many examples it rests."""
    grade, seconds = run.grade, run.seconds
    graded = str(grade.thresholds.get("metric", ""))
    found = [("Score", f"{grade.score:.0f} of 100")]
    if (beside := same_draw(grade.metrics, grade.thresholds)) is not None:
        found.append(("Baseline on the same examples", f"{beside.baseline:.4g}"))
    if grade.variant:
        found.append(("Graded with", grade.variant))
    found += [
        (capfirst(METRIC_NAMES.get(name, name.replace("_", " "))), f"{value:.4g}")
        for name, value in grade.metrics.items()
        if name not in (graded, on_this_draw(graded)) and isinstance(value, int | float)
    ]
    found += [(word, took(seconds[key])) for key, word in _TIMES if key in seconds]
    if run.peak_memory_mb:
        found.append(("Memory", f"{run.peak_memory_mb:,.0f} MB at most"))
    weakest = confusion_of(grade.feedback)
    if weakest is not None and weakest.weakest:
        found.append(("Weakest class", weakest.weakest))
    hidden = grade.hidden
    if hidden.get("final"):
        feedback = f", {hidden['feedback']:,} more for feedback" if hidden.get("feedback") else ""
        found.append(("Graded on", f"{hidden['final']:,} hidden examples{feedback}"))
    found.append(("Seed", str(run.seed)))
    return [*found, ("Ran in", run.sandbox)] if run.sandbox else found
