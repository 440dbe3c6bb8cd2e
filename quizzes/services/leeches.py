"""Leeches: suspended right after the lapse where the learner wants that, or kept as they are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid5

from django.db import transaction

from quizzes.domain.errors import QuizNotFound
from quizzes.domain.events import Kind, ReviewEvent
from quizzes.domain.fsrs import AGAIN
from quizzes.domain.leeches import LEECH, steps, suspension_of
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.services.intake import append, locked_memory
from studyhub.accounts.models import User


def follow_lapses(
    memory: UserMemory, created: Sequence[ReviewEvent], *, received: datetime
) -> None:
    """Suspends the cards that these new events made leeches, and takes suspensions back whose
    lapse was taken back. Runs in the transaction that took the events in."""
    follow = [*_suspensions(memory, created), *_withdrawn(memory, created)]
    if follow:
        append(memory, follow, received=received)


def _suspensions(memory: UserMemory, created: Sequence[ReviewEvent]) -> list[ReviewEvent]:
    if not memory.leech_suspend:
        return []
    missed = [e for e in created if e.kind is Kind.REVIEW and e.rating == AGAIN and e.prompt]
    if not missed:
        return []
    lapsed = Counter(event.prompt for event in missed)
    newest = {event.prompt: event for event in sorted(missed, key=lambda event: event.order)}
    cards = Card.objects.filter(
        user_id=memory.user_id,
        prompt_id__in=list(lapsed),
        suspended=False,
        removed=False,
        lapses__gte=memory.leech_lapses,
    ).values_list("prompt_id", "lapses")
    found = {
        prompt: steps(lapses, memory.leech_lapses)
        for prompt, lapses in cards
        if steps(lapses, memory.leech_lapses) > steps(lapses - lapsed[prompt], memory.leech_lapses)
    }
    # A miss while relearning is no lapse: what was suspended for this number already is left.
    before = Counter(
        ReviewEventRow.objects.filter(
            user_id=memory.user_id, prompt_id__in=list(found), kind=Kind.SUSPEND, reason=LEECH
        ).values_list("prompt_id", flat=True)
    )
    return [_suspension(newest[prompt]) for prompt in found if before[prompt] < found[prompt]]


def _suspension(review: ReviewEvent) -> ReviewEvent:
    """The event that follows the review, on its device and its study day."""
    moment = timedelta(milliseconds=1)
    return replace(
        review,
        id=suspension_of(review.id),
        kind=Kind.SUSPEND,
        at=review.at + moment,
        effective_at=review.effective_at + moment,
        rating=None,
        duration_ms=None,
        version=None,
        reason=LEECH,
    )


def _withdrawn(memory: UserMemory, created: Sequence[ReviewEvent]) -> list[ReviewEvent]:
    voids = {suspension_of(e.target): e for e in created if e.kind is Kind.VOID and e.target}
    if not voids:
        return []
    there = ReviewEventRow.objects.filter(user_id=memory.user_id, event_id__in=list(voids))
    return [
        replace(voids[event], id=uuid5(event, "void"), target=event, reason=LEECH)
        for event in there.values_list("event_id", flat=True)
    ]


def keep_leech(user: User, prompt_id: str) -> None:
    """Goes on with the card as it is, until it has lapsed half as often again."""
    with transaction.atomic():
        memory = locked_memory(user)
        card = Card.objects.filter(user=user, prompt_id=prompt_id, removed=False).first()
        if card is None:
            raise QuizNotFound("That is no card of yours.", cure="Go back to the list.")
        card.leech_kept = card.lapses
        card.change_seq = memory.next_seq()
        card.save(update_fields=["leech_kept", "change_seq"])
        memory.save()
