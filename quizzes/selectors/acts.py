"""What a learner did this study day, read from the log: what undo takes back, and where a sitting
stands. The same on every device, since nothing of it lives in a browser."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.aggregates import Count

from content.models import Deck
from quizzes.domain.days import study_day
from quizzes.domain.events import Kind, Reason, ReviewEvent
from quizzes.domain.fsrs import AGAIN
from quizzes.domain.undo import CRAM, GROUP, NOT_ACTS, PREVIEW, UNDOABLE, said
from quizzes.models import ReviewEventRow
from quizzes.selectors.memory import today_of
from studyhub.accounts.models import User

#: Events are read so many for each act that is asked for; acts on many cards take more.
EVENTS_AN_ACT = 40


@dataclass(frozen=True)
class Act:
    """One thing that the learner did and can take back.

    `day` is the study day that its card was set to, None for other acts. `cards` is 1, or how many
    cards were marked at once; `prompt` is then one of them, and `question` its text.
    """

    event: UUID
    kind: Kind
    prompt: str
    question: str
    at: datetime
    rating: int | None = None
    flag: int | None = None
    due: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    cards: int = 1
    day: date | None = None

    @property
    def said(self) -> str:
        return said(self.kind, rating=self.rating, flag=self.flag, cards=self.cards, day=self.day)


@dataclass(frozen=True)
class Sitting:
    """The study day's reviews that stand: how many, the prompts that were missed (each once, the
    latest first), and the seconds that were spent on them."""

    done: int
    missed: tuple[str, ...]
    seconds: float


def last_acts(user: User, *, now: datetime, limit: int = 1) -> list[Act]:
    """What undo would take back, the last act first. Acts on many cards at once count as one."""
    found: list[Act] = []
    seen: set[str] = set()
    rows = undoable(user, now).select_related("prompt")
    ordered = rows.order_by("-effective_at", "-device", "-seq", "-event_id")
    for row in _in_parts(ordered, limit * EVENTS_AN_ACT):
        if row.reason.startswith(GROUP):
            if row.reason in seen:
                continue
            seen.add(row.reason)
        found.append(act_of(row))
        if len(found) == limit:
            break
    return found


def _in_parts(rows: QuerySet[ReviewEventRow], size: int) -> Iterator[ReviewEventRow]:
    start = 0
    while part := list(rows[start : start + size]):
        yield from part
        if len(part) < size:
            return
        start += size


def act_of(row: ReviewEventRow) -> Act:
    event = row.event()
    cards = 1
    if row.reason.startswith(GROUP):
        cards = ReviewEventRow.objects.filter(
            user_id=row.user_id, day=row.day, reason=row.reason
        ).count()
    return Act(
        event=event.id,
        kind=event.kind,
        prompt=event.prompt or "",
        question=row.prompt.question_text if row.prompt else "",
        at=event.effective_at,
        rating=event.rating,
        flag=event.flag,
        due=event.due,
        until=event.until,
        reason=event.reason,
        cards=cards,
        day=due_day(event),
    )


def due_day(event: ReviewEvent) -> date | None:
    """The study day that a `set_due` sets its card to; None of other kinds."""
    return study_day(event.due, event.tz, event.rollover) if event.due else None


def undoable(user: User, now: datetime) -> QuerySet[ReviewEventRow]:
    """Events of this study day that are the learner's own acts and stand."""
    own_dates = ~Q(kind=Kind.SET_DUE) | Q(reason__in=("", Reason.LEARNER))
    own_practice = ~Q(kind=Kind.PRACTICE) | Q(reason__in=(CRAM, PREVIEW))
    return (
        standing(user.pk)
        .filter(own_dates, own_practice, kind__in=UNDOABLE, day__gte=today_of(user, now))
        .exclude(reason__in=NOT_ACTS)
    )


def standing(user_id: int) -> QuerySet[ReviewEventRow]:
    """The learner's events about cards that were not taken back."""
    return ReviewEventRow.objects.filter(~taken_back(), user=user_id)


def taken_back() -> Exists:
    """Condition of an event that a void of its own card took back. A void that came before its
    target may name another card: it takes nothing back, as in the fold."""
    voids = ReviewEventRow.objects.filter(
        user=OuterRef("user"),
        kind=Kind.VOID,
        target=OuterRef("event_id"),
        prompt=OuterRef("prompt"),
    )
    return Exists(voids)


def sitting(
    user: User, *, now: datetime, chapters: Sequence[str] = (), deck: str | None = None
) -> Sitting:
    """What this study day brought so far, on all devices; of the chapters or the deck alone where
    they are given, by slug."""
    reviews = standing(user.pk).filter(kind=Kind.REVIEW, day__gte=today_of(user, now))
    if chapters:
        reviews = reviews.filter(prompt__chapter__slug__in=chapters)
    if deck is not None:
        mine = Deck.objects.filter(Q(owner=None) | Q(owner=user), slug=deck)
        reviews = reviews.filter(prompt__deck__in=mine)
    counted = reviews.aggregate(done=Count("pk"), spent=Sum("duration_ms"))
    missed = reviews.filter(rating=AGAIN).order_by("-effective_at")
    return Sitting(
        done=counted["done"],
        missed=tuple(dict.fromkeys(str(p) for p in missed.values_list("prompt_id", flat=True))),
        seconds=(counted["spent"] or 0) / 1000,
    )
