"""Leeches: suspended right after the lapse where the learner wants that, or kept as they are."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import uuid5

from django.db import transaction
from django.db.models import Q
from msgspec.structs import replace

from quizzes.domain.errors import QuizNotFound
from quizzes.domain.events import Kind, ReviewEvent
from quizzes.domain.fsrs import AGAIN
from quizzes.domain.leeches import LEECH, steps, suspension_of
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.selectors.acts import standing
from quizzes.services.intake import CREATED, EventResult, append, locked_memory
from quizzes.services.stored import Stored
from studyhub.accounts.models import User


def take_in(
    memory: UserMemory,
    events: Sequence[ReviewEvent],
    *,
    received: datetime,
    found: Stored | None = None,
) -> list[EventResult]:
    """`append`, and then what follows from lapses: the cards that new events made leeches are
    suspended, and suspensions whose lapse was taken back are taken back too."""
    results = append(memory, events, received=received, found=found)
    of_each = zip(events, results, strict=True)
    created = [event for event, result in of_each if result.status == CREATED]
    follow = [*_suspensions(memory, created), *_withdrawn(memory, created)]
    if follow:
        append(memory, follow, received=received)
    return results


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
    before = _suspended_before(memory.user_id, found) if found else Counter[str]()
    return [_suspension(newest[prompt]) for prompt in found if before[prompt] < found[prompt]]


def _suspended_before(user_id: int, prompts: Collection[str]) -> Counter[str]:
    """How often each was suspended as a leech since it was begun anew; what was taken back does
    not count."""
    counts = Counter[str]()
    rows = standing(user_id).filter(
        Q(kind=Kind.RESET) | Q(kind=Kind.SUSPEND, reason=LEECH), prompt_id__in=list(prompts)
    )
    ordered = rows.order_by("effective_at", "device", "seq", "event_id")
    for prompt, kind in ordered.values_list("prompt_id", "kind"):
        counts[str(prompt)] = 0 if kind == Kind.RESET else counts[str(prompt)] + 1
    return counts


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
