"""Where answers are numbers: how large the errors are, and whether answers are right on average."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studyhub.base.charts import Answered, Column, answered_against_true, columns, percent
from studyhub.base.words import decimals

_MOST_LABELS = 6


@dataclass(frozen=True)
class GroupRows:
    by: str
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class NumberErrors:
    """Two pictures with a table each, a sentence about the first, and tables of groups."""

    errors_svg: str
    errors_rows: Sequence[tuple[str, ...]]
    errors_sentence: str
    answers_svg: str
    answers_rows: Sequence[tuple[str, ...]]
    groups: Sequence[GroupRows]


def number_errors(feedback: Mapping[str, Any]) -> NumberErrors | None:
    """None where the run's answers are no numbers."""
    by_actual, by_answer = feedback.get("by_actual"), feedback.get("by_answer")
    if not by_actual or not by_answer:
        return None
    return NumberErrors(
        errors_svg=_errors_svg(by_actual),
        errors_rows=[
            (
                _range(row),
                f"{row['examples']:,}",
                decimals(row["answered"], 2),
                decimals(row["error"], 2),
                percent(row["share"], 0),
            )
            for row in by_actual
        ],
        errors_sentence=_sentence(by_actual),
        answers_svg=_answers_svg(by_answer),
        answers_rows=[
            (
                _range(row),
                f"{row['examples']:,}",
                decimals(row["answered"], 2),
                decimals(row["actual"], 2),
            )
            for row in by_answer
        ],
        groups=[
            GroupRows(
                str(table["by"]).capitalize(),
                [
                    (str(row["name"]), f"{row['examples']:,}", decimals(row["error"], 3))
                    for row in table["groups"]
                ],
            )
            for table in feedback.get("error_by_group", ())
        ],
    )


def _errors_svg(rows: Sequence[Mapping[str, Any]]) -> str:
    worst = max(range(len(rows)), key=lambda place: rows[place]["error"])
    few = len(rows) <= _MOST_LABELS
    return columns(
        [Column(row["error"], strong=place == worst) for place, row in enumerate(rows)],
        "Mean squared error for each true value",
        below={
            place: _range(row) if few else f"{row['from']:.3g}"
            for place, row in enumerate(rows)
            if few or place in (0, len(rows) - 1)
        },
        numbers={place: f"{row['error']:.2g}" for place, row in enumerate(rows)},
    )


def _answers_svg(rows: Sequence[Mapping[str, Any]]) -> str:
    return answered_against_true(
        [
            Answered(
                row["answered"],
                row["actual"],
                row["actual"] - (row["margin"] or 0),
                row["actual"] + (row["margin"] or 0),
            )
            for row in rows
        ],
        "What was true on average against what the model answered, in ten groups",
    )


def _sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """Where most of the error comes from."""
    most = max(rows, key=lambda row: row["share"])
    examples = sum(row["examples"] for row in rows)
    return (
        f"Where the truth is {_range(most)} lies {percent(most['share'], 0)} of the error, "
        f"in {percent(most['examples'] / examples, 0)} of the examples."
    )


def _range(row: Mapping[str, Any]) -> str:
    low, high = f"{row['from']:.3g}", f"{row['to']:.3g}"
    return low if low == high else f"{low} to {high}"
