"""How well recall is predicted on the real review log: defaults, fitted, fitted and recalibrated.

Splits and metrics are those of the project's definitions, which lie beside the data and are loaded
from there; predictions, fits and recalibration are the product's. Chunk k+1 is predicted with
weights fitted to chunks 1 to k (the defaults for the first). Recalibration runs through all items
in time order and predicts each before it learns its answer, which it is told at once or, as the
nightly task does it, at the end of the study day.
"""

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any, NamedTuple

from quizzes.domain import fsrs
from quizzes.domain.days import study_day
from quizzes.domain.fitting import fitted_weights
from quizzes.domain.fsrs import DEFAULT_WEIGHTS, Weights
from quizzes.domain.history import History, Logged, histories, trials, until
from quizzes.domain.recalibration import Question, Recalibration, learned, recalibrated
from tests.revlogs import ABSENT, DEFINITIONS, REVLOG, rows_by_card

RECALIBRATED = ("recalibrated", "recalibrated at night")


class Asked(NamedTuple):
    """A trial in time order, its question as some weights put it, and its answer."""

    at: datetime
    day: date
    question: Question
    recalled: bool


class Learner:
    """Recalibration as it would have run; `nightly` learns a day's answers when the day is over."""

    def __init__(self, *, nightly: bool) -> None:
        self.nightly = nightly
        self.state = Recalibration()
        self.waiting: list[Asked] = []

    def predict(self, asked: Sequence[Asked]) -> list[float]:
        predicted = []
        for one in asked:
            if self.waiting and not (self.nightly and self.waiting[-1].day == one.day):
                self.learn()
            predicted.append(recalibrated(self.state, one.question))
            self.waiting.append(one)
        return predicted

    def learn(self) -> None:
        for one in self.waiting:
            self.state = learned(self.state, one.question, recalled=one.recalled)
        self.waiting = []


def there() -> bool:
    return REVLOG.exists() and DEFINITIONS.exists()


def figures() -> dict[str, dict[str, float]]:
    """Log loss, RMSE(bins) and AUC by way of predicting."""
    measure = definitions()
    items = measure.load(str(REVLOG))
    found = histories(learners_log())
    by_default = asked_with(found, DEFAULT_WEIGHTS)
    assert [one.recalled for one in by_default] == [item.recalled for item in items]
    learners = {
        "recalibrated": Learner(nightly=False),
        "recalibrated at night": Learner(nightly=True),
    }
    predicted: dict[str, list[float]] = {"default": [], "fitted": [], **{n: [] for n in learners}}
    to_predict: list[Any] = []
    for seen, chunk in measure.splits(items):
        begin, end = len(seen), len(seen) + len(chunk)
        if not to_predict:
            for learner in learners.values():
                learner.predict(by_default[:begin])
        weights = fitted_weights(until(found, by_default[begin].at))
        fitted = asked_with(found, weights)[begin:end]
        predicted["default"] += [one.question.recall for one in by_default[begin:end]]
        predicted["fitted"] += [one.question.recall for one in fitted]
        for name, learner in learners.items():
            predicted[name] += learner.predict(fitted)
        to_predict += chunk
    return {name: measure.metrics(values, to_predict) for name, values in predicted.items()}


def definitions() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recall_quality", DEFINITIONS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def learners_log() -> Iterator[Logged]:
    """In the order of the definitions' ties: by card number, then by time."""
    for card, rows in sorted(rows_by_card().items(), key=lambda pair: int(pair[0])):
        for at, rating in rows:
            moment = datetime.fromtimestamp(at / 1000, UTC)
            yield Logged("review", card, study_day(moment, "UTC", 4), rating, moment, 0)


def asked_with(found: Sequence[History], weights: Weights) -> list[Asked]:
    asked = []
    for trial in trials(found, weights):
        review, memory = trial.review, trial.memory
        recall = fsrs.retrievability(weights, memory.stability, review.days)
        question = Question(recall, review.days, memory.difficulty, trial.lapses)
        asked.append(Asked(review.at, study_day(review.at, "UTC", 4), question, review.recalled))
    return sorted(asked, key=lambda one: one.at)


def for_the_table() -> Iterator[tuple[str, float, str]]:
    """(name, value, unit); says so where the review log is not there."""
    if not there():
        sys.stdout.write(f"left out: {ABSENT}\n")
        return
    for name, found in figures().items():
        yield f"recall, {name}: log loss", found["log_loss"], ""
        yield f"recall, {name}: RMSE(bins)", found["rmse_bins"], ""
        yield f"recall, {name}: AUC", found["auc"], ""


if __name__ == "__main__":
    for name, value, _ in for_the_table():
        sys.stdout.write(f"{name:44}{value:8.4f}\n")
