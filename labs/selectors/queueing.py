"""Reads of the queue: positions, estimates, and what a learner may still start."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from statistics import median

from django.conf import settings
from django.db.models import Max, Q

from labs.domain.fairness import TURNS, Priority, turns
from labs.domain.quotas import DAY, Quota, Room, room
from labs.domain.runs import GRADED, LIVE, RUNNING, State
from labs.models import Lab, Run
from studyhub.accounts.models import User

# Beyond this a position is a number nobody counts on.
_LONGEST_QUEUE = 1_000
_RECENT_RUNS = 20
# Runs that the same workers take: a lab that takes either device waits with those for the CPU.
_BESIDE = {"cpu": ("cpu", "either"), "gpu": ("gpu", "either"), "either": ("cpu", "either")}


def queue_positions(device: str) -> dict[int, int]:
    """How many runs are ahead of each waiting run, by run id, where one worker serves `device`."""
    return {run_id: ahead for ahead, run_id in enumerate(_order(device))}


def queue_position(run: Run) -> int | None:
    """How many waiting runs are ahead; None once a worker has it."""
    if run.state != State.QUEUED:
        return None
    positions = queue_positions(run.device)
    # Where all that wait are listed, a run that is not was claimed since it was read.
    beyond = _LONGEST_QUEUE if len(positions) >= _LONGEST_QUEUE else None
    return positions.get(run.pk, beyond)


def _order(device: str) -> list[int]:
    waiting = list(
        Run.objects.filter(state=State.QUEUED, device__in=_BESIDE[device])
        .order_by("pk")
        .values_list("pk", "user_id", "priority")[:_LONGEST_QUEUE]
    )
    order: list[int] = []
    for lanes in TURNS:
        mine = [(run, user) for run, user, lane in waiting if lane in lanes]
        if not mine:
            continue
        users = {user for _, user in mine}
        theirs = Run.objects.filter(user__in=users, priority__in=lanes).order_by()
        held = theirs.filter(state__in=RUNNING).values_list("user_id", flat=True)
        claimed = theirs.filter(claimed_at__isnull=False).values("user")
        served = claimed.annotate(last=Max("claimed_at"))
        order += turns(
            mine,
            running=Counter(held),
            last_served={row["user"]: row["last"] for row in served},
            ahead={run for run, _, lane in waiting if lane == Priority.STAFF},
        )
    return order


def runs_at_work(device: str) -> int:
    """How many runs the workers that serve `device` have in hand just now."""
    return Run.objects.filter(state__in=RUNNING, device__in=_BESIDE[device]).count()


def wait_estimate(run: Run) -> float | None:
    """Seconds until a waiting run has its grade; None without history.

    The runs ahead and this one, each at the median of its lab's last runs, over as many workers as
    are at work just now.
    """
    if run.state != State.QUEUED:
        return None
    order = _order(run.device)
    ahead = order[: order.index(run.pk)] if run.pk in order else order
    labs = dict(Run.objects.filter(pk__in=ahead).values_list("pk", "lab_id"))
    usual = _usual_seconds({*labs.values(), run.lab_id})
    if run.lab_id not in usual:
        return None
    busy = Run.objects.filter(state__in=RUNNING, device__in=_BESIDE[run.device])
    workers = max(1, busy.order_by().values("worker").distinct().count())
    before = sum(usual.get(labs[one], usual[run.lab_id]) for one in ahead if one in labs)
    return before / workers + usual[run.lab_id]


def _usual_seconds(lab_ids: set[int]) -> dict[int, float]:
    """The median of each lab's last graded runs; labs without any are left out."""
    totals: dict[int, list[float]] = defaultdict(list)
    for lab_id in lab_ids:
        recent = Run.objects.filter(lab=lab_id, state__in=GRADED).order_by("-pk")
        for seconds in recent.values_list("seconds", flat=True)[:_RECENT_RUNS]:
            if "total" in seconds:
                totals[lab_id].append(float(seconds["total"]))
    return {lab_id: float(median(found)) for lab_id, found in totals.items()}


def room_for(user: User, lab: Lab, *, now: datetime) -> Room:
    """How many runs of the lab the learner has live and started today, and when one is free.

    What others asked for, what never began, and what this site failed to carry out do not count.
    Staff have no limit a day.
    """
    own = Run.objects.filter(user=user, lab=lab, asked_by=None).order_by()
    quota = Quota.of_lab(
        lab.quota, waiting=settings.LAB_QUOTA_WAITING, per_day=settings.LAB_QUOTA_PER_DAY
    )
    if user.is_staff:
        quota = Quota(quota.waiting, None)
    counted = own.filter(created_at__gt=now - DAY).exclude(
        Q(state=State.CANCELLED, attempt=0) | Q(error__kind__in=("platform", "no_worker"))
    )
    started: Sequence[datetime] = list(counted.values_list("created_at", flat=True))
    return room(quota, live=own.filter(state__in=LIVE).count(), started=started, now=now)
