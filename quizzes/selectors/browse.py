"""All cards of a learner, searched, sorted and paged by what stands in them."""

import base64
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, TextField
from django.db.models.functions import Cast

from quizzes.domain.browse import SORTS, Search, Term, read_search
from quizzes.domain.scheduler import Phase
from quizzes.domain.wording import storable
from quizzes.models import Card
from quizzes.selectors.leeches import leech_lapses
from studyhub.accounts.models import User
from studyhub.base.errors import CursorInvalid

PAGE, PAGE_MAX = 50, 200
COUNTED = 1_000
"""Found cards are counted up to here: a count of all would read them all."""
#: By sort: the column, and whether the largest comes first. An index serves the first three.
ORDERS = {
    "changed": ("change_seq", True),
    "due": ("due", False),
    "added": ("new_order", False),
    "lapses": ("lapses", True),
    "difficulty": ("difficulty", True),
}


@dataclass(frozen=True)
class BrowseRow:
    """One card. `place` is the title of its chapter or deck; `state` says how it is scheduled:
    new, learning, review, relearning, suspended, buried or deleted."""

    prompt: str
    text: str
    kind: str
    tags: tuple[str, ...]
    own: bool
    place: str
    deck: str
    chapter: str | None
    state: str
    due: datetime | None
    interval: int
    lapses: int
    flag: int
    leech: bool


@dataclass(frozen=True)
class BrowsePage:
    """`found` is how many cards fit, None beyond COUNTED; `cursor` begins the next page."""

    rows: list[BrowseRow]
    found: int | None
    cursor: str
    search: Search


@dataclass(frozen=True)
class Loss:
    """What beginning cards anew takes: of so many `cards`, those that have a schedule, and the
    longest interval among them, in days."""

    cards: int
    scheduled: int
    longest: int


def browse(
    user: User, *, now: datetime, query: str = "", sort: str = "changed", cursor: str = "",
    limit: int = PAGE, deck: str | None = None,
) -> BrowsePage:  # fmt: skip
    """A page of the learner's cards, with `deck` (a slug) of that deck alone.

    Raises CursorInvalid where no page of this sort gave the cursor.
    """
    search = read_search(query)
    sort = sort if sort in SORTS else "changed"
    limit = max(1, min(limit, PAGE_MAX))
    leech = leech_lapses(user)
    cards = matching(user, search, now=now, leech=leech)
    if deck is not None:
        cards = cards.filter(prompt__deck__slug=deck, prompt__owner=user)
    column, falling = ORDERS[sort]
    if sort == "due":
        cards = cards.filter(due__isnull=False, suspended=False).exclude(phase=Phase.NEW)
    if sort == "difficulty":
        cards = cards.filter(difficulty__isnull=False)
    page = _after(cards, column, falling, _read_cursor(cursor, sort))
    sign = "-" if falling else ""
    ordered = page.order_by(f"{sign}{column}", f"{sign}pk")
    chosen = list(ordered.select_related("prompt__deck", "prompt__chapter")[: limit + 1])
    # A page that is not full was the whole search: counting would only search again.
    whole = len(chosen) <= limit and not cursor
    found = len(chosen) if whole else cards.order_by()[: COUNTED + 1].count()
    return BrowsePage(
        rows=[_row(card, now, leech) for card in chosen[:limit]],
        found=found if found <= COUNTED else None,
        cursor=_cursor(sort, column, chosen[limit - 1]) if len(chosen) > limit else "",
        search=search,
    )


def what_reset_loses(user: User, prompt_ids: Collection[str]) -> Loss:
    """Of these cards, as far as they are the learner's."""
    named = [prompt for prompt in prompt_ids if storable(prompt)]
    cards = Card.objects.filter(user=user, removed=False, prompt__in=named)
    scheduled = Q(phase__in=[phase for phase in Phase if phase is not Phase.NEW])
    found = cards.aggregate(
        cards=Count("pk"), scheduled=Count("pk", filter=scheduled), longest=Max("interval")
    )
    return Loss(found["cards"], found["scheduled"], found["longest"] or 0)


def matching(user: User, search: Search, *, now: datetime, leech: int) -> QuerySet[Card]:
    """The learner's cards that meet every condition; deleted ones only where asked for."""
    cards = Card.objects.filter(user=user, removed=False)
    deleted = search.asks("is", "deleted")
    cards = cards.filter(prompt__retired_at__isnull=not deleted)
    if deleted:
        cards = cards.filter(prompt__owner=user)
    if any(term.key == "tag" for term in search.terms):
        cards = cards.annotate(tags_text=Cast("prompt__tags", TextField()))
    for term in search.terms:
        if (term.key, term.value) != ("is", "deleted"):
            condition = _condition(user, term, now, leech)
            cards = cards.exclude(condition) if term.no else cards.filter(condition)
    return cards


