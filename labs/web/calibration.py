"""Whether a model is as sure as it is right: a picture, its table, and a sentence."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studyhub.base.charts import Share, percent, predicted_against_seen

# 1.96 standard deviations hold 95 % of a normal distribution.
_Z = 1.959964
# Less than this is what some hundred examples show by chance.
_CLOSE = 0.02


@dataclass(frozen=True)
class Calibration:
    svg: str
    sentence: str
    rows: list[tuple[str, ...]]


def calibration_of(feedback: Mapping[str, Any]) -> Calibration | None:
    """None where predict returned labels, or numbers that are no probabilities."""
    bins = [row for row in feedback.get("calibration") or () if row["examples"]]
    if not bins:
        return None
    most = max(row["examples"] for row in bins)
    dots = [
        (row["confidence"], share_of(row["accuracy"], row["examples"], row["examples"] / most))
        for row in bins
    ]
    svg = predicted_against_seen(
        dots,
        "Share that was right against how sure the model was, in groups",
        across="how sure it was",
        upwards="right",
        tone="f-skill",
    )
    rows: list[tuple[str, ...]] = [
        (
            f"{100 * row['from']:.0f} to {percent(row['to'], 0)}",
            f"{row['examples']:,}",
            percent(row["confidence"]),
            percent(row["accuracy"]),
        )
        for row in bins
    ]
    return Calibration(svg, _sentence(bins), rows)


def _sentence(bins: list[Mapping[str, Any]]) -> str:
    total = sum(row["examples"] for row in bins)
    gap = sum(row["examples"] * (row["confidence"] - row["accuracy"]) for row in bins) / total
    if abs(gap) < _CLOSE:
        return "On average it is about as sure as it is right."
    points = f"{100 * abs(gap):.0f} points"
    if gap > 0:
        return f"It promises too much: on average it is {points} surer than right."
    return f"It promises too little: on average it is {points} less sure than right."


def share_of(value: float, count: int, weight: float = 1.0) -> Share:
    """With Wilson's interval at 95 % (Wilson, 1927), which holds for few examples too."""
    square = _Z * _Z / count
    middle = (value + square / 2) / (1 + square)
    half = _Z * math.sqrt(value * (1 - value) / count + square / (4 * count)) / (1 + square)
    return Share(value, max(0.0, middle - half), min(1.0, middle + half), weight)
