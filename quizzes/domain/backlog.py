"""Spreads more cards than a day takes over the days that follow, at the least loss of recall."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from quizzes.domain import fsrs
from quizzes.domain.balance import Calendar, DueCard, Move, load_of
from quizzes.domain.events import Reason
from quizzes.domain.fsrs import Weights

#: A backlog that is not worked off within a year at this pace never is.
DAYS_MAX = 365


@dataclass(frozen=True)
class Postponement:
    """What postponing would do: `kept` cards stay for today, the others move; the last of them
    comes on `last_day`. `days` are (day, cards due with them) from today to that day.

    `lost` is the recall, in cards, that waiting costs; `lost_in_turn` what it would cost if the
    longest due came first.
    """

    overdue: int
    kept: int
    moves: tuple[Move, ...]
    last_day: date
    days: tuple[tuple[date, int], ...]
    lost: float
    lost_in_turn: float


def most_to_lose_first(
    cards: Sequence[DueCard], weights: Weights, today: date, days: int
) -> list[DueCard]:
    """Ordered by the recall that each would lose by waiting `days`: the largest loss first.

    That is neither the least recalled nor the longest due: what is nearly forgotten has little
    left to lose, what was learned lately and shakily has most (docs/adr/0032).
    """
    return sorted(cards, key=lambda card: (-_lost(card, weights, today, days), card.prompt))


def postponed(
    cards: Sequence[DueCard], calendar: Calendar, weights: Weights, a_day: int, done: int = 0
) -> Postponement | None:
    """Postpones what is due on or before today to keep `a_day` reviews a day, `done` of them
    already given today. None where the backlog would not shrink at this pace.

    `cards` are all the learner's cards in review: those due later take their places first.
    """
    today = calendar.today
    due = [card for card in cards if card.due <= today]
    load = load_of((card for card in cards if card.due > today), today)
    kept = max(0, round(a_day * (calendar.share(today) or 1.0)) - done)
    kept = min(kept, len(due))
    days = list(islice(_places(calendar, load, a_day), len(due) - kept))
    if len(days) < len(due) - kept:
        return None
    last = days[-1] if days else today
    ordered = most_to_lose_first(due, weights, today, max(1, (last - today).days))
    moves = tuple(
        Move(card.prompt, day, Reason.BACKLOG)
        for card, day in zip(ordered[kept:], days, strict=True)
    )
    load.update(days)
    load[today] = kept
    in_turn = sorted(due, key=lambda card: (card.due, card.prompt))
    waits = [0] * kept + [(day - today).days for day in days]
    return Postponement(
        overdue=len(due),
        kept=kept,
        moves=moves,
        last_day=last,
        days=tuple((day, load[day]) for day in _span(today, last)),
        lost=_loss(ordered, waits, weights, today),
        lost_in_turn=_loss(in_turn, waits, weights, today),
    )


def pace_that_does(cards: Sequence[DueCard], calendar: Calendar, a_day: int, days: int) -> int:
    """The least number a day, from `a_day` on, at which all that is due is done in `days`."""
    today = calendar.today
    due = sum(card.due <= today for card in cards)
    load = load_of((card for card in cards if card.due > today), today)
    span = _span(today + timedelta(days=1), today + timedelta(days=days))
    low, high = a_day, max(a_day, len(cards) + 1)
    while low < high:
        middle = (low + high) // 2
        room = sum(max(0, round(middle * calendar.share(day)) - load[day]) for day in span)
        if middle + room >= due:
            high = middle
        else:
            low = middle + 1
    return low


def _places(calendar: Calendar, load: Counter[date], a_day: int) -> Iterator[date]:
    """Free places on the days after today, the first day's first."""
    for offset in range(1, DAYS_MAX + 1):
        day = calendar.today + timedelta(days=offset)
        for _ in range(round(a_day * calendar.share(day)) - load[day]):
            yield day


def _lost(card: DueCard, weights: Weights, today: date, days: int) -> float:
    elapsed = (today - card.last_day).days
    stability = card.memory.stability
    return fsrs.retrievability(weights, stability, elapsed) - fsrs.retrievability(
        weights, stability, elapsed + days
    )


def _loss(cards: Sequence[DueCard], waits: Sequence[int], weights: Weights, today: date) -> float:
    pairs = zip(cards, waits, strict=True)
    return sum(_lost(card, weights, today, wait) for card, wait in pairs)


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
