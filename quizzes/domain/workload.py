"""What the coming days will bring: an expected-value simulation of FSRS.

No dice are thrown: each card is a share of 1 that divides at every review into what would be
recalled and what would be forgotten, and shares that are nearly alike are pooled. The same input
gives the same days, and ten thousand cards cost hardly more than a thousand.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, log
from typing import NamedTuple

from quizzes.domain import fsrs, fuzz
from quizzes.domain.fsrs import AGAIN, GOOD, Memory, Weights
from quizzes.domain.scheduler import Scheduling

#: How many new cards are known at once: an estimate, which the learner's first answers replace.
KNEW_IT = 0.75
#: Shares are pooled by stability in steps of about a quarter and difficulty in steps of 1.
_PER_E_FOLD, _PER_POINT = 4, 1
_SPREAD_FROM, _DAYS_SPREAD = 1.0, 4


@dataclass(frozen=True)
class HeldCard:
    """A card with a memory: last reviewed `elapsed` study days ago, due in `due` (below 0:
    overdue), held to the desired retention `desired`."""

    memory: Memory
    elapsed: int
    due: int
    desired: float


@dataclass(frozen=True)
class Aim:
    """In `days` study days every card is to be recalled with probability `retention`."""

    days: int
    retention: float


@dataclass(frozen=True)
class Workload:
    """Expected values per study day, today first. `reviews` counts cards with a memory that come
    up, `new` first meetings, `recalled` how many of all these cards would be recalled on the day
    after the last one."""

    reviews: tuple[float, ...]
    new: tuple[float, ...]
    recalled: float

    @property
    def cards(self) -> tuple[float, ...]:
        return tuple(old + new for old, new in zip(self.reviews, self.new, strict=True))


def simulated(
    cards: Iterable[HeldCard],
    new: Sequence[float],
    scheduling: Scheduling,
    *,
    off: Collection[int] = (),
    aim: Aim | None = None,
    beside: Sequence[float] = (),
) -> Workload:
    """The days that `new` spans, on each of which so many new cards are met.

    All that is due is reviewed, and what is remembered is rated Good. On days that are `off`
    (counted from today, which is 0) nothing is done and what was due waits. With `aim` reviews are
    drawn before the day as `draw_days` says, to where the fewest other cards are, those of
    `beside` (cards per day) included.
    """
    return _Simulation(new, scheduling, frozenset(off), aim, beside).run(cards)


def draw_days(
    weights: Weights, memory: Memory, last: int, aim: int, retention: float, first: int
) -> tuple[int, int] | None:
    """Days (counted from any day 0) on which a card, last reviewed on `last` and not due before
    day `aim`, should come once more: a Good on any of them leaves it at `retention` on that day.

    None where it needs no review, being recalled well enough without, or where there is no day
    left from `first` on. The day before is always good enough: nothing better can be had.
    """
    if first >= aim or fsrs.retrievability(weights, memory.stability, aim - last) >= retention:
        return None
    low, high = first, aim - 1
    while low < high:  # a later review helps more, so the first good day can be searched for
        middle = (low + high) // 2
        grown = fsrs.after(weights, memory, GOOD, middle - last)
        if fsrs.retrievability(weights, grown.stability, aim - middle) >= retention:
            high = middle
        else:
            low = middle + 1
    return low, aim - 1


class _Simulation:
    def __init__(
        self,
        new: Sequence[float],
        scheduling: Scheduling,
        off: frozenset[int],
        aim: Aim | None,
        beside: Sequence[float],
    ) -> None:
        self.new = new
        self.days = len(new)
        self.weights = scheduling.weights
        self.desired = scheduling.desired_retention
        self.longest = scheduling.maximum_interval
        self.off = off
        self.aim = aim
        # Cards per day as known so far: what draws are spread by.
        self.expected = [beside[day] if day < len(beside) else 0.0 for day in range(self.days)]
        self.pools: list[dict[tuple[float, int, int], _Pool]] = [{} for _ in range(self.days)]
        self.recalled = 0.0

    def run(self, cards: Iterable[HeldCard]) -> Workload:
        for card in cards:
            self.put(_Share(1.0, card.memory, -card.elapsed, card.desired), max(card.due, 0), 0)
        reviews, met = [0.0] * self.days, [0.0] * self.days
        for day in range(self.days):
            if day in self.off:
                self.wait(day)
                continue
            for pool in self.pools[day].values():
                reviews[day] += pool.mass
                self.review(pool.share(), day)
            met[day] = self.new[day]
            if met[day]:
                self.meet(met[day], day)
            self.pools[day] = {}
        return Workload(tuple(reviews), tuple(met), self.recalled)

    def put(self, share: "_Share", due: int, today: int) -> None:
        """The share waits for day `due`, seen from `today`."""
        found = None
        if self.aim is not None and due >= self.aim.days:
            found = self.drawn(share, self.aim, today)
        if not found:
            self.wait_for(share, due)
            return
        # Each card is drawn to a day of its own.
        parts = max(1, ceil(share.mass))
        for _ in range(parts):
            day = min(found, key=lambda day: (self.expected[day], -day))
            self.wait_for(share._replace(mass=share.mass / parts), day)

    def wait_for(self, share: "_Share", due: int) -> None:
        if due >= self.days:
            elapsed = self.days - share.last
            stability = share.memory.stability
            self.recalled += share.mass * fsrs.retrievability(self.weights, stability, elapsed)
            return
        self.expected[due] += share.mass
        key = (
            share.desired,
            round(_PER_E_FOLD * log(share.memory.stability)),
            round(_PER_POINT * share.memory.difficulty),
        )
        self.pools[due].setdefault(key, _Pool(share.desired)).add(share)

    def drawn(self, share: "_Share", aim: Aim, today: int) -> list[int]:
        """The days that the share may be drawn to; none where it need not or cannot be."""
        found = draw_days(
            self.weights, share.memory, round(share.last), aim.days, aim.retention, today + 1
        )
        if found is None:
            return []
        last = min(found[1], self.days - 1)
        return [day for day in range(found[0], last + 1) if day not in self.off]

    def wait(self, day: int) -> None:
        for pool in self.pools[day].values():
            self.expected[day] -= pool.mass
            self.put(pool.share(), day + 1, day)
        self.pools[day] = {}

    def review(self, share: "_Share", day: int) -> None:
        elapsed = max(1, round(day - share.last))
        recall = fsrs.retrievability(self.weights, share.memory.stability, elapsed)
        kept = fsrs.after(self.weights, share.memory, GOOD, elapsed)
        lost = fsrs.after(self.weights, share.memory, AGAIN, elapsed)
        self.plan(_Share(share.mass * recall, kept, day, share.desired))
        # It is shown again within the day until it is known, as after every miss.
        lost = fsrs.after(self.weights, lost, GOOD, 0)
        self.plan(_Share(share.mass * (1 - recall), lost, day, share.desired))

    def meet(self, count: float, day: int) -> None:
        for part, first in ((KNEW_IT, GOOD), (1 - KNEW_IT, AGAIN)):
            memory = fsrs.after(self.weights, None, first, 0)
            memory = fsrs.after(self.weights, memory, GOOD, 0)
            self.plan(_Share(count * part, memory, day, self.desired))

    def plan(self, share: "_Share") -> None:
        """Due as the scheduler says: shares of some size are spread over the days of the fuzz."""
        day = int(share.last)
        ideal = fsrs.interval(self.weights, share.memory.stability, share.desired)
        if share.mass < _SPREAD_FROM:
            self.put(share, day + min(max(round(ideal), 1), self.longest), day)
            return
        low = fuzz.fuzzed(ideal, 1, self.longest, 0)
        high = fuzz.fuzzed(ideal, 1, self.longest, 0xFFFFFFFF)
        step = max(1, (high - low) // _DAYS_SPREAD)
        days = range(low, high + 1, step)
        for interval in days:
            self.put(share._replace(mass=share.mass / len(days)), day + interval, day)


class _Share(NamedTuple):
    """`mass` of a card (or of several alike), last reviewed on day `last`."""

    mass: float
    memory: Memory
    last: float
    desired: float


class _Pool:
    """Shares of cards that are due on one day and alike; their memory is the mean."""

    __slots__ = ("_desired", "_difficulty", "_last", "_stability", "mass")

    def __init__(self, desired: float) -> None:
        self._desired = desired
        self.mass = self._stability = self._difficulty = self._last = 0.0

    def add(self, share: _Share) -> None:
        self.mass += share.mass
        self._stability += share.mass * share.memory.stability
        self._difficulty += share.mass * share.memory.difficulty
        self._last += share.mass * share.last

    def share(self) -> _Share:
        memory = Memory(self._stability / self.mass, self._difficulty / self.mass)
        return _Share(self.mass, memory, self._last / self.mass, self._desired)
