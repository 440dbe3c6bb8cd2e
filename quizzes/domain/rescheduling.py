"""What a desired retention costs, and what "reschedule now" does to due dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from quizzes.domain import fsrs, fuzz
from quizzes.domain.balance import DueCard, Move
from quizzes.domain.events import Reason
from quizzes.domain.fsrs import Memory
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.workload import HeldCard, simulated

#: Reviews are expected over so many days: long enough for the backlog of a change to pass.
COST_DAYS = 90


@dataclass(frozen=True)
class RetentionCost:
    """What holding these cards to `retention` takes: expected reviews a day over the next
    COST_DAYS days, and the share (0 to 1) of them that would be recalled on the day after."""

    retention: float
    reviews_a_day: float
    recalled: float


def retention_costs(
    cards: Sequence[tuple[Memory, int]], scheduling: Scheduling, retentions: Iterable[float]
) -> list[RetentionCost]:
    """One per retention, for cards as (memory, study days since the last review).

    An expected-value simulation in which every card is reviewed when its recall falls to the
    retention; new cards are left out, as their number is the learner's choice.
    """
    return [_cost(cards, scheduling, retention) for retention in retentions] if cards else []


def _cost(
    cards: Sequence[tuple[Memory, int]], scheduling: Scheduling, retention: float
) -> RetentionCost:
    held = [
        HeldCard(memory, elapsed, _days(memory, scheduling, retention) - elapsed, retention)
        for memory, elapsed in cards
    ]
    settings = replace(scheduling, desired_retention=retention, chapter_retention=())
    load = simulated(held, [0.0] * COST_DAYS, settings)
    return RetentionCost(retention, sum(load.reviews) / COST_DAYS, load.recalled / len(cards))


def _days(memory: Memory, scheduling: Scheduling, retention: float) -> int:
    ideal = fsrs.interval(scheduling.weights, memory.stability, retention)
    return min(max(fuzz.rounded(ideal), 1), scheduling.maximum_interval)


def rescheduled(cards: Iterable[DueCard], scheduling: Scheduling, today: date) -> list[Move]:
    """Moves that put every card where the present weights and retention want it, counted from its
    last review and fuzzed. What would be overdue is due today; what is due by then anyway stays,
    and so does a date that fuzz could have given, as it stands or before the plan evened days out.
    """
    moves = []
    for card in cards:
        retention = scheduling.retention_for(card.chapter)
        ideal = fsrs.interval(scheduling.weights, card.memory.stability, retention)
        if _fits(card, ideal, scheduling.maximum_interval):
            continue
        noise = fuzz.mix(fuzz.card_key(card.prompt), card.last_day.toordinal())
        days = fuzz.fuzzed(ideal, 1, scheduling.maximum_interval, noise)
        day = max(card.last_day + timedelta(days=days), today)
        if day != max(card.due, today):
            moves.append(Move(card.prompt, day, Reason.RESCHEDULE))
    return moves


def _fits(card: DueCard, ideal: float, maximum: int) -> bool:
    """Whether the card is due where fuzz or balancing may have put it for this ideal interval."""
    first, last = fuzz.bounds(ideal, 1, maximum)
    earliest, latest = (card.last_day + timedelta(days=days) for days in (first, last))
    if earliest <= card.due <= latest:
        return True
    low, high = card.range()
    return earliest <= card.base <= latest and low <= card.due <= high
