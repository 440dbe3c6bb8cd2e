"""Whose due dates are to be looked after."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from quizzes.domain.events import Kind
from quizzes.models import Break, Exam, ReviewEventRow, UserMemory
from quizzes.selectors.memory import today_of
from studyhub.accounts.models import User

#: The earliest place's day begins so long before UTC's.
_EARLIEST_ZONE = timedelta(hours=14)


def learners_to_tend(now: datetime, limit: int) -> list[User]:
    """At most `limit` learners whose study day began since they were last tended and who have
    something to tend: answers since then, an exam or a break.

    Learners who are away cost one look into an index each and are not read.
    """
    latest = (now + _EARLIEST_ZONE).date()
    answered = ReviewEventRow.objects.filter(
        user=OuterRef("pk"), day__gte=OuterRef("tended_day")
    ).exclude(kind=Kind.SET_DUE)
    planned: dict[str, Any] = {"user": OuterRef("pk"), "ended_at": None}
    memories = (
        UserMemory.objects.filter(Q(tended_day=None) | Q(tended_day__lt=latest))
        .filter(
            Q(tended_day=None)
            | Exists(answered)
            | Exists(Exam.objects.filter(day__gte=OuterRef("tended_day"), **planned))
            | Exists(Break.objects.filter(last_day__gte=OuterRef("tended_day"), **planned))
        )
        .select_related("user")
        .order_by("pk")
    )
    return list(_begun(memories.iterator(chunk_size=500), now, limit))


def _begun(memories: Iterator[UserMemory], now: datetime, limit: int) -> Iterator[User]:
    for memory in memories:
        if limit == 0:
            return
        if memory.tended_day is None or memory.tended_day < today_of(memory.user, now):
            limit -= 1
            yield memory.user
