"""Drawing a quiz, and what its answers do to memory."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from content.domain.prompts import Kind
from quizzes.domain import events
from quizzes.domain.errors import QuizInvalid
from quizzes.domain.events import ReviewEvent
from quizzes.domain.fold import effective
from quizzes.domain.fsrs import AGAIN, GOOD

#: Kinds a program can grade; `basic` is compared by eye.
GRADABLE = frozenset(set(Kind) - {Kind.BASIC})
#: Kinds answered by recognising: guessing right says little about recall.
BY_RECOGNITION = frozenset({Kind.CHOICE, Kind.MULTIPLE, Kind.ORDERING})

#: Kinds answered in the learner's own words or numbers, where a program's verdict can be wrong.
FREE = GRADABLE - BY_RECOGNITION

SIZE_MAX, SECONDS_MIN, SECONDS_MAX = 100, 30, 14_400
FEEDBACK = ("each", "end")
_CURES = {
    "chapters": "Choose at least one chapter.",
    "size": f"Ask for 1 to {SIZE_MAX} questions.",
    "feedback": "Choose to hear the verdicts after each answer or at the end.",
    "seconds": f"Give it from {SECONDS_MIN} seconds to {SECONDS_MAX // 3600} hours, or no limit.",
}
#: Answers on their way when the time runs out still count.
GRACE = timedelta(seconds=5)


@dataclass(frozen=True)
class Effect:
    """What an answer does to memory: a rated review, or practice that the fold ignores."""

    kind: events.Kind
    rating: int


def check_request(
    *, chapters: Sequence[str], size: int, feedback: str, seconds: int | None
) -> None:
    """Raises QuizInvalid with every field that has to change."""
    problems: dict[str, list[str]] = {}
    if not chapters:
        problems["chapters"] = ["name at least one chapter"]
    if not 1 <= size <= SIZE_MAX:
        problems["size"] = [f"must lie between 1 and {SIZE_MAX}"]
    if feedback not in FEEDBACK:
        problems["feedback"] = [f"must be one of {', '.join(FEEDBACK)}"]
    if seconds is not None and not SECONDS_MIN <= seconds <= SECONDS_MAX:
        problems["seconds"] = [f"must lie between {SECONDS_MIN} and {SECONDS_MAX}, or be left out"]
    if problems:
        cure = " ".join(_CURES[name] for name in problems)
        raise QuizInvalid("This quiz cannot be drawn.", cure=cure, errors=problems)


def draw(prompts: Mapping[str, Sequence[str]], size: int, seed: int) -> list[str]:
    """Up to `size` prompt ids in random order, an equal share per chapter while they last."""
    chance = random.Random(seed)
    piles = [chance.sample(sorted(ids), len(ids)) for _, ids in sorted(prompts.items())]
    chance.shuffle(piles)
    chosen: list[str] = []
    while any(piles) and len(chosen) < size:
        chosen.extend([pile.pop() for pile in piles if pile][: size - len(chosen)])
    chance.shuffle(chosen)
    return chosen


def shuffled(ids: Sequence[str], seed: int, *, never: Sequence[str] = ()) -> list[str]:
    """The ids in random order; another one than `never`, the solution of an ordering."""
    mixed = random.Random(seed).sample(list(ids), len(ids))
    return [*mixed[1:], mixed[0]] if len(mixed) > 1 and mixed == list(never) else mixed


def effect(kind: Kind | str, *, correct: bool, last_day: date | None, today: date) -> Effect:
    """Wrong is a review rated Again, so that the prompt enters the schedule.

    Right counts as a review (Good) only where the answer was produced, not recognised, and the
    last review is a study day or more ago; else it is practice.
    """
    if not correct:
        return Effect(events.Kind.REVIEW, AGAIN)
    recalled = Kind(kind) not in BY_RECOGNITION
    if recalled and last_day is not None and (today - last_day).days >= 1:
        return Effect(events.Kind.REVIEW, GOOD)
    return Effect(events.Kind.PRACTICE, GOOD)


def last_review_day(history: Iterable[ReviewEvent], before: datetime) -> date | None:
    """The study day of the card's last review before a moment; None where there was none since
    the card was made or reset. What is voided never happened."""
    last: date | None = None
    for event in effective(history):
        if event.effective_at >= before:
            break
        if event.kind is events.Kind.RESET:
            last = None
        elif event.kind is events.Kind.REVIEW:
            last = event.day if last is None else max(last, event.day)
    return last


def ends(started: datetime, seconds: int | None) -> datetime | None:
    """When the time limit runs out; None without one."""
    return None if seconds is None else started + timedelta(seconds=seconds)


def is_over(started: datetime, seconds: int | None, now: datetime) -> bool:
    """Whether the time limit has passed."""
    end = ends(started, seconds)
    return end is not None and now > end + GRACE


def counted_score(score: float, override: bool | None) -> float:
    """What an answer adds to the quiz's points: what it was graded, or all or nothing where the
    learner overrode it."""
    return score if override is None else float(override)
