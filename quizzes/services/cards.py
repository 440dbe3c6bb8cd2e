"""What a learner does to their cards: send events, answer, add a chapter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from content.models import Chapter, Prompt
from quizzes.domain.errors import EventConflict, EventInvalid, QuizNotFound
from quizzes.domain.events import Kind, ReviewEvent
from quizzes.domain.intake import read_sent_event, unknown_chapter
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.selectors.memory import CardView, card_states
from quizzes.selectors.session import Session, session
from quizzes.selectors.sync import cursor_after, newest_text
from quizzes.services.folding import new_order, save_cards
from quizzes.services.intake import CONFLICT, INVALID, EventResult, locked_memory, opened
from quizzes.services.leeches import take_in
from quizzes.services.made_events import made_event
from studyhub.accounts.models import User


@dataclass(frozen=True)
class Recorded:
    """One result per sent event, in input order, the newest cursor, and the session after it all
    where next cards were asked for."""

    results: list[EventResult]
    cursor: str
    session: Session | None = None


def record_events(
    user: User, payloads: Sequence[Any], *, now: datetime, next_cards: int = 0
) -> Recorded:
    """Takes in what a device sends, each event on its own: one that is refused stops no other.

    Sending the same again is harmless. What is reported as created is in the log and in its card.
    With `next_cards`, the next so many cards of the learner's session come back as well.
    """
    read = _of_known_chapters([_read(payload, now) for payload in payloads])
    events = [e for e in read if isinstance(e, ReviewEvent)]
    with transaction.atomic():
        memory, found, texts = opened(user, events, newest_text())
        taken = take_in(memory, events, received=now, found=found)
    cursor = cursor_after(memory.cursor, texts)
    in_order = iter(taken)
    results = [e if isinstance(e, EventResult) else next(in_order) for e in read]
    if not next_cards:
        return Recorded(results, cursor)
    upcoming = session(user, now=now, limit=next_cards, memory=memory)
    return Recorded(results, cursor, upcoming)


def _read(payload: Any, now: datetime) -> ReviewEvent | EventResult:
    try:
        return read_sent_event(payload, received=now)
    except EventInvalid as refusal:
        sent_id = payload.get("id") if isinstance(payload, Mapping) else None
        return EventResult(str(sent_id) if sent_id is not None else None, INVALID, refusal.message)


def _of_known_chapters(
    read: Sequence[ReviewEvent | EventResult],
) -> Sequence[ReviewEvent | EventResult]:
    """The same, with a refusal in place of settings for chapters that there are not."""
    found = (e.scheduling for e in read if isinstance(e, ReviewEvent) and e.scheduling)
    named = {slug for change in found for slug, _ in change.chapter_retention or ()}
    if not named:
        return read
    chapters = set(Chapter.objects.filter(slug__in=named).values_list("slug", flat=True))
    return [
        EventResult(str(event.id), INVALID, problem)
        if isinstance(event, ReviewEvent) and (problem := unknown_chapter(event, chapters))
        else event
        for event in read
    ]


def review_prompt(
    user: User,
    prompt_id: str,
    *,
    rating: int,
    device: UUID,
    now: datetime,
    duration_ms: int | None = None,
    tz: str | None = None,
    rollover: int | None = None,
    event_id: UUID | None = None,
) -> CardView | None:
    """Records one answer and gives the card as it is then.

    With `event_id` a repeated call changes nothing, whenever it comes; None where that answer was
    taken back meanwhile and no other made the card. Time zone and rollover are the learner's unless
    given. Raises EventInvalid, or EventConflict where the id is taken.
    """
    fields = {"rating": rating, "duration_ms": duration_ms, "tz": tz, "rollover": rollover}
    record_once(user, Kind.REVIEW, prompt_id, device, now, event_id=event_id, fields=fields)
    return card_states(user, [prompt_id], now=now).get(prompt_id)


def record_once(
    user: User,
    kind: Kind,
    prompt_id: str,
    device: UUID,
    now: datetime,
    *,
    event_id: UUID | None,
    fields: Mapping[str, Any],
) -> None:
    """Writes one answer; with an `event_id` that was met before, nothing. Raises EventConflict
    where that id is another act's."""
    with transaction.atomic():
        memory = locked_memory(user)
        met = ReviewEventRow.objects.filter(user=user, event_id=event_id) if event_id else None
        before = met.first() if met is not None else None
        if before is None:
            record(memory, user, kind, prompt_id, device, now, event_id=event_id, fields=fields)
            return
        answer = (kind, prompt_id, fields["rating"], fields.get("reason", ""))
        if (before.kind, before.prompt_id, before.rating, before.reason) != answer:
            raise EventConflict(
                "This answer was already given otherwise, and that one is kept.",
                cure="Reload the page to see it.",
            )


def record(
    memory: UserMemory,
    user: User,
    kind: Kind,
    prompt_id: str | None,
    device: UUID,
    now: datetime,
    *,
    event_id: UUID | None = None,
    fields: Mapping[str, Any],
) -> EventResult:
    """Writes one event of the server's own, under the lock that `memory` stands for."""
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
    [result] = take_in(memory, [event], received=now)
    if result.status == INVALID:
        raise EventInvalid(f"The answer cannot be recorded: {result.reason}.")
    if result.status == CONFLICT:
        raise EventConflict("This answer was already given otherwise, and that one is kept.")
    return result


def add_chapter(user: User, chapter_slug: str, *, now: datetime) -> int:
    """Makes a card of every prompt of the chapter that has none yet; gives how many are new."""
    chapter = Chapter.objects.filter(slug=chapter_slug, retired_at=None).first()
    if chapter is None:
        raise QuizNotFound(f"There is no chapter {chapter_slug!r}.", cure="See the chapter list.")
    with transaction.atomic():
        memory = locked_memory(user)
        prompts = list(
            Prompt.objects.filter(chapter=chapter, retired_at=None).select_related("chapter")
        )
        cards = {
            card.prompt_id: card for card in Card.objects.filter(user=user, prompt__chapter=chapter)
        }
        fresh = 0
        changed = []
        for prompt in prompts:
            card = cards.get(prompt.pk) or Card(
                user=user, prompt=prompt, removed=True, new_order=new_order(prompt)
            )
            if card.added and not card.removed:
                continue
            fresh += card.removed
            card.added, card.removed = True, False
            card.change_seq = memory.next_seq()
            changed.append(card)
        save_cards(changed)
        memory.save()
    return fresh
