"""What a learner plans: settings of a day, exams, breaks, and a backlog spread over days."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Min, QuerySet

from quizzes.domain.errors import PlanConflict, PlanNotFound
from quizzes.domain.events import Reason
from quizzes.domain.plan_request import PlanSettings, checked_settings
from quizzes.models import Break, Exam, ReviewEventRow
from quizzes.queue import send_tend_after_commit
from quizzes.selectors.due_cards import due_cards
from quizzes.selectors.memory import today_of
from quizzes.selectors.moves import moves_in_force
from quizzes.selectors.plans import (
    BreakRow,
    ExamRow,
    break_row,
    exam_row,
    planned_break,
    planned_exam,
    settings_in,
)
from quizzes.selectors.previews import preview_backlog, preview_break, preview_exam
from quizzes.services.cards import add_chapter
from quizzes.services.intake import locked_memory
from quizzes.services.moving import PlannedMove, make_moves, take_back_moves
from quizzes.services.tending import tend
from studyhub.accounts.models import User

Plan = TypeVar("Plan", Exam, Break)


def change_settings(user: User, changes: Mapping[str, Any], *, now: datetime) -> PlanSettings:
    """Sets the daily limits, the order of new cards, easy days and balancing that `changes` names.

    Due dates follow in a task. Raises PlanInvalid, naming every field, with nothing changed.
    """
    values = checked_settings(changes)
    with transaction.atomic():
        memory = locked_memory(user)
        before = settings_in(memory)
        for name, value in values.items():
            setattr(memory, name, value)
        after = settings_in(memory)
        if after != before:
            memory.settings_seq = memory.next_seq()
            memory.tended_day = None  # should the message be lost, the next round finds it
            memory.save()
            send_tend_after_commit(user.pk)
    return after


def plan_exam(
    user: User,
    exam_id: UUID,
    *,
    title: str,
    day: date,
    chapters: Sequence[str],
    retention: float,
    now: datetime,
) -> ExamRow:
    """Accepts an exam: adds its chapters, and draws the reviews that it needs already.

    Again with the same id it gives the same exam. Raises PlanInvalid as `preview_exam` does, and
    PlanConflict where the id is taken.
    """
    asked: dict[str, Any] = {
        "title": title,
        "day": day,
        "chapters": list(dict.fromkeys(chapters)),
        "retention": retention,
    }
    with transaction.atomic():
        locked_memory(user)
        if Exam.objects.filter(pk=exam_id).exists():
            return exam_row(_same(Exam.objects.get(pk=exam_id), user, asked))
        preview_exam(user, **asked, now=now)
        for slug in asked["chapters"]:
            add_chapter(user, slug, now=now)
        exam = Exam.objects.create(id=exam_id, user=user, created_at=now, **asked)
        tend(user, now=now)
    return exam_row(exam)


def end_exam(user: User, exam_id: UUID, *, now: datetime) -> None:
    """Cancels an exam: reviews that it drew and that were not given go back where they were."""
    with transaction.atomic():
        memory = locked_memory(user)
        exam = planned_exam(user, exam_id)
        if exam.ended_at is not None:
            return
        exam.ended_at = now
        exam.save(update_fields=["ended_at"])
        take_back_moves(memory, user, exam_id, since=today_of(user, exam.created_at), now=now)
        tend(user, now=now)


def plan_break(
    user: User, break_id: UUID, *, first_day: date, last_day: date, now: datetime
) -> BreakRow:
    """Accepts a break and clears its days. Again with the same id it gives the same break.

    Raises PlanInvalid as `preview_break` does, and PlanConflict where the id is taken.
    """
    asked = {"first_day": first_day, "last_day": last_day}
    with transaction.atomic():
        locked_memory(user)
        if Break.objects.filter(pk=break_id).exists():
            return break_row(_same(Break.objects.get(pk=break_id), user, asked))
        preview_break(user, **asked, now=now)
        rest = Break.objects.create(id=break_id, user=user, created_at=now, **asked)
        tend(user, now=now)
    return break_row(rest)


def end_break(user: User, break_id: UUID, *, now: datetime) -> None:
    """Ends a break, or calls it off. What it moved goes back, but for cards whose day is past:
    those keep their new places rather than all fall due at once."""
    with transaction.atomic():
        memory = locked_memory(user)
        rest = planned_break(user, break_id)
        if rest.ended_at is not None:
            return
        rest.ended_at = now
        rest.save(update_fields=["ended_at"])
        today = today_of(user, now)
        ahead = {card.prompt for card in due_cards(user) if card.base >= today}
        since = today_of(user, rest.created_at)
        take_back_moves(memory, user, break_id, since=since, now=now, only=ahead)
        tend(user, now=now)


def postpone(user: User, postponement: UUID, *, a_day: int, now: datetime) -> int:
    """Spreads what is due over the coming days at `a_day` reviews a day, as `preview_backlog`
    shows; gives how many cards it moved. Again with the same id it moves nothing more.

    Raises PlanInvalid where the backlog would not shrink.
    """
    with transaction.atomic():
        memory = locked_memory(user)
        today = today_of(user, now)
        if _postponed(user, postponement).filter(day=today).exists():
            return len(moves_in_force(user, postponement, today))
        found = preview_backlog(user, a_day=a_day, now=now).postponement
        moves = [PlannedMove(move, postponement) for move in found.moves]
        return make_moves(memory, user, moves, today=today, now=now)


def take_back_postponement(user: User, postponement: UUID, *, now: datetime) -> int:
    """Makes the cards due again that were postponed together and not reviewed since; gives how
    many. Raises PlanNotFound where nothing was postponed under this id."""
    with transaction.atomic():
        memory = locked_memory(user)
        first = _postponed(user, postponement).aggregate(day=Min("day"))["day"]
        if first is None:
            raise PlanNotFound("Nothing was postponed under this id.", cure="See your plan.")
        return take_back_moves(memory, user, postponement, since=first, now=now)


def _postponed(user: User, postponement: UUID) -> QuerySet[ReviewEventRow]:
    return ReviewEventRow.objects.filter(user=user, device=postponement, reason=Reason.BACKLOG)


def _same(plan: Plan, user: User, asked: Mapping[str, Any]) -> Plan:
    """The plan that has this id already, where it is the one that is asked for."""
    if plan.user_id != user.pk or any(getattr(plan, name) != v for name, v in asked.items()):
        raise PlanConflict(
            "This id belongs to a plan that says something else, which is kept.",
            cure="Choose another random UUID.",
        )
    return plan
