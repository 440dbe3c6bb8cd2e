"""What the pure parts of plans cost: balancing a learner's cards, weighing up an exam."""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

from quizzes.domain.balance import Calendar, DueCard, balanced
from quizzes.domain.exam import Held, weighed
from quizzes.domain.fsrs import Memory
from quizzes.domain.pace import ExamPlan
from quizzes.domain.scheduler import DEFAULT_SCHEDULING
from quizzes.domain.workload import HeldCard

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def for_the_table() -> Iterator[tuple[str, float, str]]:
    """(name, value, unit), in seconds of CPU."""
    dice = Random(1)
    cards = [_due_card(f"c{number}", dice) for number in range(5_000)]
    yield (
        "even out the days of 5,000 cards",
        _seconds(lambda: balanced(cards, Calendar(TODAY))),
        "s",
    )
    held = Held(_held(500, dice), _held(1_500, dice), {"chapter": 200}, other_new=300)
    exam = ExamPlan(TODAY + 60 * DAY, TODAY, ("chapter",))
    yield (
        "weigh up an exam, 2,000 cards, 60 days",
        _seconds(lambda: weighed(exam, held, Calendar(TODAY), DEFAULT_SCHEDULING, 20)),
        "s",
    )


def _due_card(name: str, dice: Random) -> DueCard:
    interval = max(1, round(dice.lognormvariate(2.8, 1)))
    due = TODAY + dice.randrange(-2, interval + 1) * DAY
    memory = Memory(float(interval), 5.0)
    return DueCard(name, due, due, due - interval * DAY, interval, memory)


def _held(count: int, dice: Random) -> list[HeldCard]:
    cards = []
    for _ in range(count):
        stability = dice.lognormvariate(2.5, 1)
        elapsed = dice.randrange(max(1, round(stability)))
        memory = Memory(stability, dice.uniform(2, 9))
        cards.append(HeldCard(memory, elapsed, round(stability) - elapsed, 0.9))
    return cards


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    for name, value, unit in for_the_table():
        sys.stdout.write(f"{name:44}{value:8.3f} {unit}\n")
