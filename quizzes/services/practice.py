"""Answers of cram and preview: kept in the log, without any effect on the schedule."""

from datetime import datetime
from uuid import UUID

from quizzes.domain.errors import EventInvalid
from quizzes.domain.events import Kind
from quizzes.domain.undo import CRAM, PREVIEW
from quizzes.services.cards import record_once
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
    record_once(user, Kind.PRACTICE, prompt_id, device, now, event_id=event_id, fields=fields)
