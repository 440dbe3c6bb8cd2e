"""Writes moved due dates as `set_due` events, and takes them back."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from quizzes.domain.balance import Move
from quizzes.domain.days import day_start, stored_zone
from quizzes.domain.events import Kind, moment_text
from quizzes.domain.intake import read_event
from quizzes.models import Card, UserMemory
from quizzes.selectors.moves import moves_in_force
from quizzes.services.intake import CREATED, append
from studyhub.accounts.models import User

#: The device of events that no plan made; a plan's own id is the device of what it moves.
SCHEDULER = UUID("3f0a1f0e-6c1e-5d0b-9f39-5c2f6f4f6a10")
_BATCH = 500


class PlannedMove(NamedTuple):
    """A move and the plan (or SCHEDULER) that asks for it."""

    move: Move
    plan: UUID


def make_moves(
    memory: UserMemory, user: User, moves: Sequence[PlannedMove], *, today: date, now: datetime
) -> int:
    """Sets the due dates, under the lock that `memory` stands for; gives how many were set.

    A move to today makes the card due now. The id of each event follows from what it decides, so
    that deciding the same again adds nothing.
    """
    made = 0
    for start in range(0, len(moves), _BATCH):
        made += _set_due(memory, user, moves[start : start + _BATCH], today, now)
    return made


def _set_due(
    memory: UserMemory, user: User, moves: Sequence[PlannedMove], today: date, now: datetime
) -> int:
    cards = Card.objects.filter(user=user, prompt__in=[one.move.prompt for one in moves])
    stands = {
        prompt: f"{last_review}:{due}"
        for prompt, last_review, due in cards.order_by().values_list(
            "prompt_id", "last_review", "due"
        )
    }
    payloads = []
    for planned in moves:
        prompt, day, reason = planned.move.prompt, planned.move.day, planned.move.reason
        start = day_start(day, user.time_zone, user.rollover_hour)
        said = f"{prompt}:{stands.get(prompt)}:{reason}:{day}"
        payloads.append(
            {
                "id": uuid5(planned.plan, f"{user.pk}:{said}"),
                "device": planned.plan,
                "kind": Kind.SET_DUE.value,
                "prompt": prompt,
                "due": moment_text(now if day <= today else max(start, now)),
                "reason": reason.value,
            }
        )
    return _append(memory, user, payloads, now)


def take_back_moves(
    memory: UserMemory,
    user: User,
    plan: UUID,
    *,
    since: date,
    now: datetime,
    only: Collection[str] | None = None,
) -> int:
    """Takes back what `plan` moved since study day `since` and no later review or move replaced;
    of the cards in `only` where given. Gives how many due dates that restores."""
    payloads = [
        {
            "id": uuid5(plan, f"{user.pk}:void:{event_id}"),
            "device": plan,
            "kind": Kind.VOID.value,
            "prompt": prompt,
            "target": event_id,
        }
        for event_id, prompt in moves_in_force(user, plan, since)
        if only is None or prompt in only
    ]
    return _append(memory, user, payloads, now)


def _append(
    memory: UserMemory, user: User, payloads: Iterable[dict[str, Any]], now: datetime
) -> int:
    events = [
        read_event(
            {
                **payload,
                "seq": memory.cursor + number,
                "at": moment_text(now),
                "tz": stored_zone(user.time_zone).key,
                "rollover": user.rollover_hour,
            },
            received=now,
        )
        for number, payload in enumerate(payloads)
    ]
    made = 0
    for start in range(0, len(events), _BATCH):
        results = append(memory, events[start : start + _BATCH], received=now)
        made += sum(result.status == CREATED for result in results)
    return made
