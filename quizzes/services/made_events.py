"""Events that the server writes for a learner: read by the rules that hold for a device's."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from quizzes.domain.days import stored_zone
from quizzes.domain.events import Kind, ReviewEvent, moment_text
from quizzes.domain.intake import read_event
from studyhub.accounts.models import User


def made_event(
    user: User,
    kind: Kind,
    prompt_id: str | None,
    *,
    device: UUID,
    seq: int,
    now: datetime,
    event_id: UUID | None = None,
    **fields: Any,
) -> ReviewEvent:
    """An event of now, in the learner's time zone and rollover, where `fields` (None: not said) do
    not say otherwise. Raises EventInvalid."""
    said = {name: value for name, value in fields.items() if value is not None}
    payload = {
        "id": event_id or uuid4(),
        "device": device,
        "seq": seq,
        "kind": kind.value,
        "prompt": prompt_id,
        "at": moment_text(now),
        "tz": stored_zone(user.time_zone).key,
        "rollover": user.rollover_hour,
        **said,
    }
    return read_event(payload, received=now)
