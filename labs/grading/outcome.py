"""Grades predictions: a metric on the final part, a grade by thresholds, feedback beside it."""

from dataclasses import dataclass
from typing import Any

from labs.domain.exercise import AnswerKind
from labs.domain.grades import Grade
from labs.domain.standing import on_this_draw
from labs.grading.loading import Exercise
from labs.grading.predictions import Predictions
from labs.grading.preparation import Prepared, read_inputs, read_photos


@dataclass(frozen=True)
class Outcome:
    """The result of a run, ready for JSON. `flagged` is why a person should look at it, or "".

    `metrics` and `grade` are of the final part alone, `feedback` of the other part alone. Beside
    the graded metric, `metrics` may hold the baseline's on the same part (`on_this_draw`).
    """

    grade: Grade
    score: float
    metrics: dict[str, float]
    thresholds: dict[str, Any]
    hidden: dict[str, int]
    feedback: dict[str, Any]
    flagged: str
    variant: str = ""  # of the lab, "" where it has none


def grade(exercise: Exercise, prepared: Prepared, predictions: Predictions) -> Outcome:
    # scikit-learn takes two seconds and 130 MB, which only a process that grades shall pay.
    from labs.grading.feedback import label_feedback  # noqa: PLC0415
    from labs.grading.map_feedback import map_feedback  # noqa: PLC0415
    from labs.grading.metrics import METRICS, SHOWN_TOGETHER  # noqa: PLC0415
    from labs.grading.number_feedback import number_feedback  # noqa: PLC0415

    spec, truth = exercise.spec, prepared.truth
    metric = METRICS[spec.metric]
    value = metric(truth.targets[truth.final], predictions.values[truth.final])
    metrics = {spec.metric: value}
    if truth.baseline is not None:
        beside = metric(truth.targets[truth.final], truth.baseline[truth.final])
        metrics[on_this_draw(spec.metric)] = beside
    if spec.answer.kind is AnswerKind.MAPS:
        metrics |= {
            name: METRICS[name](truth.targets[truth.final], predictions.values[truth.final])
            for name in SHOWN_TOGETHER
        }
        feedback = map_feedback(truth, predictions, read_photos(prepared))
    elif spec.answer.kind is AnswerKind.LABELS:
        inputs = read_inputs(prepared)
        feedback = label_feedback(spec.answer, truth, predictions, inputs)
    else:
        feedback = number_feedback(truth, predictions)
    return Outcome(
        grade=spec.thresholds.grade(value),
        score=spec.thresholds.score(value),
        metrics=metrics,
        thresholds=spec.thresholds.to_json(),
        hidden=truth.counts,
        feedback=feedback,
        flagged=_flag(exercise, value),
        variant=spec.variant,
    )


def _flag(exercise: Exercise, value: float) -> str:
    thresholds = exercise.spec.thresholds
    if not thresholds.beyond_possible(value):
        return ""
    return (
        f"{thresholds.metric} {value:.4f} is better than {thresholds.possible:g}, the best that"
        " honest work is known to reach here."
    )
