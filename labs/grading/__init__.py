"""Exercises and their grading: loads a lab, prepares its data, judges predictions."""

from labs.grading.loading import Exercise, load_exercise
from labs.grading.outcome import Outcome, grade
from labs.grading.predictions import Predictions, parse_predictions
from labs.grading.preparation import Prepared, Truth, prepare
from labs.grading.secret import read_or_create_secret

__all__ = [
    "Exercise",
    "Outcome",
    "Predictions",
    "Prepared",
    "Truth",
    "grade",
    "load_exercise",
    "parse_predictions",
    "prepare",
    "read_or_create_secret",
]
