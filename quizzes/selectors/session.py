"""What to study now.

A session is not stored anywhere: it is worked out from the log and the cards at every call, so
that it goes on alike on every device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from quizzes.domain import fsrs, recalibration
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.session_order import WINDOW, Candidate, arranged, is_new, reviews_a_new
from quizzes.models import UserMemory
from quizzes.selectors.memory import memory_of, scheduling_of, timeline_of, today_of
from quizzes.selectors.plans import Allowance, allowance
from quizzes.selectors.queue_rows import Day, Waiting
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

    `next_due` is when the next card that is not due yet will be; None when there is none.
    `break_until` is the last day of a planned break that today lies in.
    """

    id: str
    cards: list[SessionCard]
    counts: dict[str, int]
    next_due: datetime | None
    break_until: date | None = None


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
    narrowed = Narrowed(slugs, kind, flag, deck)
    memory = memory or memory_of(user)
    reading = Reading(user.pk, now, today, narrowed)
    beyond = limit + _BEYOND if limit else 0
    day, due, before = reading.opening(memory.new_per_day, beyond)
    day, allowed = _allowed(day, reading, memory, today)
    new_left = min(max(allowed.new - day.begun, 0), day.new)
    reviews_left = min(max(allowed.reviews - day.reviewed, 0), due.reviews)
    counts = {
        "new": new_left,
        "learning": due.learning,
        "review": reviews_left,
        "due": due.learning + reviews_left,
        "beyond_limit": due.reviews - reviews_left,
    }
    chosen: list[int] = []
    in_force = scheduling_of(memory) if limit else None
    if limit and in_force:
        learning = [card for card in due.cards if not card.is_review]
        reviews = _by_risk(due.cards, memory, today, in_force)[:reviews_left]
        new: list[Waiting] = []
        done, every = day.reviewed + day.begun, reviews_a_new(reviews_left, new_left)
        open_places = range(done, done + limit - len(learning))
        of_new = any(is_new(place, every) for place in open_places)
        if new_left and (of_new or len(reviews) < len(open_places)):
            wanted = min(new_left, beyond)
            seed = today.toordinal() * 7919 + user.pk
            new = reading.new(wanted, memory.new_order, allowed.first_chapters, seed)
        if not (learning or reviews or new):
            learning = reading.soon(now + LEARN_AHEAD, limit)
            counts["learning"] = counts["due"] = len(learning)
        chosen = _ordered(learning, reviews, new, before, done=done, every=every, limit=limit)
    return Session(
        id=session_id(user, today),
        cards=session_cards(reading, chosen, today, in_force) if in_force else [],
        counts=counts,
        next_due=day.next_due,
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


def _ordered(
    learning: Sequence[Waiting],
    reviews: Sequence[Waiting],
    new: Sequence[Waiting],
    before: Sequence[Candidate],
    *,
    done: int,
    every: int,
    limit: int,
) -> list[int]:
    """Ids of the cards in the order to show them; `before` has what was answered last."""
    waiting = {w.candidate.prompt: w for w in (*learning, *reviews, *new)}
    if not waiting:
        return []
    first = arranged([w.candidate for w in learning], before=before, limit=limit)
    rest = arranged(
        [w.candidate for w in reviews],
        [w.candidate for w in new],
        before=[*before, *(waiting[prompt].candidate for prompt in first)],
        done=done,
        reviews_a_new=every,
        limit=limit - len(first),
    )
    return [waiting[prompt].card for prompt in (*first, *rest)]
