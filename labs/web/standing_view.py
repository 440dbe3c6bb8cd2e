"""How a result compares: with the lab's own files, with the class, with the run before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labs import selectors
from labs.web.bar import bar_of, metric_name
from labs.web.lab_view import metric_value, metric_words
from studyhub.base.charts import Bar, Column, columns
from studyhub.base.words import counted, decimals

RIVALS = {
    "starter": "Starter",
    "baseline": "Baseline",
    "reference": "Reference",
}


@dataclass(frozen=True)
class RivalRow:
    name: str
    value: str
    difference: str
    said: str


@dataclass(frozen=True)
class Class:
    """The class beside you: a sentence, a picture, and the picture's table."""

    sentence: str
    svg: str
    rows: Sequence[tuple[str, str]]
    own: bool


@dataclass(frozen=True)
class Since:
    """What became of the metric since the run before; `number` is that run's."""

    number: int
    sentence: str
    same_file: bool


def rivals_of(run: Any, bar: Bar) -> list[RivalRow]:
    return [
        RivalRow(
            RIVALS.get(rival.name, rival.name.replace("_", " ").capitalize()),
            _spread(bar, rival),
            _signed(bar, rival.difference),
            _rival_words(rival),
        )
        for rival in selectors.comparison_of(run)
    ]


def _spread(bar: Bar, rival: Any) -> str:
    sd = f"{100 * rival.sd:.1f}" if bar.is_share else decimals(rival.sd, 3)
    return f"{bar.words(rival.mean)} ± {sd}"


def _rival_words(rival: Any) -> str:
    if not rival.clear:
        return "About level"
    return "Clearly better" if rival.better else "Clearly behind"


def class_of(lab: Any, score: float | None, *, whose: str) -> Class | None:
    """The class as it is now; None while fewer learners than make a class have a grade.

    `whose` says what `score` belongs to, such as "This run’s score".
    """
    figures = selectors.class_figures(lab)
    if figures is None:
        return None
    own = min(int(score // 10), 9) if score is not None else None
    svg = columns(
        [Column(float(b.learners), strong=place == own) for place, b in enumerate(figures.bins)],
        "Best scores of all learners, from 0 to 100",
        below={0: "score 0", 6: "60, pass", 9: "90"},
        numbers={place: str(b.learners) for place, b in enumerate(figures.bins) if b.learners},
        edges=True,
    )
    rows = [(f"{b.low:.0f} to {b.high:.0f}", str(b.learners)) for b in figures.bins]
    return Class(_class_sentence(figures, score, whose), svg, rows, own is not None)


def _class_sentence(figures: Any, score: float | None, whose: str) -> str:
    said = (
        f"{counted(figures.learners, 'learner')}: half of their best scores are between "
        f"{figures.lower_quartile:.0f} and {figures.upper_quartile:.0f}, "
        f"the middle one is {figures.median:.0f}."
    )
    if score is None:
        return said
    place = (
        "above the middle half"
        if score > figures.upper_quartile
        else "below the middle half"
        if score < figures.lower_quartile
        else "in the middle half"
    )
    return f"{said} {whose} of {score:.0f} is {place}."


def since_last(run: Any, previous: Any, value: float | None) -> Since | None:
    """`previous` is the run that was handed in before; None where there was none."""
    if previous is None:
        return None
    same = previous.submission.sha256 == run.submission.sha256
    before = _value_of(previous)
    if before is None or value is None:
        return Since(previous.pk, _without_figures(previous, same=same), same)
    bar = bar_of(run.grade.thresholds, selectors.spread_of(run), value)
    better = (value - before) if bar.higher else (before - value)
    metric = metric_name(run.grade.thresholds)
    if abs(better) < 1e-9:
        moved = f"the same {metric}, {bar.words(value)}"
    else:
        moved = (
            f"{metric} {bar.words(before)} → {bar.words(value)}, "
            f"{_gap_words(bar, abs(better))} {'better' if better > 0 else 'worse'}"
        )
    lead = f"The same file as run {previous.pk}" if same else f"Since run {previous.pk}"
    if same and previous.seed != run.seed:
        lead += ", with another seed"
    return Since(previous.pk, f"{lead}: {moved}.", same)


def _without_figures(previous: Any, *, same: bool) -> str:
    if same:
        return f"The same file as run {previous.pk}."
    return f"Run {previous.pk} before it has no grade to compare with."


def _value_of(run: Any) -> float | None:
    grade = getattr(run, "grade", None)
    return metric_value(grade.metrics, grade.thresholds) if grade is not None else None


def _gap_words(bar: Bar, gap: float) -> str:
    return f"{100 * gap:.1f} points" if bar.is_share else decimals(gap, 3)


def _signed(bar: Bar, difference: float) -> str:
    gap = _gap_words(bar, abs(difference))
    if float(gap.split()[0]) == 0:
        return gap
    return f"{'+' if difference > 0 else '−'}{gap}"


@dataclass(frozen=True)
class OldGrade:
    """A grade that the run had before it was graded again."""

    words: str
    replaced_at: datetime
    reason: str


def past_grades(grades: Sequence[Any], run: Any) -> list[OldGrade]:
    """All but the one that stands, newest first."""
    return [
        OldGrade(
            f"{'Not yet' if old.grade == 'fail' else old.grade.capitalize()}, "
            f"{metric_words(old.metrics, old.thresholds, selectors.spread_of(run))}",
            old.replaced_at,
            old.reason,
        )
        for old in reversed(grades[:-1])
    ]
