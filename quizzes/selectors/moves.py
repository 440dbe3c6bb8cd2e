"""Which moved due dates still hold."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from quizzes.domain.balance import DueCard
from quizzes.domain.events import Kind, Reason
from quizzes.domain.pace import DaysOff
from quizzes.domain.rescheduling import NO_PLANS, Plans
from quizzes.models import Break, Card, ReviewEventRow
from quizzes.selectors.acts import standing
from quizzes.selectors.memory import study_days_of, today_of
from quizzes.selectors.plans import plans_ahead
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


def plans_behind(user: User, cards: Iterable[DueCard], today: date) -> Plans:
    """What plans moved these cards, of which there are some hundred at most."""
    held = {card.prompt: card for card in cards}
    rows = (row.event() for row in _moves(user).filter(prompt__in=held))
    events = [event for event in rows if event.day >= held[str(event.prompt)].last_day]
    last, moved = dict[str, date](), dict[str, list[tuple[str, date]]]()
    day = study_days_of(user)
    for event in sorted(events, key=lambda event: event.order):
        prompt = str(event.prompt)
        moved.setdefault(prompt, []).append((event.reason, event.day))
        last[prompt] = day(max(event.due or event.effective_at, event.effective_at))
    # Told by where the card is due, not by `moved`: a break may have put it back on its first day.
    moved = {prompt: made for prompt, made in moved.items() if last[prompt] == held[prompt].due}
    if not moved:
        return NO_PLANS
    exams, _ = plans_ahead(user.pk, today)
    breaks = Break.objects.filter(user=user).order_by().values_list("first_day", "last_day")
    return Plans(moved, exams, [DaysOff(first, last) for first, last in breaks])


def _moves(user: User) -> QuerySet[ReviewEventRow]:
    return standing(user.pk).filter(kind=Kind.SET_DUE)
