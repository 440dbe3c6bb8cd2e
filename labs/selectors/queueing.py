"""Reads of the queue: positions, estimates, and what a learner may still start."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

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
# Earlier than this a run's own progress does not tell its pace.
_EARLIEST_SHARE = 0.03
# Runs that the same workers take: a lab that takes either device waits with those for the CPU.
_BESIDE = {"cpu": ("cpu", "either"), "gpu": ("gpu", "either"), "either": ("cpu", "either")}


@dataclass(frozen=True)
class Turn:
    """position: runs ahead of it. wait: seconds until its grade; None without history."""

    position: int
    wait: float | None

    def to_json(self) -> dict[str, float | None]:
        return {"position": self.position, "wait": None if self.wait is None else round(self.wait)}


def turn_of(run: Run, *, now: datetime) -> Turn | None:
    """None once a worker has the run."""
    return turns_of([run.pk], now=now).get(run.pk)


def turns_of(run_ids: Iterable[int], *, now: datetime) -> dict[int, Turn]:
    """By run id; runs that wait no longer are left out. The queue is read once for each device."""
    waiting = Run.objects.filter(pk__in=run_ids, state=State.QUEUED)
    lines: dict[str, _Line] = {}
    found: dict[int, Turn] = {}
    for run_id, lab, device in waiting.values_list("pk", "lab_id", "device"):
        line = lines.get(device) or lines.setdefault(device, _Line(device, now))
        position = line.positions.get(run_id, line.beyond)
        if position is not None:
            found[run_id] = Turn(position, line.wait(position, lab))
    return found


class _Line:
    """The runs that wait for one kind of device, and those at work there, as they are just now."""

    def __init__(self, device: str, now: datetime) -> None:
        order = _order(device)
        self.positions = {run_id: ahead for ahead, run_id in enumerate(order)}
        # Where all that wait are listed, a run that is not was claimed since it was read.
        self.beyond = _LONGEST_QUEUE if len(order) >= _LONGEST_QUEUE else None
        labs = dict(Run.objects.filter(pk__in=order).values_list("pk", "lab_id"))
        self._labs = [labs.get(run_id) for run_id in order]
        at_work = Run.objects.filter(state__in=RUNNING, device__in=_BESIDE[device]).order_by()
        self._begun = [
            (
                lab,
                (now - claimed).total_seconds() if claimed else 0.0,
                (progress or {}) if state == State.TRAINING else {},
            )
            for lab, claimed, state, progress in at_work.values_list(
                "lab_id", "claimed_at", "state", "progress"
            )
        ]
        self._workers = max(1, at_work.values("worker").distinct().count())
        self._usual: dict[int, float | None] = {}

    def wait(self, position: int, lab: int) -> float | None:
        """Seconds until a run of this lab at this position has its grade.

        What is left of the runs at work, the runs ahead and this one, each at the median of its
        lab's last runs, over as many workers as are at work.
        """
        own = self._usual_of(lab)
        if own is None:
            return None
        left = sum(
            seconds_left(self._usual_of(one) or own, spent, progress)
            for one, spent, progress in self._begun
        )
        ahead = sum(self._usual_of(one) or own for one in self._labs[:position] if one)
        return (left + ahead) / self._workers + own

    def _usual_of(self, lab: int) -> float | None:
        if lab not in self._usual:
            self._usual[lab] = _usual_seconds(lab)
        return self._usual[lab]


def seconds_left(usual: float, spent: float, progress: Mapping[str, Any]) -> float:
    """What a run at work may still take: at its own pace where that is known, as usual otherwise.

    A run that has taken longer than usual is likely to go on: as long again as it is late.
    """
    total = float(progress.get("total") or 0)
    share = float(progress.get("done") or 0) / total if total > 0 else 0.0
    if _EARLIEST_SHARE <= share <= 1:
        return spent * (1 - share) / share
    return abs(usual - spent)


def queue_positions(device: str) -> dict[int, int]:
    """How many runs are ahead of each waiting run, by run id, where one worker serves `device`."""
    return {run_id: ahead for ahead, run_id in enumerate(_order(device))}


def queue_position(run: Run) -> int | None:
    """How many waiting runs are ahead; None once a worker has it."""
    if run.state != State.QUEUED:
        return None
    positions = queue_positions(run.device)
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


def _usual_seconds(lab: int) -> float | None:
    """The median of the lab's last graded runs; None without any."""
    recent = Run.objects.filter(lab=lab, state__in=GRADED).order_by("-pk")
    totals = [
        float(seconds["total"])
        for seconds in recent.values_list("seconds", flat=True)[:_RECENT_RUNS]
        if "total" in seconds
    ]
    return float(median(totals)) if totals else None


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
