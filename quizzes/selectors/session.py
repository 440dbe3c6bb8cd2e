"""What to study now.

A session is not stored anywhere: it is worked out from the log and the cards at every call, so
that it goes on alike on every device.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from quizzes.domain import fsrs, recalibration
from quizzes.domain.days import day_start
from quizzes.domain.pace import DaysOff
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.session_order import WINDOW, Candidate, arranged, is_new, reviews_a_new
from quizzes.models import UserMemory
from quizzes.selectors.memory import memory_of, scheduling_of, timeline_of, today_of
from quizzes.selectors.plans import Allowance, allowance
from quizzes.selectors.queue_rows import Day, Due, Waiting
from quizzes.selectors.session_cards import SessionCard, session_cards
from quizzes.selectors.session_queue import Narrowed, Reading
from studyhub.accounts.models import User

__all__ = ["LIMIT_MAX", "Session", "SessionCard", "session", "session_card", "session_id"]

LIMIT_MAX = 200
#: With nothing else left, a learning card is shown so much before its time, as Anki does.
LEARN_AHEAD = timedelta(minutes=20)
#: Read beyond the page, so that a better neighbour or a requirement can be found there.
_BEYOND = 3 * WINDOW
_SESSIONS = UUID("5b9f2b0e-3f5d-4b55-9c0c-6f6a3b1d2a10")


@dataclass(frozen=True)
class Session:
    """`counts` has new and review (what today's limits leave of those that wait), learning, due
    (learning and review) and beyond_limit (reviews that are due but over the day's limit).

    `next_due` is when the next card that is not due yet will be; None when there is none. Reviews
    whose date lies in a planned break count as due after it, where the next study day puts them.
    `break_until` is the last day of a planned break that today lies in.
    """

    id: str
    cards: list[SessionCard]
    counts: dict[str, int]
    next_due: datetime | None
    break_until: date | None = None


@dataclass(frozen=True)
class _Left:
    """What today's limits leave of the cards that wait."""

    new: int
    reviews: int


@dataclass
class _Queue:
    """What the next cards are chosen from; `done` cards went before them today, and a new one
    comes after `every` reviews."""

    learning: list[Waiting]
    reviews: list[Waiting]
    new: list[Waiting] = field(default_factory=list)
    done: int = 0
    every: int = 0


def session(
    user: User,
    *,
    now: datetime,
    limit: int = 20,
    chapter: str | None = None,
    chapters: Sequence[str] = (),
    kind: str | None = None,
    flag: int | None = None,
    deck: str | None = None,
    memory: UserMemory | None = None,
) -> Session:
    """The next cards: learning ones by their due time, then reviews, most at risk first, with the
    day's new cards spread evenly among them.

    Chapters are mixed, requirements come first, siblings keep apart. Daily limits count what was
    done today on any device; learning cards are never held back. Chapters and deck are given by
    slug; `flag` holds to cards with that flag, 0 to cards with any. `memory` saves a query where
    the caller has read it. The id is the same all through a study day.
    """
    limit = max(0, min(limit, LIMIT_MAX))
    today = today_of(user, now)
    slugs = (*chapters, *([chapter] if chapter is not None else []))
    reading = Reading(user.pk, now, today, Narrowed(slugs, kind, flag, deck))
    memory = memory or memory_of(user)
    beyond = limit + _BEYOND if limit else 0
    day, due, before = reading.opening(memory.new_per_day, beyond)
    day, allowed = _allowed(day, reading, memory, today)
    left = _Left(
        new=min(max(allowed.new - day.begun, 0), day.new),
        reviews=min(max(allowed.reviews - day.reviewed, 0), due.reviews),
    )
    counts = {
        "new": left.new,
        "learning": due.learning,
        "review": left.reviews,
        "due": due.learning + left.reviews,
        "beyond_limit": due.reviews - left.reviews,
    }
    cards: list[SessionCard] = []
    if limit:
        in_force = scheduling_of(memory)
        queue = _queue(reading, memory, day, due, left, allowed, in_force, today, limit)
        if not (queue.learning or queue.reviews or queue.new):
            queue.learning = reading.soon(now + LEARN_AHEAD, limit)
            counts["learning"] = counts["due"] = len(queue.learning)
        cards = session_cards(reading, _ordered(queue, before, limit), today, in_force)
    return Session(
        id=session_id(user, today),
        cards=cards,
        counts=counts,
        next_due=_after_breaks(day.next_due, allowed.breaks, reading, user),
        break_until=allowed.break_until,
    )


def session_card(user: User, prompt_id: str, *, now: datetime) -> SessionCard | None:
    """The learner's card if it could be answered now, whatever the day's limits say; else None."""
    today = today_of(user, now)
    reading = Reading(user.pk, now, today, Narrowed())
    card = reading.answerable(prompt_id, now + LEARN_AHEAD)
    if card is None:
        return None
    [shown] = session_cards(reading, [card], today, timeline_of(user.pk).newest)
    return shown


def session_id(user: User, today: date, mode: str = "") -> str:
    """The same all through a study day, for each mode of its own."""
    return str(uuid5(_SESSIONS, f"{user.pk}:{today}:{mode}" if mode else f"{user.pk}:{today}"))


def _allowed(day: Day, reading: Reading, memory: UserMemory, today: date) -> tuple[Day, Allowance]:
    """What today saw and allows; plans are only looked into where there are any."""
    if not day.planned:
        return day, Allowance(memory.new_per_day, memory.reviews_per_day)
    allowed = allowance(memory, today=today)
    if allowed.new > memory.new_per_day:
        day = reading.day(allowed.new)
    return day, allowed


def _by_risk(
    cards: Sequence[Waiting], memory: UserMemory, today: date, scheduling: Scheduling
) -> list[Waiting]:
    """The reviews among them, most at risk first.

    They come in the order of FSRS's prediction, so only what was learned from recent answers can
    change it, and only among those that were read.
    """
    reviews = [card for card in cards if card.is_review]
    correction = recalibration.from_json(memory.recalibration)
    if not correction.answers:
        return reviews

    def recalled(card: Waiting) -> float:
        if card.memory is None:
            return 1.0
        stability, difficulty, last_day, lapses = card.memory
        days = max((today - last_day).days, 0)
        chance = fsrs.retrievability(scheduling.weights, stability, days)
        question = recalibration.Question(chance, days, difficulty, lapses)
        return recalibration.recalibrated(correction, question)

    return sorted(reviews, key=recalled)


def _queue(
    reading: Reading, memory: UserMemory, day: Day, due: Due, left: _Left, allowed: Allowance,
    scheduling: Scheduling, today: date, limit: int,
) -> _Queue:  # fmt: skip
    """What the next `limit` cards are chosen from; new ones are only read where one comes up."""
    learning = [card for card in due.cards if not card.is_review]
    reviews = _by_risk(due.cards, memory, today, scheduling)[: left.reviews]
    queue = _Queue(learning, reviews, done=day.reviewed + day.begun)
    queue.every = reviews_a_new(left.reviews, left.new)
    open_places = range(queue.done, queue.done + limit - len(learning))
    of_new = any(is_new(place, queue.every) for place in open_places)
    if left.new and (of_new or len(reviews) < len(open_places)):
        seed = today.toordinal() * 7919 + memory.user_id
        wanted = min(left.new, limit + _BEYOND)
        queue.new = reading.new(wanted, memory.new_order, allowed.first_chapters, seed)
    return queue


def _ordered(queue: _Queue, before: Sequence[Candidate], limit: int) -> list[int]:
    """Ids of the cards in the order to show them; `before` has what was answered last."""
    waiting = {w.candidate.prompt: w for w in (*queue.learning, *queue.reviews, *queue.new)}
    if not waiting:
        return []
    first = arranged([w.candidate for w in queue.learning], before=before, limit=limit)
    rest = arranged(
        [w.candidate for w in queue.reviews],
        [w.candidate for w in queue.new],
        before=[*before, *(waiting[prompt].candidate for prompt in first)],
        done=queue.done,
        reviews_a_new=queue.every,
        limit=limit - len(first),
    )
    return [waiting[prompt].card for prompt in (*first, *rest)]


def _after_breaks(
    due: datetime | None, breaks: Sequence[DaysOff], reading: Reading, user: User
) -> datetime | None:
    """When the next card really comes, where a review's date `due` lies in a break."""
    for rest in sorted(breaks, key=lambda rest: rest.first):
        start, end = (
            day_start(day, user.time_zone, user.rollover_hour)
            for day in (rest.first, rest.last + timedelta(days=1))
        )
        if due is not None and start <= due < end:
            other = reading.next_due_besides(start, end)
            due = end if other is None else min(end, other)
    return due
