"""What a learner decides about scheduling: settings, the way back to the defaults, new dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.cache import cache
from django.db import transaction

from content.models import Chapter
from quizzes.domain.events import Kind
from quizzes.domain.rescheduling import rescheduled
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.scheduling_request import change_to_defaults, checked_change
from quizzes.queue import send_reschedule_after_commit, send_tend_after_commit
from quizzes.selectors.due_cards import due_cards
from quizzes.selectors.memory import timeline_of, today_of
from quizzes.selectors.scheduling import (
    PROGRESS_SECONDS,
    Progress,
    last_reschedule,
    progress_key,
    to_reschedule,
)
from quizzes.services.cards import record
from quizzes.services.intake import locked_memory
from quizzes.services.moving import SCHEDULER, PlannedMove, make_moves, take_back_moves
from quizzes.services.refold import refold_cards
from studyhub.accounts.models import User

#: So many cards are moved while the learner waits; more take a task.
AT_ONCE = 200
#: Cards moved in one transaction, so that answers in between wait little.
PART = 500


@dataclass(frozen=True)
class Rescheduled:
    """`moved` due dates were set; None where a task does it and `cards` wait for it."""

    cards: int
    moved: int | None


def set_scheduling(
    user: User, asked: Mapping[str, Any], *, now: datetime, device: UUID = SCHEDULER
) -> Scheduling:
    """Changes the settings that `asked` names, for reviews from now on; gives all as they are then.

    Due dates stay as they are. Raises SchedulingInvalid, naming every field, with nothing changed.
    """
    with transaction.atomic():
        memory = locked_memory(user)
        in_force = timeline_of(user.pk).newest
        named = list(asked.get("chapter_retention") or ())
        chapters = Chapter.objects.filter(slug__in=named).values_list("slug", flat=True)
        fields = checked_change(asked, in_force, set(chapters))
        if fields:
            record(memory, user, Kind.PARAMETERS, None, device, now, fields=fields)
    return timeline_of(user.pk).newest


def reset_scheduling(user: User, *, now: datetime, device: UUID = SCHEDULER) -> Scheduling:
    """Sets all settings and the weights back to the defaults; due dates stay as they are."""
    with transaction.atomic():
        memory = locked_memory(user)
        fields = change_to_defaults(timeline_of(user.pk).newest)
        if fields:
            fields["reason"] = "defaults"
            record(memory, user, Kind.PARAMETERS, None, device, now, fields=fields)
    return timeline_of(user.pk).newest


def reschedule_now(user: User, *, now: datetime) -> Rescheduled:
    """Sets the due dates of all cards in review to what the present weights and retention want.

    Many cards are left to a task (`reschedule_cards`), whose progress can be read meanwhile.
    """
    batch = uuid4()
    cards = to_reschedule(user, now=now)
    if cards <= AT_ONCE:
        return Rescheduled(cards, reschedule_cards(user.pk, batch, now=now))
    _show(user.pk, Progress(0, cards))
    with transaction.atomic():
        send_reschedule_after_commit(user.pk, str(batch))
    return Rescheduled(cards, None)


def reschedule_cards(user_id: int, batch: UUID, *, now: datetime) -> int:
    """Moves the cards, a part at a time, as events of `batch`; gives how many were moved.

    Memory is brought up to the newest weights first. Cards that stand right are not touched, so
    running it again does nothing more.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return 0
    refold_cards(user.pk)
    moved = total = 0
    while True:
        made, left = _reschedule_part(user, batch, now)
        moved, total = moved + made, max(total, made + left)
        if not made or not left:
            break
        _show(user.pk, Progress(moved, total))
    cache.delete(progress_key(user.pk))
    return moved


def _reschedule_part(user: User, batch: UUID, now: datetime) -> tuple[int, int]:
    """How many cards it moved, and how many are left."""
    today = today_of(user, now)
    with transaction.atomic():
        memory = locked_memory(user)
        moves = rescheduled(due_cards(user), timeline_of(user.pk).newest, today)
        part = [PlannedMove(move, batch) for move in moves[:PART]]
        made = make_moves(memory, user, part, today=today, now=now)
        memory.tended_day = None  # breaks and exams look at the new dates
        memory.save()
        if len(moves) == len(part):
            send_tend_after_commit(user.pk)
    return made, len(moves) - len(part)


def undo_reschedule(user: User, *, now: datetime) -> int:
    """Takes back the last rescheduling of this week where no later answer or move replaced it;
    gives how many due dates that restores."""
    with transaction.atomic():
        memory = locked_memory(user)
        last = last_reschedule(user, now=now)
        if last is None:
            return 0
        restored = take_back_moves(memory, user, last.batch, since=last.day, now=now)
        memory.save()
    return restored


def _show(user_id: int, progress: Progress) -> None:
    cache.set(progress_key(user_id), (progress.done, progress.total), PROGRESS_SECONDS)
