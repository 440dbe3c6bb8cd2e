"""What a learner does to a card besides answering it: suspend, bury, flag, reset, set its date."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q, QuerySet

from content.models import Chapter
from quizzes.domain.days import day_start, study_day
from quizzes.domain.errors import EventConflict, EventInvalid, QuizNotFound
from quizzes.domain.events import Kind, Reason, ReviewEvent
from quizzes.domain.undo import GROUP
from quizzes.domain.wording import storable
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.selectors.memory import CardView, card_states, today_of
from quizzes.services.intake import CONFLICT, INVALID, append, locked_memory
from quizzes.services.made_events import made_event
from studyhub.accounts.models import User

MARKS = (Kind.SUSPEND, Kind.UNSUSPEND, Kind.FLAG, Kind.BURY, Kind.RESET, Kind.SET_DUE)
CHAPTER_MARKS = (Kind.SUSPEND, Kind.UNSUSPEND, Kind.BURY)
MANY_MARKS = (Kind.SUSPEND, Kind.UNSUSPEND, Kind.FLAG, Kind.BURY, Kind.RESET)
DAYS_MAX = 3650
DONE_OTHERWISE = "This was already done otherwise, and that is kept."
RELOAD = "Reload the page to see it."


def mark_card(
    user: User,
    prompt_id: str,
    kind: Kind,
    *,
    device: UUID,
    now: datetime,
    event_id: UUID | None = None,
    flag: int = 1,
    due: date | None = None,
) -> CardView | None:
    """Writes one mark and gives the card as it is then. Called again with the same `event_id`, it
    changes nothing.

    A buried card rests until the next study day. `due` is the study day that set_due moves the
    card to, from today to ten years ahead. Raises QuizNotFound where the learner has no such card,
    EventInvalid for another date, and EventConflict where `event_id` is another act's.
    """
    if kind not in MARKS:
        raise EventInvalid("There is no such mark.", cure=f"Use one of {', '.join(MARKS)}.")
    with transaction.atomic():
        memory = locked_memory(user)
        if not _met(user, event_id, kind, prompt_id, flag=flag, due=due):
            mine = Card.objects.filter(user=user, prompt_id=prompt_id, removed=False)
            if not storable(prompt_id) or not mine.exists():
                raise QuizNotFound(
                    "That is no card of yours.", cure="Answer it in the notes first."
                )
            fields = _fields(user, kind, now, flag=flag, due=due)
            event = made_event(
                user,
                kind,
                prompt_id,
                device=device,
                seq=memory.cursor,
                now=now,
                event_id=event_id,
                **fields,
            )
            _write(memory, [event], now)
    return card_states(user, [prompt_id], now=now).get(prompt_id)


def mark_chapter(
    user: User,
    chapter_slug: str,
    kind: Kind,
    *,
    device: UUID,
    now: datetime,
    act_id: UUID,
) -> int:
    """Suspends, brings back or buries all cards of the chapter that this changes; gives how many.

    One act: it is taken back as one, and `act_id` makes a repeated call change nothing. Raises
    EventConflict where `act_id` is another act's.
    """
    if kind not in CHAPTER_MARKS:
        raise EventInvalid(
            "A chapter cannot be marked so.", cure=f"Use one of {', '.join(CHAPTER_MARKS)}."
        )
    if not Chapter.objects.filter(slug=chapter_slug).exists():
        raise QuizNotFound(f"There is no chapter {chapter_slug!r}.", cure="See the chapter list.")
    cards = Card.objects.filter(
        user=user, removed=False, prompt__chapter__slug=chapter_slug, prompt__retired_at=None
    )
    if kind is Kind.BURY:
        cards = cards.filter(Q(buried_until=None) | Q(buried_until__lte=now), suspended=False)
    else:
        cards = cards.filter(suspended=kind is Kind.UNSUSPEND)
    same = Q(kind=kind, prompt__chapter__slug=chapter_slug)
    fields = _fields(user, kind, now, flag=0, due=None)
    return _mark_many(user, cards, kind, same, fields, device=device, now=now, act_id=act_id)


def mark_cards(
    user: User,
    prompt_ids: Collection[str],
    kind: Kind,
    *,
    device: UUID,
    now: datetime,
    act_id: UUID,
    flag: int = 1,
) -> int:
    """Writes one mark, of any kind but a date, on each of these that is a card of the learner's;
    gives on how many. One act, as of a chapter."""
    if kind not in MANY_MARKS:
        raise EventInvalid(
            "Several cards cannot be marked so.", cure=f"Use one of {', '.join(MANY_MARKS)}."
        )
    named = [prompt for prompt in prompt_ids if storable(prompt)]
    cards = Card.objects.filter(user=user, removed=False, prompt__in=named)
    fields = _fields(user, kind, now, flag=flag, due=None)
    same = Q(kind=kind, prompt__in=named)
    if kind is Kind.FLAG:
        same &= Q(details__flag=flag)
    return _mark_many(user, cards, kind, same, fields, device=device, now=now, act_id=act_id)


def _mark_many(
    user: User,
    cards: QuerySet[Card],
    kind: Kind,
    same: Q,
    fields: dict[str, Any],
    *,
    device: UUID,
    now: datetime,
    act_id: UUID,
) -> int:
    """`same` tells the events of an earlier call from those of another act with this id."""
    reason = f"{GROUP}{act_id}"
    with transaction.atomic():
        memory = locked_memory(user)
        before = ReviewEventRow.objects.filter(user=user, reason=reason)
        if done := before.count():
            if before.filter(same).count() != done:
                raise EventConflict(DONE_OTHERWISE, cure=RELOAD)
            return done
        events = [
            made_event(
                user,
                kind,
                prompt,
                device=device,
                seq=memory.cursor + at,
                now=now,
                event_id=uuid5(act_id, prompt),
                reason=reason,
                **fields,
            )
            for at, prompt in enumerate(cards.order_by("pk").values_list("prompt_id", flat=True))
        ]
        _write(memory, events, now)
    return len(events)


def tomorrow(user: User, now: datetime) -> datetime:
    """When the learner's next study day begins."""
    day = today_of(user, now) + timedelta(days=1)
    return day_start(day, user.time_zone, user.rollover_hour)


