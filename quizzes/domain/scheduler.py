"""What a review does to a card's phase and interval, on top of FSRS: steps, Anki's rule, fuzz."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from quizzes.domain import fsrs, fuzz
from quizzes.domain.days import DAY_SECONDS
from quizzes.domain.fsrs import (
    AGAIN,
    DEFAULT_WEIGHTS,
    EASY,
    GOOD,
    HARD,
    RATINGS,
    Memory,
    Model,
    Weights,
)

RETENTION_MIN, RETENTION_MAX = 0.7, 0.99
INTERVAL_MAX = 36_500
CHAPTERS_MAX = 200
STEP_MAX_SECONDS = 12 * 3600


class Phase(StrEnum):
    NEW = "new"
    LEARNING = "learning"
    REVIEW = "review"
    RELEARNING = "relearning"


@dataclass(frozen=True)
class Scheduling:
    """The settings that a review is scheduled with; changed by `parameters` events only.

    Steps are seconds. A retention outside 0.7 to 0.99 would schedule everything for today or for
    never (the formula itself accepts 1.7), so it is refused. `chapter_retention` has chapters that
    are held to another retention than the rest, as pairs of slug and value, sorted.
    """

    weights: Weights = DEFAULT_WEIGHTS
    desired_retention: float = 0.9
    maximum_interval: int = INTERVAL_MAX
    learning_steps: tuple[int, ...] = (60, 600)
    relearning_steps: tuple[int, ...] = (600,)
    version: str = fsrs.VERSION
    chapter_retention: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        problems = fsrs.problems_with(self.weights)
        retentions = (self.desired_retention, *(value for _, value in self.chapter_retention))
        if not all(RETENTION_MIN <= value <= RETENTION_MAX for value in retentions):
            problems.append(f"desired retention lies between {RETENTION_MIN} and {RETENTION_MAX}")
        if not 1 <= self.maximum_interval <= INTERVAL_MAX:
            problems.append(f"the maximum interval lies between 1 and {INTERVAL_MAX} days")
        steps = (*self.learning_steps, *self.relearning_steps)
        if not all(1 <= step <= STEP_MAX_SECONDS for step in steps):
            problems.append(f"learning steps lie between 1 and {STEP_MAX_SECONDS} seconds")
        if problems:
            raise ValueError("; ".join(problems))

    @cached_property
    def model(self) -> Model:
        return fsrs.model(self.weights)

    def retention_for(self, chapter: str | None) -> float:
        """The desired retention of the chapter's cards; None stands for cards without one."""
        if self.chapter_retention and chapter is not None:
            for slug, retention in self.chapter_retention:
                if slug == chapter:
                    return retention
        return self.desired_retention


DEFAULT_SCHEDULING = Scheduling()


class Position(NamedTuple):
    """Where a card stands before a review.

    `interval` is the last interval in days (0 before the first), `elapsed` the study days since
    the last review, `noise` the fuzz number of this review.
    """

    phase: Phase
    step: int
    interval: int
    memory: Memory | None
    elapsed: int
    noise: int


class Outcome(NamedTuple):
    """Where it stands after: due after `wait` (a step) or in `days` study days (a review)."""

    memory: Memory
    phase: Phase
    step: int = 0
    wait: timedelta | None = None
    days: int = 0

    @property
    def seconds(self) -> int:
        """For answer buttons; a day counts 86,400 s though the card is due as its day begins."""
        return self.days * DAY_SECONDS if self.wait is None else int(self.wait.total_seconds())


def reviewed(
    position: Position, rating: int, scheduling: Scheduling, chapter: str | None = None
) -> Outcome:
    """What rating the card does to it. Pure: the noise stands in for chance."""
    model = scheduling.model
    phase, step, wait = _stepped(position, rating, scheduling)
    if wait is not None or rating == AGAIN:
        memory = model.after(position.memory, rating, position.elapsed)
        if wait is not None:
            return Outcome(memory, phase, step, wait)
        retention = scheduling.retention_for(chapter)
        ideal = model.interval(memory.stability, retention)
        days = _fuzzed_days(position, ideal, 1, scheduling.maximum_interval, grows=False)
        return Outcome(memory, Phase.REVIEW, days=days)
    stabilities = model.recalled(position.memory, position.elapsed)
    if position.memory is None:
        memory = model.after(None, rating, position.elapsed)
    else:
        difficulty = model.next_difficulty(position.memory.difficulty, rating)
        memory = Memory(stabilities[rating - HARD], difficulty)
    return Outcome(
        memory, Phase.REVIEW, days=_days(position, rating, scheduling, chapter, stabilities)
    )


def previews(
    position: Position, scheduling: Scheduling, chapter: str | None = None
) -> dict[int, int]:
    """Seconds until due for each rating, as the buttons show them."""
    return {rating: reviewed(position, rating, scheduling, chapter).seconds for rating in RATINGS}


def _stepped(
    position: Position, rating: int, scheduling: Scheduling
) -> tuple[Phase, int, timedelta | None]:
    """The learning step that follows, or no wait when the card leaves (or never enters) steps."""
    if position.phase is Phase.REVIEW:
        steps = scheduling.relearning_steps if rating == AGAIN else ()
        wait = timedelta(seconds=steps[0]) if steps else None
        return Phase.RELEARNING, 0, wait
    relearning = position.phase is Phase.RELEARNING
    steps = scheduling.relearning_steps if relearning else scheduling.learning_steps
    phase = Phase.RELEARNING if relearning else Phase.LEARNING
    if not steps or rating == EASY:
        return phase, 0, None
    step = min(position.step, len(steps) - 1)  # the steps may have become fewer meanwhile
    if rating == AGAIN:
        return phase, 0, timedelta(seconds=steps[0])
    if rating == HARD:
        return phase, step, timedelta(seconds=_hard_wait(steps, step))
    if step + 1 < len(steps):
        return phase, step + 1, timedelta(seconds=steps[step + 1])
    return phase, 0, None


def _hard_wait(steps: tuple[int, ...], step: int) -> int:
    """Hard repeats its step; the first one is held between Again and Good, as in Anki."""
    if step > 0:
        return steps[step]
    return (steps[0] + steps[1]) // 2 if len(steps) > 1 else steps[0] * 3 // 2


def _days(
    position: Position,
    rating: int,
    scheduling: Scheduling,
    chapter: str | None,
    stabilities: tuple[float, float, float],
) -> int:
    """The interval in study days after Hard, Good or Easy, which lead to `stabilities`.

    Anki's rule: hard < good < easy as long as the maximum leaves room, and an interval that is to
    grow is not fuzzed back to the last one. Each builds on the one below it.
    """
    model, retention = scheduling.model, scheduling.retention_for(chapter)
    days = 0
    lowest = HARD
    if position.phase is not Phase.REVIEW and _stepped(position, HARD, scheduling)[2] is not None:
        lowest = GOOD  # Hard stays within minutes here and holds nobody apart
    for step in range(lowest, rating + 1):
        ideal = model.interval(stabilities[step - HARD], retention)
        days = _fuzzed_days(position, ideal, days + 1, scheduling.maximum_interval)
    return days


def _fuzzed_days(
    position: Position, ideal: float, minimum: int, maximum: int, *, grows: bool = True
) -> int:
    if grows and position.phase is Phase.REVIEW and fuzz.rounded(ideal) > position.interval:
        minimum = max(minimum, position.interval + 1)
    return fuzz.fuzzed(ideal, min(minimum, maximum), maximum, position.noise)
