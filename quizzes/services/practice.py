"""Answers of cram and preview: kept in the log, without any effect on the schedule."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from quizzes.domain.errors import EventConflict, EventInvalid
from quizzes.domain.events import Kind
from quizzes.domain.undo import CRAM, PREVIEW
from quizzes.models import ReviewEventRow
from quizzes.services.cards import record
from quizzes.services.intake import locked_memory
from studyhub.accounts.models import User


def practise(
    user: User,
    prompt_id: str,
    *,
    rating: int,
    mode: str,
    device: UUID,
    now: datetime,
    event_id: UUID | None = None,
    duration_ms: int | None = None,
    tz: str | None = None,
    rollover: int | None = None,
) -> None:
    """Records one answer of a round; `mode` is cram or preview.

    The same answer with the same `event_id` again changes nothing. Raises EventConflict where that
    id is another act's, which is kept.
    """
    if mode not in (CRAM, PREVIEW):
        raise EventInvalid("There is no such practice.", cure=f"Use {CRAM} or {PREVIEW}.")
    fields = {
        "rating": rating,
        "duration_ms": duration_ms,
        "tz": tz,
        "rollover": rollover,
        "reason": mode,
    }
    with transaction.atomic():
        memory = locked_memory(user)
        met = ReviewEventRow.objects.filter(user=user, event_id=event_id) if event_id else None
        before = met.first() if met is not None else None
        if before is not None:
            known = (before.kind, before.prompt_id, before.rating, before.reason)
            if known != (Kind.PRACTICE, prompt_id, rating, mode):
                raise EventConflict(
                    "This was already answered otherwise, and that is kept.",
                    cure="Reload the page to see it.",
                )
            return
        record(
            memory, user, Kind.PRACTICE, prompt_id, device, now, event_id=event_id, fields=fields
        )
