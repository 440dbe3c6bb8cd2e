"""Keeps due dates in line with what the learner planned: once each study day, and after a change
of plan."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from quizzes.domain.balance import FULL_WEEK, DueCard, Move, after_moves, balanced
from quizzes.domain.breaks import cleared
from quizzes.domain.exam import drawn
from quizzes.models import Exam, UserMemory
from quizzes.queue import send_tend_after_commit
from quizzes.selectors.due_cards import due_cards
from quizzes.selectors.memory import timeline_of, today_of
from quizzes.selectors.plans import breaks_ahead, calendar_of, exams_ahead
from quizzes.selectors.tending import learners_to_tend
from quizzes.services.intake import locked_memory
from quizzes.services.moving import SCHEDULER, PlannedMove, make_moves
from studyhub.accounts.models import User

#: Learners asked for in one round; the next comes minutes later.
BATCH = 1000


def tend(user: User, *, now: datetime) -> int:
    """Moves due dates to fit the plan and ends exams that are over; gives how many it moved.

    Again on the same cards it moves nothing.
    """
    with transaction.atomic():
        memory = locked_memory(user)
        today = today_of(user, now)
        Exam.objects.filter(user=user, ended_at=None, day__lt=today).update(ended_at=now)
        moves = _moves(memory, user, today, now)
        moved = make_moves(memory, user, moves, today=today, now=now) if moves else 0
        memory.tended_day = today
        memory.save()
    return moved


def tend_learner(user_id: int, *, now: datetime, daily: bool = False) -> None:
    """`tend` by id, but not twice a study day where it is the `daily` one; nothing for nobody."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    if daily and UserMemory.objects.filter(user=user, tended_day__gte=today_of(user, now)).exists():
        return
    tend(user, now=now)


def tend_waiting(*, now: datetime) -> list[int]:
    """Asks for the learners whose study day began since they were tended; gives their ids.

    Each is a task of its own: one that fails holds up nobody else.
    """
    waiting = [user.pk for user in learners_to_tend(now, BATCH)]
    for user_id in waiting:
        send_tend_after_commit(user_id, daily=True)
    return waiting


def _moves(memory: UserMemory, user: User, today: date, now: datetime) -> list[PlannedMove]:
    """One move at most for each card: days come out even first, then breaks are cleared, then
    exams draw what they need, each knowing where the one before put the cards."""
    exams, breaks = exams_ahead(user, now=now), breaks_ahead(user, now=now)
    eases = tuple(memory.easy_days) != FULL_WEEK
    if not (exams or breaks or memory.balance or eases):
        return []
    before = cards = due_cards(user)
    weights = timeline_of(user.pk).newest.weights
    calendar = calendar_of(memory, today, [rest.days_off() for rest in breaks])
    planned: dict[str, PlannedMove] = {}

    def then(moves: Sequence[Move], plan: UUID) -> list[DueCard]:
        planned.update((move.prompt, PlannedMove(move, plan)) for move in moves)
        return after_moves(cards, moves)

    if memory.balance or eases:
        cards = then(balanced(cards, calendar, even=memory.balance), SCHEDULER)
    for rest in breaks:
        found = cleared(cards, rest.days_off(), calendar, weights, memory.reviews_per_day)
        cards = then(found.moves, rest.id)
    for exam in exams:
        cards = then(drawn(cards, exam.plan(), calendar, weights), exam.id)
    was = {card.prompt: card.due for card in before}
    return [one for prompt, one in planned.items() if one.move.day != was[prompt]]