def _condition(user: User, term: Term, now: datetime, leech: int) -> Q:
    value = term.value
    match term.key:
        case "tag":
            return _tagged(value)
        case "deck":
            return Q(prompt__deck__slug__iexact=value) | Q(prompt__deck__title__iexact=value)
        case "chapter":
            if value.isascii() and value.isdigit() and len(value) < 4:
                return Q(prompt__chapter__number=int(value))
            return Q(prompt__chapter__slug__iexact=value)
        case "kind":
            return Q(prompt__kind=value)
        case "is":
            return _in_state(user, value, now, leech)
        case _:
            texts = Q(prompt__question_text__icontains=value)
            return texts | Q(prompt__answer_html__icontains=value) | Q(prompt=value.casefold())


def _tagged(value: str) -> Q:
    """The tag itself or one below it, as `light::waves`; SQLite's JSON spells é as \\u00e9."""
    found = Q()
    for spelled in {value, json.dumps(value)[1:-1]}:
        found |= Q(tags_text__icontains=f'"{spelled}"') | Q(tags_text__icontains=f'"{spelled}::')
    return found


def _in_state(user: User, state: str, now: datetime, leech: int) -> Q:
    buried = Q(buried_until__gt=now)
    match state:
        case "due":
            return Q(suspended=False, due__lte=now) & ~Q(phase=Phase.NEW) & ~buried
        case "new":
            return Q(phase=Phase.NEW, suspended=False)
        case "learning":
            return Q(phase__in=(Phase.LEARNING, Phase.RELEARNING), suspended=False)
        case "review":
            return Q(phase=Phase.REVIEW, suspended=False)
        case "suspended":
            return Q(suspended=True)
        case "buried":
            return buried
        case "flagged":
            return Q(flag__gt=0)
        case "leech":
            return Q(lapses__gte=leech)
        case "own":
            return Q(prompt__owner=user)
        case _:
            return Q(prompt__owner=None)


def _row(card: Card, now: datetime, leech: int) -> BrowseRow:
    prompt = card.prompt
    chapter = prompt.chapter
    return BrowseRow(
        prompt=prompt.pk,
        text=prompt.question_text,
        kind=prompt.kind,
        tags=tuple(prompt.tags),
        own=prompt.owner_id is not None,
        place=f"{chapter.number}. {chapter.title}" if chapter else prompt.deck.title,
        deck=prompt.deck.slug,
        chapter=chapter.slug if chapter else None,
        state=_state(card, now),
        due=None if card.phase == Phase.NEW else card.due,
        interval=card.interval,
        lapses=card.lapses,
        flag=card.flag,
        leech=card.lapses >= leech,
    )


def _state(card: Card, now: datetime) -> str:
    if card.prompt.retired_at is not None:
        return "deleted"
    if card.suspended:
        return "suspended"
    if card.buried_until is not None and card.buried_until > now:
        return "buried"
    return str(card.phase)


def _after(cards: QuerySet[Card], column: str, falling: bool, last: Any) -> QuerySet[Card]:
    """The cards behind the last one of the page before."""
    if last is None:
        return cards
    value, pk = last
    way = "lt" if falling else "gt"
    return cards.filter(
        Q(**{f"{column}__{way}": value}) | Q(**{column: value, f"pk__{way}": pk}),
        **{f"{column}__{way}e": value},
    )


def _cursor(sort: str, column: str, card: Card) -> str:
    value = getattr(card, column)
    said = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([sort, said, card.pk]).encode()).decode().rstrip("=")


def _read_cursor(text: str, sort: str) -> tuple[Any, int] | None:
    if not text:
        return None
    try:
        padded = text[:200] + "=" * (-len(text[:200]) % 4)
        of, value, pk = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if of != sort or not _whole(pk):
            raise CursorInvalid
        if sort == "due":
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise CursorInvalid
            return moment.astimezone(UTC), pk
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise CursorInvalid from None
    if not (_whole(value) or (isinstance(value, float) and abs(value) < 2**63)):
        raise CursorInvalid
    return value, pk


def _whole(value: Any) -> bool:
    """Whether the database can hold it as a whole number."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
