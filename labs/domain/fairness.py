"""In which order waiting runs are served."""

from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import IntEnum


class Priority(IntEnum):
    """Lanes of the queue; a lower one is served first, and within a lane it goes by turn.

    STAFF: a run of a member of staff who has no other live run, so that checking a lab does not
    wait behind a course; a second one at the same time is a learner's like any other.
    BULK: a run that staff asked for on a learner's behalf, which nobody waits for.
    """

    STAFF = 10
    LEARNER = 20
    BULK = 30


# Turns are counted within these: being served in bulk takes nobody's own turn.
TURNS = ((Priority.STAFF, Priority.LEARNER), (Priority.BULK,))


def turns(
    waiting: Sequence[tuple[int, int]],
    *,
    running: Mapping[int, int],
    last_served: Mapping[int, datetime],
    ahead: Collection[int] = (),
) -> list[int]:
    """Run ids in the order in which one worker would take them.

    waiting: (run id, user id), oldest first. running: how many runs of a user are held by workers.
    last_served: when a user's latest run was claimed; missing means never. ahead: run ids of the
    lane of staff.
    The rule: fewest running, then longest not served, then oldest. Without the middle part one
    worker would serve a learner's ten uploads before the next learner's first.
    """
    queues: dict[int, deque[int]] = defaultdict(deque)
    for run, user in sorted(waiting, key=lambda pair: pair[0] not in ahead):
        queues[user].append(run)
    served: dict[int, tuple[int, float]] = {
        user: (0, last_served[user].timestamp()) if user in last_served else (-1, 0.0)
        for user in queues
    }

    def turn(user: int) -> tuple[bool, int, tuple[int, float], int]:
        next_run = queues[user][0]
        return next_run not in ahead, running.get(user, 0), served[user], next_run

    order: list[int] = []
    while queues:
        user = min(queues, key=turn)
        order.append(queues[user].popleft())
        served[user] = (1, float(len(order)))
        if not queues[user]:
            del queues[user]
    return order
