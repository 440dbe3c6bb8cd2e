"""Clears the days of a break: what falls in it comes before or after."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from quizzes.domain.backlog import DAYS_MAX, most_to_lose_first
from quizzes.domain.balance import Calendar, DueCard, Move, load_of
from quizzes.domain.events import Reason
from quizzes.domain.fsrs import Weights
from quizzes.domain.pace import DaysOff


@dataclass(frozen=True)
class Cleared:
    """What a break moves: `falls` cards are due in it, `before` come earlier, `after` later.

    `stays` had no place within a year. `days` are (day, cards due then) from today to the last day
    that gets any.
    """

    falls: int
    before: int
    after: int
    stays: int
    moves: tuple[Move, ...]
    days: tuple[tuple[date, int], ...]


def cleared(
    cards: Sequence[DueCard], rest: DaysOff, calendar: Calendar, weights: Weights, a_day: int
) -> Cleared:
    """Moves what is due in the break: before it where the card's fuzz allows and it is not overdue,
    to the emptiest such day; else to the days after, those with most to lose first, spread over as
    many days as the break took and never above `a_day` (more days where that is too few).

    `calendar` has this break among its breaks, and others that are planned.
    """
    today = calendar.today
    falling = [card for card in cards if max(card.due, today) in rest]
    names = {card.prompt for card in falling}
    load = load_of((card for card in cards if card.prompt not in names), today)
    before: list[Move] = []
    later: list[DueCard] = []
    for card in sorted(falling, key=lambda card: (card.due, card.prompt)):
        day = _day_before(card, rest, calendar, load, a_day)
        if day is None:
            later.append(card)
        else:
            before.append(Move(card.prompt, day, Reason.BREAK))
            load[day] += 1
    length = (rest.last - max(rest.first, today)).days + 1
    places = _places_after(rest, calendar, load, a_day, length, len(later))
    wait = (rest.last - today).days + length
    ordered = most_to_lose_first(later, weights, today, wait)
    after = [
        Move(card.prompt, day, Reason.BREAK) for card, day in zip(ordered, places, strict=False)
    ]
    load.update(places)
    load.update(max(card.due, today) for card in ordered[len(places) :])
    span = (max([rest.last, *places]) - today).days + 1
    return Cleared(
        falls=len(falling),
        before=len(before),
        after=len(after),
        stays=len(ordered) - len(places),
        moves=(*before, *after),
        days=tuple((day, load[day]) for day in (today + timedelta(days=n) for n in range(span))),
    )


def _day_before(
    card: DueCard, rest: DaysOff, calendar: Calendar, load: Counter[date], a_day: int
) -> date | None:
    if card.due <= calendar.today or card.moved:
        return None
    first, last = card.range()
    first = max(first, calendar.today)
    days = calendar.days(first, min(last, rest.first - timedelta(days=1)))
    free = [day for day in days if load[day] < a_day * calendar.share(day)]
    return min(free, key=lambda day: (load[day], -day.toordinal()), default=None)


def _places_after(
    rest: DaysOff, calendar: Calendar, load: Counter[date], a_day: int, length: int, wanted: int
) -> list[date]:
    """A day for each of `wanted` cards, or fewer: as even as the days' shares and loads allow."""
    days: list[date] = []
    room = 0
    for offset in range(1, max(length, DAYS_MAX) + 1):
        if offset > length and room >= wanted:
            break
        day = rest.last + timedelta(days=offset)
        days.append(day)
        room += _room(day, a_day, calendar, load)
    level = _lowest_level(days, a_day, calendar, load, wanted)
    places = [day for day in days for _ in range(_room(day, level, calendar, load))]
    return places[:wanted]


def _lowest_level(
    days: Sequence[date], a_day: int, calendar: Calendar, load: Counter[date], wanted: int
) -> int:
    low, high = 0, a_day
    while low < high:
        middle = (low + high) // 2
        if sum(_room(day, middle, calendar, load) for day in days) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def _room(day: date, level: int, calendar: Calendar, load: Counter[date]) -> int:
    return max(0, round(level * calendar.share(day)) - load[day])