def _met(
    user: User,
    event_id: UUID | None,
    kind: Kind,
    prompt_id: str,
    *,
    flag: int,
    due: date | None,
) -> bool:
    """Whether this very mark was made before. Raises EventConflict where the id is another's."""
    if event_id is None:
        return False
    row = ReviewEventRow.objects.filter(user=user, event_id=event_id).first()
    if row is None:
        return False
    before = row.event()
    same = (before.kind, before.prompt) == (kind, prompt_id)
    if kind is Kind.FLAG:
        same = same and before.flag == flag
    if kind is Kind.SET_DUE and before.due is not None:
        same = same and study_day(before.due, before.tz, before.rollover) == due
    if not same:
        raise EventConflict(DONE_OTHERWISE, cure=RELOAD)
    return True


def _fields(
    user: User, kind: Kind, now: datetime, *, flag: int, due: date | None
) -> dict[str, Any]:
    if kind is Kind.FLAG:
        return {"flag": flag}
    if kind is Kind.BURY:
        return {"until": tomorrow(user, now)}
    if kind is Kind.SET_DUE:
        today = today_of(user, now)
        if due is None or not today <= due <= today + timedelta(days=DAYS_MAX):
            raise EventInvalid(
                "That is no date for a card.",
                cure="Choose a day from today to ten years ahead.",
                errors={"due": ["must lie between today and ten years ahead"]},
            )
        moment = now if due == today else day_start(due, user.time_zone, user.rollover_hour)
        return {"due": moment, "reason": Reason.LEARNER.value}
    return {}


def _write(memory: UserMemory, events: list[ReviewEvent], now: datetime) -> None:
    for result in append(memory, events, received=now):
        if result.status == CONFLICT:
            raise EventConflict(DONE_OTHERWISE, cure=RELOAD)
        if result.status == INVALID:
            raise EventInvalid(
                "This card cannot be changed so.", cure="It may be gone by now; reload the page."
            )
