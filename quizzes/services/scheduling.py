"""What a learner decides about scheduling: settings, the way back to the defaults, new dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from content.models import Chapter
from quizzes.domain.events import Kind
from quizzes.domain.rescheduling import rescheduled
from quizzes.domain.scheduler import Scheduling
from quizzes.domain.scheduling_request import change_to_defaults, checked_change
from quizzes.models import OpenTask
from quizzes.queue import send_reschedule_after_commit, send_tend_after_commit
from quizzes.selectors.due_cards import due_cards, in_review
from quizzes.selectors.memory import timeline_of, today_of
from quizzes.selectors.moves import plans_behind
from quizzes.selectors.scheduling import last_reschedule, to_reschedule
from quizzes.services.cards import record
from quizzes.services.intake import locked_memory
from quizzes.services.moving import SCHEDULER, PlannedMove, make_moves, take_back_moves
from quizzes.services.open_tasks import begin, done
from quizzes.services.refold import refold_cards
from studyhub.accounts.models import User
from studyhub.base import clock

#: So many cards are moved while the learner waits; more take a task.
AT_ONCE = 200
#: Cards moved in one transaction, so that answers in between wait little.
PART = 500


@dataclass(frozen=True)
class Rescheduled:
    """`moved` due dates were set; None where a task does it and some `cards` wait for it."""

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

    Many cards are left to a task (`reschedule_cards`), whose progress can be read meanwhile. One
    that runs already begins anew and stays one rescheduling, which is taken back as one.
    """
    cards = to_reschedule(user, now=now).cards
    with transaction.atomic():
        locked_memory(user)
        task, _ = OpenTask.objects.update_or_create(
            user=user,
            kind=OpenTask.Kind.RESCHEDULE,
            defaults={"after": 0, "done": 0, "total": in_review(user).count(), "moved_at": now},
            create_defaults={"total": in_review(user).count(), "moved_at": now},
        )
        if cards > AT_ONCE:
            send_reschedule_after_commit(user.pk, str(task.batch))
            return Rescheduled(cards, None)
    return Rescheduled(cards, reschedule_cards(user.pk, task.batch, now=now))


def reschedule_cards(user_id: int, batch: UUID, *, now: datetime) -> int:
    """Moves the cards, a part at a time, as events of `batch`; gives how many were moved.

    Memory is brought up to the newest weights first. It goes on where a task before it ended;
    cards that stand right are not touched, so running twice at once does nothing more.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None or not begin(user_id, OpenTask.Kind.RESCHEDULE, now=now, batch=batch):
        return 0
    refold_cards(user.pk)
    task = OpenTask.objects.filter(user=user, batch=batch).first()
    if task is None:
        return 0
    waiting = list(
        in_review(user).filter(pk__gt=task.after).order_by("pk").values_list("pk", flat=True)
    )
    moved = 0
    for start in range(0, max(len(waiting), 1), PART):
        made = _reschedule_part(
            user, batch, waiting[start : start + PART], last=start + PART >= len(waiting), now=now
        )
        if made is None:
            break
        moved += made
    return moved


def _reschedule_part(
    user: User, batch: UUID, cards: Sequence[int], *, last: bool, now: datetime
) -> int | None:
    """How many of these cards, by key, it moved; None where the rescheduling was taken back."""
    today = today_of(user, now)
    with transaction.atomic():
        memory = locked_memory(user)
        task = OpenTask.objects.filter(user=user, batch=batch).first()
        if task is None:
            return None
        held = due_cards(user, in_review(user).filter(pk__in=cards))
        plans = plans_behind(user, held, today)
        moves = rescheduled(held, timeline_of(user.pk).newest, today, plans)
        part = [PlannedMove(move, batch) for move in moves]
        made = make_moves(memory, user, part, today=today, now=now)
        if last:
            memory.tended_day = None  # breaks and exams look at the new dates
            task.delete()
            send_tend_after_commit(user.pk)
        else:
            task.after, task.done = max(task.after, *cards), task.done + len(cards)
            task.attempts, task.moved_at = 1, clock.now()
            task.save()
        memory.save()
    return made


def undo_reschedule(user: User, *, now: datetime) -> int:
    """Takes back the last rescheduling of this week where no later answer or move replaced it;
    gives how many due dates that restores. One that still runs ends there."""
    with transaction.atomic():
        memory = locked_memory(user)
        done(user.pk, OpenTask.Kind.RESCHEDULE)
        last = last_reschedule(user, now=now)
        if last is None:
            return 0
        restored = take_back_moves(memory, user, last.batch, since=last.day, now=now)
        memory.tended_day = None  # breaks and exams look at the old dates again
        memory.save()
        send_tend_after_commit(user.pk)
    return restored
