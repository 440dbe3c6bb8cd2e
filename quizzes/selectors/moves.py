"""Which moved due dates still hold."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from quizzes.domain.events import Kind, Reason
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors.acts import standing
from quizzes.selectors.memory import today_of
from studyhub.accounts.models import User


class Postponed(NamedTuple):
    """A backlog that was postponed today, and how many of its cards wait for their new days."""

    id: UUID
    cards: int


def moves_in_force(user: User, plan: UUID, since: date) -> list[tuple[UUID, str]]:
    """Event and prompt ids of the plan's moves since study day `since` that still say when their
    cards are due: not taken back, and no later review or move came in between."""
    # A day of grace: the learner may have flown west.
    rows = _moves(user).filter(day__gte=since - timedelta(days=1), device=plan)
    events = [row.event() for row in rows]
    dues = dict(
        Card.objects.filter(user=user, prompt__in={event.prompt for event in events})
        .order_by()
        .values_list("prompt_id", "due")
    )
    return [
        (event.id, str(event.prompt))
        for event in events
        if event.due is not None
        and dues.get(str(event.prompt)) == max(event.due, event.effective_at)
    ]


def postponed_today(user: User, *, now: datetime) -> Postponed | None:
    """The last postponement of this study day that can be taken back; None without one."""
    today = today_of(user, now)
    last = (
        _moves(user)
        .filter(day=today, reason=Reason.BACKLOG)
        .order_by("-change_seq")
        .values_list("device", flat=True)
        .first()
    )
    cards = len(moves_in_force(user, last, today)) if last else 0
    return Postponed(last, cards) if last and cards else None


def _moves(user: User) -> QuerySet[ReviewEventRow]:
    return standing(user.pk).filter(kind=Kind.SET_DUE)
