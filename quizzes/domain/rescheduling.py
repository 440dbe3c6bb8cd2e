"""What a desired retention costs, and what "reschedule now" does to due dates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from quizzes.domain import fsrs, fuzz
from quizzes.domain.balance import DueCard, Move
from quizzes.domain.events import Reason
from quizzes.domain.fsrs import Memory
from quizzes.domain.pace import DaysOff, ExamPlan
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


@dataclass(frozen=True)
class Plans:
    """What moved cards and why: by prompt, the moves since the last review in their order, each
    with its reason and the study day on which it was made; the last is in force. `exams` are those
    ahead, `breaks` all, past ones included."""

    moved: Mapping[str, Sequence[tuple[str, date]]] = field(default_factory=dict)
    exams: Sequence[ExamPlan] = ()
    breaks: Sequence[DaysOff] = ()

    def keep(self, card: DueCard, wanted: date) -> bool:
        """Whether a plan has the card where it is due, and would move it again from `wanted`."""
        moves = self.moved.get(card.prompt) or (("", wanted),)
        reason, made = moves[-1]
        from_day = max(wanted, made)
        if self._spread(moves, wanted):
            return True
        in_break = self._off(from_day) and not self._off(card.due)
        if reason == Reason.EXAM:
            return any(
                card.due < exam.day and (from_day >= exam.day or in_break)
                for exam in self.exams
                if card.chapter in exam.chapters
            )
        return reason == Reason.BREAK and in_break

    def _spread(self, moves: Sequence[tuple[str, date]], wanted: date) -> bool:
        """Whether the card waits as part of a spread backlog, which other plans may have moved on
        since; dates that were set for another reason end that."""
        for reason, made in reversed(moves):
            if reason == Reason.BACKLOG:
                return wanted <= made
            if reason not in (Reason.EXAM, Reason.BREAK):
                return False
        return False

    def _off(self, day: date) -> bool:
        return any(day in rest for rest in self.breaks)


NO_PLANS = Plans()


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


def rescheduled(
    cards: Iterable[DueCard], scheduling: Scheduling, today: date, plans: Plans = NO_PLANS
) -> list[Move]:
    """Moves that put every card where the present weights and retention want it, counted from its
    last review and fuzzed. What would be overdue is due today; what is due by then anyway stays,
    and so does a date that fuzz could have given, as it stands or before the plan evened days out.
    What a plan moved, and would move there again, stays too.
    """
    moves = []
    for card in cards:
        retention = scheduling.retention_for(card.chapter)
        ideal = fsrs.interval(scheduling.weights, card.memory.stability, retention)
        if _fits(card, ideal, scheduling.maximum_interval):
            continue
        noise = fuzz.mix(fuzz.card_key(card.prompt), card.last_day.toordinal())
        days = fuzz.fuzzed(ideal, 1, scheduling.maximum_interval, noise)
        wanted = card.last_day + timedelta(days=days)
        day = max(wanted, today)
        if day != max(card.due, today) and not plans.keep(card, wanted):
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
