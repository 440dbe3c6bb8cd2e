"""Keeps what learners asked tasks for until it is done, whatever becomes of message and worker."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from quizzes.models import OpenTask
from quizzes.queue import send_fit_after_commit, send_reschedule_after_commit

logger = logging.getLogger(__name__)

#: A task that did nothing for so long is taken for lost; a fit of a million reviews takes less.
LOST_AFTER = timedelta(minutes=2)
#: One that began so often without getting on is given up.
ATTEMPTS_MAX = 3


def begin(user_id: int, kind: OpenTask.Kind, *, now: datetime, batch: UUID | None = None) -> bool:
    """Notes that a task begins; False where there is nothing to do any more."""
    found = _of(user_id, kind, batch)
    return found.update(attempts=F("attempts") + 1, moved_at=now) > 0


def done(user_id: int, kind: OpenTask.Kind, batch: UUID | None = None) -> None:
    _of(user_id, kind, batch).delete()


def resume_waiting(*, now: datetime) -> int:
    """Asks again for what no task has got on with lately; gives for how many."""
    lost = OpenTask.objects.filter(moved_at__lt=now - LOST_AFTER)
    for task in lost.filter(attempts__gte=ATTEMPTS_MAX):
        logger.error("%s is given up after %s attempts", task, task.attempts)
        task.delete()
    resumed = 0
    for task in lost:
        with transaction.atomic():
            # Only one of two rounds at once asks for it.
            still = lost.filter(pk=task.pk).update(moved_at=now)
            if still:
                _send(task)
        resumed += still
    return resumed


def _send(task: OpenTask) -> None:
    if task.kind == OpenTask.Kind.RESCHEDULE:
        send_reschedule_after_commit(task.user_id, str(task.batch))
    else:
        send_fit_after_commit(task.user_id, wanted=True)


def _of(user_id: int, kind: OpenTask.Kind, batch: UUID | None) -> QuerySet[OpenTask]:
    found = OpenTask.objects.filter(user=user_id, kind=kind)
    return found if batch is None else found.filter(batch=batch)
