"""Whether a learner may start another run, and when it can be told that it may."""

from datetime import datetime

from labs.domain.fairness import Priority
from labs.domain.quotas import MAX_LIVE_RUNS, in_words
from labs.domain.refusals import QueueFull
from labs.domain.runs import LIVE
from labs.models import Lab, Run
from labs.selectors import room_for
from studyhub.accounts.models import User


def check_room(user: User, lab: Lab, *, now: datetime) -> None:
    """Raises QueueFull; inside a transaction that goes on to add the run.

    The learner's row is locked, so that uploads at the same moment are counted one by one.
    """
    User.objects.select_for_update().only("pk").get(pk=user.pk)
    room = room_for(user, lab, now=now)
    if room.free_at is not None and room.day_is_used_up:
        wait = (room.free_at - now).total_seconds()
        raise QueueFull(
            f"You have started {room.today} runs of this lab in the last 24 hours, which is the"
            " most that it allows.",
            cure=f"The next one is free in {in_words(wait)}, at {room.free_at:%H:%M} UTC.",
            free_at=room.free_at,
            wait=wait,
        )
    if room.closed:
        raise QueueFull(
            "This lab takes no runs at present.", cure="Ask whoever runs this site.", wait=86_400
        )
    live = Run.objects.filter(user=user, state__in=LIVE).count()
    if room.waits_for_an_end or live >= MAX_LIVE_RUNS:
        where = f"{room.live} runs of this lab" if room.waits_for_an_end else f"{live} runs"
        raise QueueFull(
            f"You have {where} waiting or running, which is the most.",
            cure="The next one is free as soon as one of them ends; you can also stop one.",
        )


def lane(owner: User, asked_by: User | None) -> Priority:
    """Where a new run queues; see `Priority`."""
    if asked_by is not None:
        return Priority.BULK
    if owner.is_staff and not Run.objects.filter(user=owner, state__in=LIVE).exists():
        return Priority.STAFF
    return Priority.LEARNER
