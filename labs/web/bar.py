"""The bar of a lab: what its grades ask for, and where baseline, reference and you stand."""

from collections.abc import Mapping, Sequence
from typing import Any

from labs.domain.grades import Direction, Grade
from studyhub.base.charts import GRADES, Bar, threshold_bar
from studyhub.base.words import decimals

SHARES = ("accuracy", "pointing_game", "pixel_auc")
METRIC_NAMES = {
    "accuracy": "accuracy",
    "mse": "mean squared error",
    "pointing_game": "pointing game",
    "pixel_auc": "area under the curve over pixels",
}


def metric_name(thresholds: Mapping[str, Any]) -> str:
    return METRIC_NAMES.get(str(thresholds.get("metric", "")), str(thresholds.get("metric", "")))


def bar_of(
    thresholds: Mapping[str, Any], spread: Sequence[Mapping[str, Any]], you: float | None
) -> Bar:
    means = {str(row["file"]).removesuffix(".py"): float(row["mean"]) for row in spread}
    return Bar(
        good_marks={name: float(thresholds[name]) for name in GRADES if name in thresholds},
        baseline=means.get("baseline"),
        reference=means.get("reference"),
        you=you,
        higher=thresholds.get("direction") != str(Direction.LOWER),
        is_share=thresholds.get("metric") in SHARES,
    )


def drawn(bar: Bar, thresholds: Mapping[str, Any]) -> str:
    """The chart as SVG, or nothing for a lab without thresholds."""
    return threshold_bar(bar, metric_name(thresholds)) if bar.good_marks else ""


def verdict_words(bar: Bar, grade: str, value: float) -> str:
    """ "Pass. 1.7 points to “good”": the grade, and what is missing to the next one."""
    said = "Not yet" if grade == Grade.FAIL else grade.capitalize()
    reached = GRADES.index(grade) + 1 if grade in GRADES else 0
    if reached == len(GRADES):
        return f"{said}. There is no higher bar here"
    following = GRADES[reached]
    if following not in bar.good_marks:
        return said
    gap = abs(bar.good_marks[following] - value)
    missing = f"{max(0.1, 100 * gap):.1f} points" if bar.is_share else decimals(max(0.001, gap), 3)
    return f"{said}. {missing} to “{following}”"
