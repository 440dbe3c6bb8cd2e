"""A learner's answers card by card, as fitting and judging predictions need them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from quizzes.domain import fsrs
from quizzes.domain.events import Kind
from quizzes.domain.fsrs import AGAIN, Memory, Weights


class Logged(NamedTuple):
    """A review or reset of the log that is in force; `rating` is None for a reset.

    `seq` is its number among the changes of the learner's log.
    """

    kind: str
    prompt: str
    day: date
    rating: int | None
    at: datetime
    seq: int


class Review(NamedTuple):
    """One answer: rating 1 (again) to 4 (easy), `days` study days after the card's last one.

    `days` is 0 for the first answer and for others of the same study day.
    """

    rating: int
    days: int
    at: datetime
    seq: int

    @property
    def recalled(self) -> bool:
        return self.rating > AGAIN


#: One card's answers since it was new or reset, in order.
History = tuple[Review, ...]


class Trial(NamedTuple):
    """A review that tested memory, a study day or more after the card's last one, and what it met.

    `history` and `position` say which one; `lapses` are the trials failed before.
    """

    history: int
    position: int
    review: Review
    memory: Memory
    lapses: int


def histories(log: Iterable[Logged]) -> list[History]:
    """Every card's history; `log` comes in its total order, at least within each card.

    Days are counted as the fold does. A reset ends a history, and the next answer begins another.
    """
    found: list[list[Review]] = []
    open_at: dict[str, tuple[list[Review], date]] = {}
    for kind, prompt, day, rating, at, seq in log:
        if kind == Kind.RESET:
            open_at.pop(prompt, None)
        elif kind == Kind.REVIEW:
            if prompt not in open_at:
                found.append([])
                open_at[prompt] = (found[-1], day)
            reviews, last = open_at[prompt]
            reviews.append(Review(rating or AGAIN, max((day - last).days, 0), at, seq))
            open_at[prompt] = (reviews, max(day, last))
    return [tuple(reviews) for reviews in found]


def until(found: Iterable[History], moment: datetime) -> list[History]:
    """What was known before `moment`."""
    cut = (tuple(review for review in history if review.at < moment) for history in found)
    return [history for history in cut if history]


def trial_moments(found: Iterable[History]) -> list[datetime]:
    """When memory was tried, in order."""
    return sorted(review.at for history in found for review in history if review.days > 0)


def trials(found: Sequence[History], weights: Weights) -> Iterator[Trial]:
    """Every trial, card by card, with the memory that it met according to `weights`."""
    for index, history in enumerate(found):
        memory: Memory | None = None
        lapses = 0
        for position, review in enumerate(history):
            if memory is not None and review.days > 0:
                yield Trial(index, position, review, memory, lapses)
                lapses += not review.recalled
            memory = fsrs.after(weights, memory, review.rating, review.days)
