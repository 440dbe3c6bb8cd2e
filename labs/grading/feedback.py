"""What a learner is shown beside the grade: always from the feedback part, never the graded one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from labs.domain.exercise import AnswerSpec
from labs.grading.groups import error_by_group
from labs.grading.photos import photo_base64
from labs.grading.pictures import is_picture, png_base64
from labs.grading.predictions import Predictions
from labs.grading.preparation import Truth

WORST = 12
CONFUSED = 5
BINS = 10
EXCERPT = 400  # characters of a text
Inputs = NDArray[Any] | Sequence[Any] | None


def label_feedback(
    answer: AnswerSpec, truth: Truth, given: Predictions, inputs: Inputs
) -> dict[str, Any]:
    """Confusion, per-class report, worst examples and calibration, as JSON.

    `confusion.matrix[i][j]` counts the examples of class i that were called class j. Of
    `worst`, the most confident mistakes come first where probabilities were given; `picture` is a
    PNG in base64, or null where inputs are no images; `caption` the beginning of a text, what
    the lab calls the input, or null. `calibration` is null without probabilities; else bins of
    equal width of the predicted class's probability.
    `error_by_group` has one table for each way to tell groups apart that the lab names.
    """
    shown = np.flatnonzero(~truth.final)
    targets, values = truth.targets[shown], given.values[shown]
    matrix = confusion_matrix(targets, values, labels=answer.values)
    return {
        "examples": len(shown),
        "mistakes": int((targets != values).sum()),
        "confusion": {"labels": list(answer.names), "matrix": matrix.tolist()},
        "per_class": _per_class(answer, targets, values),
        "most_confused": _most_confused(answer, matrix),
        "worst": _worst(answer, truth, given, inputs, shown),
        "calibration": _calibration(answer, truth, given, shown),
        "error_by_group": error_by_group(truth, given),
    }


def _per_class(
    answer: AnswerSpec, targets: NDArray[Any], values: NDArray[Any]
) -> list[dict[str, Any]]:
    table = precision_recall_fscore_support(
        targets, values, labels=answer.values, zero_division=0.0
    )
    return [
        {
            "label": name,
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "examples": int(examples),
        }
        for name, precision, recall, f1, examples in zip(answer.names, *table, strict=True)
    ]


def _most_confused(answer: AnswerSpec, matrix: NDArray[np.int64]) -> list[dict[str, Any]]:
    pairs = [
        (int(matrix[i, j]), actual, predicted)
        for i, actual in enumerate(answer.names)
        for j, predicted in enumerate(answer.names)
        if i != j and matrix[i, j]
    ]
    pairs.sort(key=lambda pair: -pair[0])
    return [
        {"actual": actual, "predicted": predicted, "count": count}
        for count, actual, predicted in pairs[:CONFUSED]
    ]


def _worst(
    answer: AnswerSpec,
    truth: Truth,
    given: Predictions,
    inputs: Inputs,
    shown: NDArray[np.intp],
) -> list[dict[str, Any]]:
    wrong = shown[truth.targets[shown] != given.values[shown]]
    confidence = _confidence(given)
    if confidence is not None:
        wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
    return [
        {
            "actual": answer.name_of(int(truth.targets[row])),
            "predicted": answer.name_of(int(given.values[row])),
            "confidence": None if confidence is None else round(float(confidence[row]), 4),
            **_seen(truth, inputs, row),
        }
        for row in wrong[:WORST]
    ]


def _seen(truth: Truth, inputs: Inputs, row: int) -> dict[str, str | None]:
    """The example itself: a picture of it, or words."""
    given = None if inputs is None else inputs[row]
    caption = truth.captions[row] if len(truth.captions) else None
    if isinstance(given, str):
        caption = given if len(given) <= EXCERPT else f"{given[:EXCERPT].rstrip()} …"
    if isinstance(given, np.ndarray) and is_picture(given):
        return {"picture": png_base64(given), "caption": caption}
    if isinstance(given, Path):
        return {"picture": photo_base64(given), "caption": caption}
    return {"picture": None, "caption": caption}


def _confidence(given: Predictions) -> NDArray[np.float64] | None:
    """The probability of the answer that was given; None where the rows are no probabilities."""
    table = given.probabilities
    if table is None or table.min() < 0 or not np.allclose(table.sum(axis=1), 1, atol=1e-3):
        return None
    confidence: NDArray[np.float64] = table.max(axis=1)
    return confidence


def _calibration(
    answer: AnswerSpec, truth: Truth, given: Predictions, shown: NDArray[np.intp]
) -> list[dict[str, Any]] | None:
    confidence = _confidence(given)
    if confidence is None:
        return None
    right = (truth.targets == given.values)[shown]
    sure = confidence[shown]
    low = 1 / len(answer.values)
    edges = np.linspace(low, 1, BINS + 1)
    bins = np.clip(np.digitize(sure, edges) - 1, 0, BINS - 1)
    return [
        {
            "from": round(float(edges[n]), 4),
            "to": round(float(edges[n + 1]), 4),
            "examples": int((bins == n).sum()),
            "confidence": round(float(sure[bins == n].mean()), 4),
            "accuracy": round(float(right[bins == n].mean()), 4),
        }
        for n in range(BINS)
        if (bins == n).any()
    ]
