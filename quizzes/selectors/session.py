"""What to study now.

A session is not stored anywhere: it is worked out from the log and the cards at every call, so
that it goes on alike on every device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from content.models import Prompt
from quizzes.domain.fold import interval_previews
from quizzes.domain.fsrs import AGAIN, EASY, GOOD, HARD
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.session_order import WINDOW, arranged, mixed
from quizzes.models import Card, UserMemory
from quizzes.selectors.memory import CardView, timeline_of, today_of, view_of
from quizzes.selectors.plans import allowance
from quizzes.selectors.session_queue import Narrowed, Reading, Waiting
from studyhub.accounts.models import User

LIMIT_MAX = 200
#: With nothing else left, a learning card is shown so much before its time, as Anki does.
LEARN_AHEAD = timedelta(minutes=20)
#: Read beyond the page, so that a better neighbour or a requirement can be found there.
_BEYOND = 2 * WINDOW
RATING_NAMES = {AGAIN: "again", HARD: "hard", GOOD: "good", EASY: "easy"}
_SESSIONS = UUID("5b9f2b0e-3f5d-4b55-9c0c-6f6a3b1d2a10")


@dataclass(frozen=True)
class SessionCard:
    """`intervals` says for again, hard, good and easy in how many seconds the card would be due;
    None where the answer is practice and leaves the schedule alone."""

    prompt: Prompt
    state: CardView
    intervals: dict[str, int] | None


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
    kind: str | None = None,
    flag: int | None = None,
    deck: str | None = None,
    memory: UserMemory | None = None,
) -> Session:
    """The next cards: learning ones by their due time, then reviews, most at risk first, with the
    day's new cards spread evenly among them.

    Chapters are mixed, requirements come first, siblings keep apart. Daily limits count what was
    done today on any device; learning cards are never held back. `flag` holds to cards with that
    flag, 0 to cards with any. `memory` saves a query where the caller has read it. The id is the
    same all through a study day.
    """
    limit = max(0, min(limit, LIMIT_MAX))
    today = today_of(user, now)
    memory = memory or UserMemory.objects.filter(user=user).first() or UserMemory(user=user)
    allowed = allowance(memory, today=today)
    reading = Reading(user.pk, now, today, Narrowed(chapter, kind, flag, deck))
    day = reading.day(allowed.new)
    new_left = min(max(allowed.new - day.begun, 0), day.new)
    due = reading.due(limit + _BEYOND if limit else 0)
    reviews_left = min(max(allowed.reviews - day.reviewed, 0), due.reviews)
    counts = {
        "new": new_left,
        "learning": due.learning,
        "review": reviews_left,
        "due": due.learning + reviews_left,
        "beyond_limit": due.reviews - reviews_left,
    }
    chosen: list[int] = []
    if limit:
        learning = [card for card in due.cards if not card.is_review]
        reviews = [card for card in due.cards if card.is_review][:reviews_left]
        new: list[Waiting] = []
        if new_left and len(learning) < limit:
            wanted = min(new_left, limit + _BEYOND)
            seed = today.toordinal() * 7919 + user.pk
            new = reading.new(wanted, memory.new_order, allowed.first_chapters, seed)
        if not (learning or reviews or new):
            learning = reading.soon(now + LEARN_AHEAD, limit)
            counts["learning"] = counts["due"] = len(learning)
        chosen = _ordered(
            reading,
            learning,
            reviews,
            new,
            reviews_of=(day.reviewed, day.reviewed + reviews_left),
            new_of=(day.begun, day.begun + new_left),
        )[:limit]
    return Session(
        id=str(uuid5(_SESSIONS, f"{user.pk}:{today}")),
        cards=session_cards(user, chosen, today),
        counts=counts,
        next_due=day.next_due,
        break_until=allowed.break_until,
    )


def _ordered(
    reading: Reading,
    learning: Sequence[Waiting],
    reviews: Sequence[Waiting],
    new: Sequence[Waiting],
    *,
    reviews_of: tuple[int, int],
    new_of: tuple[int, int],
) -> list[int]:
    """Ids of the cards in the order to show them."""
    waiting = {w.candidate.prompt: w for w in (*learning, *reviews, *new)}
    if not waiting:
        return []
    before = reading.recent()
    first = arranged([w.candidate for w in learning], before)
    line = mixed(
        [w.candidate.prompt for w in reviews],
        [w.candidate.prompt for w in new],
        reviews_of=reviews_of,
        new_of=new_of,
    )
    before = [*before, *(waiting[prompt].candidate for prompt in first)]
    rest = arranged([waiting[prompt].candidate for prompt in line], before)
    return [waiting[prompt].card for prompt in (*first, *rest)]


def session_cards(
    user: User, card_ids: Sequence[int], today: date, *, practice: bool = False
) -> list[SessionCard]:
    """These cards in this order, with their texts."""
    if not card_ids:
        return []
    scheduling = timeline_of(user.pk).newest
    rows = Card.objects.filter(pk__in=card_ids).select_related("prompt__chapter")
    found = {card.pk: card for card in rows}
    shown = (found[pk] for pk in card_ids if pk in found)
    return [_session_card(card, today, scheduling, practice) for card in shown]


def _session_card(card: Card, today: date, scheduling: Scheduling, practice: bool) -> SessionCard:
    intervals = None
    if not practice:
        seconds = interval_previews(card.state(), today, scheduling)
        intervals = {RATING_NAMES[rating]: value for rating, value in seconds.items()}
    return SessionCard(card.prompt, view_of(card, today, scheduling), intervals)
