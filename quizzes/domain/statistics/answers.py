"""The one walk through a learner's answers: what each said about memory at its moment."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from quizzes.domain import fsrs
from quizzes.domain.days import zone
from quizzes.domain.events import Kind
from quizzes.domain.fsrs import AGAIN, Memory, Weights

#: From this stability on, in days, a card counts as mature.
MATURE_DAYS = 21.0


class Answer(NamedTuple):
    """A review, practice or reset that is in force.

    `at` is UTC, `milliseconds` how long the answer took; None where the device did not say.
    """

    kind: str
    prompt: str
    day: date
    rating: int | None
    milliseconds: int | None
    at: datetime
    tz: str


class Stage(StrEnum):
    """What an answer met: a card's first sight, one seen that day already, a memory of less or
    more than MATURE_DAYS of stability, or practice that the schedule does not count."""

    FIRST = "first"
    SAME_DAY = "same_day"
    YOUNG = "young"
    MATURE = "mature"
    PRACTICE = "practice"


#: Stages in which an answer tests memory: a study day or more after the card's last one.
TESTS = (Stage.YOUNG, Stage.MATURE)


class Judged(NamedTuple):
    """An answer with what stood before it.

    `rating` is 0 for practice. `hour` is by the clock where it was given. `predicted` is the
    probability of recall that the weights give, `elapsed` the study days since the last answer,
    `tests` and `lapses` how often the card's memory was tested and failed before; these four say
    something in TESTS only.
    """

    prompt: str
    day: date
    rating: int
    milliseconds: int | None
    hour: int
    stage: Stage
    predicted: float
    elapsed: int
    tests: int
    lapses: int

    @property
    def recalled(self) -> bool:
        return self.rating > AGAIN


class _Card:
    __slots__ = ("lapses", "last", "memory", "tests")

    def __init__(self) -> None:
        self.memory: Memory | None = None
        self.last: date | None = None
        self.tests = 0
        self.lapses = 0


def judged(answers: Iterable[Answer], weights: Weights, since: date, until: date) -> list[Judged]:
    """The answers of study days since..until; those before only set the stage.

    `answers` come in their total order, at least within each card. Memory is followed with
    `weights` all along. A review counts as a test of memory only as the first of its study day; a
    reset makes a card new.
    """
    cards: dict[str, _Card] = {}
    hours = _Hours()
    found: list[Judged] = []
    for kind, prompt, day, given, milliseconds, at, tz in answers:
        if kind == Kind.RESET:
            cards.pop(prompt, None)
            continue
        rating, stage, predicted, elapsed, tests, lapses = 0, Stage.PRACTICE, 0.0, 0, 0, 0
        if kind == Kind.REVIEW:
            card = cards.get(prompt)
            if card is None:
                card = cards[prompt] = _Card()
            rating, memory, last = given or AGAIN, card.memory, card.last
            elapsed = 0 if last is None else max((day - last).days, 0)
            tests, lapses = card.tests, card.lapses
            if memory is None:
                stage = Stage.FIRST
            elif elapsed == 0:
                stage = Stage.SAME_DAY
            else:
                stage = Stage.MATURE if memory.stability >= MATURE_DAYS else Stage.YOUNG
                predicted = fsrs.retrievability(weights, memory.stability, elapsed)
                card.tests += 1
                card.lapses += rating == AGAIN
            card.memory = fsrs.after(weights, memory, rating, elapsed)
            card.last = day if last is None else max(day, last)
        if since <= day <= until:
            found.append(
                Judged(
                    prompt,
                    day,
                    rating,
                    milliseconds,
                    hour,
                    stage,
                    predicted,
                    elapsed,
                    tests,
                    lapses,
                )
            )
    return found


class _Hours:
    """Local hours: a time zone is asked once for each hour of the log, not for each answer."""

    def __init__(self) -> None:
        self.offsets: dict[tuple[str, date, int], timedelta] = {}

    def of(self, at: datetime, tz: str) -> int:
        key = (tz, at.date(), at.hour)
        offset = self.offsets.get(key)
        if offset is None:
            offset = self.offsets[key] = at.astimezone(zone(tz)).utcoffset() or timedelta()
        return (at + offset).hour
