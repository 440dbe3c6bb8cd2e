"""Taking acts back: void events, whatever device the act came from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from quizzes.domain.errors import CannotUndo, EventConflict, QuizNotFound
from quizzes.domain.events import Kind
from quizzes.domain.undo import GROUP
from quizzes.models import ReviewEventRow, UserMemory
from quizzes.selectors.acts import Act, act_of, last_acts, standing, undoable
from quizzes.selectors.memory import today_of
from quizzes.services.intake import CONFLICT, locked_memory
from quizzes.services.leeches import take_in
from quizzes.services.made_events import made_event
from studyhub.accounts.models import User


@dataclass(frozen=True)
class TakenBack:
    """The act, and whether it had been taken back before this call."""

    act: Act
    before: bool = False


def undo(
    user: User, *, device: UUID, now: datetime, event_id: UUID | None = None
) -> TakenBack | None:
    """Takes back the act that `event_id` names, or the learner's last one of this study day.

    Naming the act makes the call safe to repeat: the second one changes nothing. None where no
    act is left. Raises QuizNotFound for an unknown event, and CannotUndo for one of another study
    day or of a kind that stands; EventConflict, with nothing taken back, where a device gave the
    void's id to another event.
    """
    with transaction.atomic():
        memory = locked_memory(user)
        if event_id is None:
            acts = last_acts(user, now=now)
            return TakenBack(_take_back(memory, user, acts[0], device, now)) if acts else None
        row = (
            ReviewEventRow.objects.filter(user=user, event_id=event_id)
            .select_related("prompt")
            .first()
        )
        if row is None:
            raise QuizNotFound("There is no such act of yours.", cure="See what you did today.")
        act = act_of(row)
        if not standing(user.pk).filter(event_id=event_id).exists():
            return TakenBack(act, before=True)
        if row.day < today_of(user, now):
            raise CannotUndo(
                "Only what was done this study day can be taken back.",
                cure="Set the card's date, or begin it anew, on its own page.",
            )
        if not undoable(user, now).filter(event_id=event_id).exists():
            raise CannotUndo(
                "This stands and cannot be taken back.",
                cure="Answers in a quiz and what was done for you are not undone.",
            )
        return TakenBack(_take_back(memory, user, act, device, now))


def _take_back(memory: UserMemory, user: User, act: Act, device: UUID, now: datetime) -> Act:
    targets = [(act.event, act.prompt)]
    if act.reason.startswith(GROUP):
        rows = undoable(user, now).filter(reason=act.reason)
        targets = [(event, str(prompt)) for event, prompt in rows.values_list("event_id", "prompt")]
    voids = [
        made_event(
            user,
            Kind.VOID,
            prompt,
            device=device,
            seq=memory.cursor + at,
            now=now,
            event_id=uuid5(target, "void"),
            target=target,
        )
        for at, (target, prompt) in enumerate(targets)
    ]
    if any(result.status == CONFLICT for result in take_in(memory, voids, received=now)):
        raise EventConflict(
            "This cannot be taken back: an id that this needs belongs to another act.",
            cure="Set the card's date, or begin it anew, on its own page.",
        )
    return act
