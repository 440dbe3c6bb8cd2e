"""The one walk through a learner's answers: what each said about memory at its moment."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from quizzes.domain import fsrs
from quizzes.domain.days import stored_zone
from quizzes.domain.fsrs import AGAIN, Memory, Weights

#: From this stability on, in days, a card counts as mature.
MATURE_DAYS = 21.0
#: What stands in the place of a rating for practice, and where a card was made new again.
PRACTICE, RESET = 0, -1


class Answer(NamedTuple):
    """A review, practice or reset that is in force, as plain numbers: there may be 100,000.

    `day` is the ordinal of the study day, `rating` 1 to 4, PRACTICE or RESET, `milliseconds` how
    long the answer took (None where the device did not say), `at` seconds since 1970.
    """

    prompt: str
    day: int
    rating: int
    milliseconds: int | None
    at: int


class Stage(StrEnum):
    """What an answer met: a card's first sight, one seen that day already, a memory of less or
    more than MATURE_DAYS of stability, or practice that the schedule does not count."""

    FIRST = "first"
    SAME_DAY = "same_day"
    YOUNG = "young"
    MATURE = "mature"
    PRACTICE = "practice"


#: Stages in which an answer tests memory: a study day or more after the card's last one.
TESTS = frozenset({Stage.YOUNG, Stage.MATURE})


class Judged(NamedTuple):
    """An answer with what stood before it.

    `rating` is 0 for practice. `predicted` is the probability of recall that the weights give,
    `elapsed` the study days since the last answer, `difficulty` 1 to 10, `tests` and `lapses` how
    often the card's memory was tested and failed before; these five say something in TESTS only.
    """

    prompt: str
    day: date
    at: int
    rating: int
    milliseconds: int | None
    stage: Stage
    predicted: float = 0.0
    elapsed: int = 0
    difficulty: float = 0.0
    tests: int = 0
    lapses: int = 0


class _Card:
    __slots__ = ("lapses", "last", "memory", "tests")

    def __init__(self) -> None:
        self.memory: Memory | None = None
        self.last = 0
        self.tests = 0
        self.lapses = 0


def judged(answers: Iterable[Answer], weights: Weights, since: date, until: date) -> list[Judged]:
    """The answers of study days since..until; those before only set the stage.

    `answers` come in their total order, at least within each card. Memory is followed with
    `weights` all along. A review counts as a test of memory only as the first of its study day; a
    reset makes a card new.
    """
    cards: dict[str, _Card] = {}
    found: list[Judged] = []
    model = fsrs.model(weights)
    first, last = since.toordinal(), until.toordinal()
    days = {number: date.fromordinal(number) for number in range(first, last + 1)}
    for prompt, day, rating, milliseconds, at in answers:
        wanted = first <= day <= last
        if rating == PRACTICE:
            if wanted:
                found.append(Judged(prompt, days[day], at, 0, milliseconds, Stage.PRACTICE))
            continue
        if rating == RESET:
            cards.pop(prompt, None)
            continue
        card = cards.get(prompt)
        if card is None:
            card = cards[prompt] = _Card()
        memory = card.memory
        elapsed = 0 if memory is None else max(day - card.last, 0)
        if elapsed and memory is not None:
            stability, difficulty = memory
            if wanted:
                stage = Stage.MATURE if stability >= MATURE_DAYS else Stage.YOUNG
                recall = model.retrievability(stability, elapsed)
                before = (stage, recall, elapsed, difficulty, card.tests, card.lapses)
                found.append(Judged(prompt, days[day], at, rating, milliseconds, *before))
            card.tests += 1
            card.lapses += rating == AGAIN
        elif wanted:
            stage = Stage.FIRST if memory is None else Stage.SAME_DAY
            found.append(Judged(prompt, days[day], at, rating, milliseconds, stage))
        card.memory = model.after(memory, rating, elapsed)
        card.last = max(day, card.last)
    return found


class LocalHours:
    """Hours of the day, 0 to 23, on the clocks of one time zone."""

    def __init__(self, tz: str) -> None:
        self.zone = stored_zone(tz)
        self.offsets: dict[date, int] = {}

    def of(self, answer: Judged) -> int:
        """The zone is asked once for each study day: on the night when clocks change, answers may
        count an hour off."""
        offset = self.offsets.get(answer.day)
        if offset is None:
            noon = datetime.combine(answer.day, time(12), tzinfo=UTC).astimezone(self.zone)
            behind = noon.utcoffset()
            offset = self.offsets[answer.day] = int(behind.total_seconds()) if behind else 0
        return (answer.at + offset) // 3600 % 24
