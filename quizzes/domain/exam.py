"""Studying for a day: what it takes, and which reviews are drawn so that recall holds then."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from quizzes.domain.balance import Calendar, DueCard, Move, load_of
from quizzes.domain.events import Reason
from quizzes.domain.fsrs import Weights
from quizzes.domain.pace import DaysOff, ExamPlan, dealt, new_a_day, room_left, study_days
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.workload import Aim, HeldCard, Workload, draw_days, simulated

#: More new cards a day than anybody keeps up: such a plan is refused.
NEW_A_DAY_MAX = 100
AHEAD_MAX = 366


def drawn(
    cards: Sequence[DueCard], exam: ExamPlan, calendar: Calendar, weights: Weights
) -> list[Move]:
    """Brings forward the reviews without which a card would be recalled less than wanted on the
    exam: as late as is useful, to the day with the fewest cards among those that are.

    Days off and, while there is another, today are passed over. What is due before the exam is
    left alone: its next interval is looked at after that review. `cards` are all in review.
    """
    load = load_of(cards, calendar.today)
    moves = []
    for card in sorted(cards, key=lambda card: (card.memory.stability, card.prompt)):
        if card.chapter not in exam.chapters or card.due < exam.day:
            continue
        day = _draw_day(card, exam, calendar, weights, load)
        if day is not None:
            load[card.due] -= 1
            load[day] += 1
            moves.append(Move(card.prompt, day, Reason.EXAM))
    return moves


def _draw_day(
    card: DueCard, exam: ExamPlan, calendar: Calendar, weights: Weights, load: Counter[date]
) -> date | None:
    today = calendar.today
    found = draw_days(
        weights,
        card.memory,
        (card.last_day - today).days,
        (exam.day - today).days,
        exam.retention,
        max((card.last_day - today).days + 1, 0),
    )
    if found is None:
        return None
    first, last = (today + timedelta(days=offset) for offset in found)
    days = calendar.days(first, last)
    days = [day for day in days if day > today] or days
    if not days:  # a break reaches up to the exam: the day before it has to do
        return max(
            calendar.days(max(today, card.last_day + timedelta(days=1)), first), default=None
        )
    return min(days, key=lambda day: (_crowded(day, load, calendar), -day.toordinal()))


def _crowded(day: date, load: Counter[date], calendar: Calendar) -> float:
    return (load[day] + 1) / max(calendar.share(day), 0.05)


@dataclass(frozen=True)
class Held:
    """What is known about the learner's cards when an exam is weighed up.

    `inside` are the exam's cards with a memory, `others` all others. `waiting` counts the exam's
    new cards by chapter, those that would be added included, and `added` says how many those are.
    `other_new` counts the other new cards, `ahead` those of them that come before the exam's as
    things are now.
    """

    inside: Sequence[HeldCard]
    others: Sequence[HeldCard]
    waiting: Mapping[str, int]
    added: int = 0
    other_new: int = 0
    ahead: int = 0


@dataclass(frozen=True)
class ExamForecast:
    """What an exam would take, before it is accepted.

    `new_a_day` is the pace until `last_new_day`; `cards` are all of the exam, `new` those not met
    yet, `added` those of them that are no cards yet. `study_days` leaves breaks out. `days` are
    (day, expected cards with the exam, without it) from today to the eve, the learner's other
    cards included; `reviews` are those of them with the exam that were met before. `recall_with`
    and `recall_without` are the shares (0 to 1) of the exam's cards recalled on the day, those
    never met counting 0.
    """

    cards: int
    new: int
    added: int
    new_a_day: int
    last_new_day: date
    study_days: int
    days: tuple[tuple[date, float, float], ...]
    reviews: tuple[float, ...]
    recall_with: float
    recall_without: float

    @property
    def busiest(self) -> tuple[date, float]:
        day, cards, _ = max(self.days, key=lambda row: row[1])
        return day, cards

    @property
    def a_day(self) -> float:
        """Cards on an average day of study with the exam."""
        return sum(row[1] for row in self.days) / max(1, self.study_days)

    @property
    def a_day_without(self) -> float:
        return sum(row[2] for row in self.days) / max(1, self.study_days)


def weighed(
    exam: ExamPlan, held: Held, calendar: Calendar, scheduling: Scheduling, new_per_day: int
) -> ExamForecast:
    """Simulates the days up to the exam twice: as planned, and as things would go anyway, with
    `new_per_day` new cards and nothing drawn. Raises ValueError unless the exam lies after today.
    """
    today = calendar.today
    days = (exam.day - today).days
    if days < 1:
        raise ValueError("an exam lies after today")
    off = {n for n in range(days) if calendar.off(today + timedelta(days=n))}
    new = sum(held.waiting.values())
    pace = new_a_day([exam], held.waiting, today, calendar.breaks)
    planned_new, planned_rest = _new_as_planned(held, days, off, pace, new_per_day)
    anyway_new, anyway_rest = _new_anyway(held, days, off, new_per_day)
    rest = simulated(held.others, planned_rest, scheduling, off=off)
    planned = simulated(
        held.inside,
        planned_new,
        scheduling,
        off=off,
        aim=Aim(days, exam.retention),
        beside=rest.cards,
    )
    rest_anyway = rest
    if anyway_rest != planned_rest:
        rest_anyway = simulated(held.others, anyway_rest, scheduling, off=off)
    anyway = simulated(held.inside, anyway_new, scheduling, off=off)
    cards = len(held.inside) + new
    return ExamForecast(
        cards=cards,
        new=new,
        added=held.added,
        new_a_day=pace,
        last_new_day=exam.last_new_day,
        study_days=days - len(off),
        days=tuple(
            (today + timedelta(days=n), with_it, without)
            for n, (with_it, without) in enumerate(
                zip(_sums(rest, planned), _sums(rest_anyway, anyway), strict=True)
            )
        ),
        reviews=tuple(a + b for a, b in zip(rest.reviews, planned.reviews, strict=True)),
        recall_with=planned.recalled / max(1, cards),
        recall_without=anyway.recalled / max(1, cards),
    )


def _new_as_planned(
    held: Held, days: int, off: Collection[int], pace: int, new_per_day: int
) -> tuple[list[int], list[int]]:
    """New cards a day with the exam: its own, and the others in the room that those leave."""
    rooms = [0 if day in off else max(pace, new_per_day) for day in range(days)]
    own = dealt(sum(held.waiting.values()), [min(room, pace) for room in rooms])
    left = [max(0, min(new_per_day, room) - taken) for room, taken in zip(rooms, own, strict=True)]
    return own, dealt(held.other_new, left)


def _new_anyway(
    held: Held, days: int, off: Collection[int], new_per_day: int
) -> tuple[list[int], list[int]]:
    """New cards a day as things are: the exam's that are cards already, in their turn, and the
    others before and after them."""
    usual = [0 if day in off else new_per_day for day in range(days)]
    before = dealt(held.ahead, usual)
    own = dealt(sum(held.waiting.values()) - held.added, room_left(usual, before))
    after = dealt(held.other_new - held.ahead, room_left(usual, before, own))
    return own, [one + other for one, other in zip(before, after, strict=True)]


def first_day_that_fits(
    exam: ExamPlan, new: int, today: date, a_day: int, breaks: Collection[DaysOff] = ()
) -> date | None:
    """The soonest day for this exam at which `a_day` new cards a day do; None within a year."""
    for offset in range(1, AHEAD_MAX + 1):
        later = ExamPlan(today + timedelta(days=offset), today, exam.chapters, exam.retention)
        if study_days(today, later.last_new_day, breaks) * a_day >= new:
            return later.day
    return None


def _sums(one: Workload, other: Workload) -> list[float]:
    return [a + b for a, b in zip(one.cards, other.cards, strict=True)]
