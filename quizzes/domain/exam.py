"""Studying for a day: what it takes, and which reviews are drawn so that recall holds then."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from quizzes.domain.balance import Calendar, DueCard, Move, load_of
from quizzes.domain.events import Reason
from quizzes.domain.fsrs import Weights
from quizzes.domain.pace import DaysOff, ExamPlan, new_a_day, study_days
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.workload import Aim, HeldCard, Workload, draw_days, simulated

#: More new cards a day than anybody keeps up: such a plan is refused.
NEW_A_DAY_MAX = 100
AHEAD_MAX = 366


def drawn(
    cards: Sequence[DueCard], exams: Sequence[ExamPlan], calendar: Calendar, weights: Weights
) -> list[Move]:
    """Brings forward the reviews without which a card would be recalled less than wanted on its
    exam: as late as is useful, to the day with the fewest cards among those that are.

    Days off and, while there is another, today are passed over. What is due before the exam is
    left alone: its next interval is looked at after that review. `cards` are all in review.
    """
    load = load_of(cards, calendar.today)
    due = {card.prompt: card.due for card in cards}
    moves: dict[str, Move] = {}
    for exam in sorted(exams, key=lambda exam: exam.day):
        chapters = frozenset(exam.chapters)
        for card in sorted(cards, key=lambda card: (card.memory.stability, card.prompt)):
            if card.chapter not in chapters or due[card.prompt] < exam.day:
                continue
            day = _draw_day(card, exam, calendar, weights, load)
            if day is None:
                continue
            load[due[card.prompt]] -= 1
            load[day] += 1
            due[card.prompt] = day
            moves[card.prompt] = Move(card.prompt, day, Reason.EXAM)
    return list(moves.values())


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

    `inside` are cards in review of the exam's chapters, `others` all else. `waiting` counts the new
    cards of each of the exam's chapters, those that would be added included; `added` how many
    that is. `queue` is how many new cards come before the first, and up to the last, of them as
    things are now (those not added never come).
    """

    inside: Sequence[HeldCard]
    others: Sequence[HeldCard]
    waiting: Mapping[str, int]
    added: int
    ahead: int


@dataclass(frozen=True)
class ExamForecast:
    """What an exam would take, before it is accepted.

    `new_a_day` is the pace until `last_new_day`; `new` and `cards` count the exam's new cards and
    all its cards. `days` are (day, expected cards with it, without it) from today to the eve; both
    include the learner's other cards. `recall_with` and `recall_without` are the shares (0 to 1)
    of the exam's cards recalled on the day, cards never met counting 0. `fits_from` is the first
    day on which `NEW_A_DAY_MAX` (or the learner's own limit) would do, where this day is too soon.
    """

    cards: int
    new: int
    added: int
    new_a_day: int
    last_new_day: date
    study_days: int
    days: tuple[tuple[date, float, float], ...]
    recall_with: float
    recall_without: float

    @property
    def busiest(self) -> tuple[date, float]:
        day, cards, _ = max(self.days, key=lambda row: row[1])
        return day, cards

    @property
    def a_day(self) -> float:
        """Cards on an average day with the exam."""
        return sum(row[1] for row in self.days) / max(1, self.study_days)


def weighed(
    exam: ExamPlan, held: Held, calendar: Calendar, scheduling: Scheduling, new_per_day: int
) -> ExamForecast:
    """Simulates the days up to the exam twice: as planned, and as things would go anyway.

    Raises ValueError unless the exam lies after today.
    """
    today = calendar.today
    days = (exam.day - today).days
    if days < 1:
        raise ValueError("an exam lies after today")
    off = {n for n in range(days) if calendar.off(today + timedelta(days=n))}
    new = sum(held.waiting.values())
    pace = new_a_day([exam], held.waiting, today, calendar.breaks)
    with_it = _dealt(new, pace, days, off)
    usual = _dealt(max(0, new - held.added), new_per_day, days, off, skip=held.ahead)
    beside = simulated(held.others, [0.0] * days, scheduling, off=off)
    aim = Aim(days, exam.retention)
    planned = simulated(held.inside, with_it, scheduling, off=off, aim=aim, beside=beside.reviews)
    anyway = simulated(held.inside, usual, scheduling, off=off)
    cards = len(held.inside) + new
    return ExamForecast(
        cards=cards,
        new=new,
        added=held.added,
        new_a_day=pace,
        last_new_day=exam.last_new_day,
        study_days=days - len(off),
        days=_side_by_side(today, beside, planned, anyway),
        recall_with=planned.recalled / max(1, cards),
        recall_without=anyway.recalled / max(1, cards),
    )


def first_day_that_fits(
    exam: ExamPlan, new: int, today: date, a_day: int, breaks: Collection[DaysOff] = ()
) -> date | None:
    """The soonest day for this exam at which `a_day` new cards a day do; None within a year."""
    for offset in range(1, AHEAD_MAX + 1):
        later = ExamPlan(today + timedelta(days=offset), today, exam.chapters, exam.retention)
        if study_days(today, later.last_new_day, breaks) * a_day >= new:
            return later.day
    return None


def _dealt(new: int, a_day: int, days: int, off: Collection[int], skip: int = 0) -> list[float]:
    """`new` cards at `a_day` from today on, after `skip` others have had their turn."""
    dealt = []
    for day in range(days):
        room = 0 if day in off else a_day
        others = min(room, skip)
        met = min(room - others, new)
        skip, new = skip - others, new - met
        dealt.append(float(met))
    return dealt


def _side_by_side(
    today: date, beside: Workload, planned: Workload, anyway: Workload
) -> tuple[tuple[date, float, float], ...]:
    rows = zip(beside.cards, planned.cards, anyway.cards, strict=True)
    return tuple(
        (today + timedelta(days=n), other + with_it, other + without)
        for n, (other, with_it, without) in enumerate(rows)
    )
