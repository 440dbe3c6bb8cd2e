"""Moves due dates within their fuzz, so that days come out even and easy days stay easy."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from quizzes.domain import fuzz
from quizzes.domain.events import Reason
from quizzes.domain.fsrs import Memory
from quizzes.domain.pace import DaysOff
from quizzes.domain.scheduler import INTERVAL_MAX

FULL_WEEK = (1.0,) * 7
#: What a weekday without reviews counts as, so that a card with nowhere else to go can stay.
_NONE = 1e-3
#: Days that differ by fewer cards, or a smaller share, are left alone: nobody notices, and each
#: move is an event.
_NOTICED, _NOTICED_SHARE = 3, 0.1
_TOP_NOISE = 0xFFFFFFFF


@dataclass(frozen=True)
class DueCard:
    """A card in review: due on study day `due`, where the scheduler said `base`.

    `interval` is in days; `moved` says that the due date was moved since the last review, which
    was on `last_day`. `chapter` is a slug, None for a card of the learner's own.
    """

    prompt: str
    due: date
    base: date
    last_day: date
    interval: int
    memory: Memory
    moved: bool = False
    chapter: str | None = None

    def range(self) -> tuple[date, date]:
        """The first and last day that fuzz could have given it; always after the last review."""
        low = fuzz.fuzzed(self.interval, 1, INTERVAL_MAX, 0) - self.interval
        high = fuzz.fuzzed(self.interval, 1, INTERVAL_MAX, _TOP_NOISE) - self.interval
        first = max(self.base + timedelta(days=low), self.last_day + timedelta(days=1))
        return first, max(first, self.base + timedelta(days=high))


@dataclass(frozen=True)
class Move:
    prompt: str
    day: date
    reason: Reason


@dataclass(frozen=True)
class Calendar:
    """The learner's days: `easy_days` are shares of a full day, Monday first; none in a break."""

    today: date
    easy_days: Sequence[float] = FULL_WEEK
    breaks: Collection[DaysOff] = ()

    def share(self, day: date) -> float:
        return 0.0 if self.off(day) else self.easy_days[day.weekday()]

    def off(self, day: date) -> bool:
        return any(day in rest for rest in self.breaks)

    def days(self, first: date, last: date) -> list[date]:
        """From `first` to `last`, both included, without those off."""
        span = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        return [day for day in span if not self.off(day)]


def load_of(cards: Iterable[DueCard], today: date) -> Counter[date]:
    """Cards per day; the overdue count today."""
    return Counter(max(card.due, today) for card in cards)


def after_moves(cards: Iterable[DueCard], moves: Iterable[Move]) -> list[DueCard]:
    """The cards as they stand once the moves are made."""
    days = {move.prompt: move.day for move in moves}
    return [
        replace(card, due=days[card.prompt], moved=True) if card.prompt in days else card
        for card in cards
    ]


def balanced(cards: Sequence[DueCard], calendar: Calendar, *, even: bool = True) -> list[Move]:
    """Moves that bring the days after today nearer to their shares of the load.

    Each card moves at most once between two reviews, within its range; short intervals have none.
    A move is made where it lowers the sum over days of load² / share by a margin, so the passes
    end, and running it again on the result moves nothing. Without `even` only easy days are
    cleared. `cards` are all of the learner's that are due, as all count to the load.
    """
    load = load_of(cards, calendar.today)
    waiting = sorted(
        (c for c in cards if not c.moved and c.due > calendar.today and not calendar.off(c.due)),
        key=lambda card: (card.due, card.prompt),
    )
    choices = {card.prompt: _choices(card, calendar) for card in waiting}
    waiting = [card for card in waiting if choices[card.prompt]]
    shares = {day: max(calendar.share(day), _NONE) for days in choices.values() for day in days}
    shares.update((card.due, max(calendar.share(card.due), _NONE)) for card in waiting)
    moves: list[Move] = []
    while True:
        staying = []
        for card in waiting:
            day = _better_day(card.due, choices[card.prompt], load, shares, even=even)
            if day is None:
                staying.append(card)
                continue
            load[card.due] -= 1
            load[day] += 1
            easier = shares[card.due] < shares[day]
            moves.append(Move(card.prompt, day, Reason.EASY_DAY if easier else Reason.BALANCE))
        if len(staying) == len(waiting):
            return moves
        waiting = staying


def _choices(card: DueCard, calendar: Calendar) -> list[date]:
    """The other days it may go to, the nearest first."""
    first, last = card.range()
    days = calendar.days(max(first, calendar.today + timedelta(days=1)), last)
    return sorted((day for day in days if day != card.due), key=lambda day: abs(day - card.due))


def _better_day(
    here: date,
    choices: Sequence[date],
    load: Mapping[date, int],
    shares: Mapping[date, float],
    *,
    even: bool,
) -> date | None:
    share_here = shares[here]
    best, least = None, (2 * load.get(here, 0) - 1) / share_here
    noticed = max(_NOTICED, _NOTICED_SHARE * load.get(here, 0))
    for day in choices:
        share = shares[day]
        added = (2 * load.get(day, 0) + 1) / share
        if share <= share_here:
            if not even:
                continue
            added += 2 * (noticed - 1) / share_here
        if added < least:
            best, least = day, added
    return best
