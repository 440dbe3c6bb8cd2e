"""Reads for pages and API: labs, runs, their events, the leaderboard."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform

from labs.domain.events import EventPage, NumberedEvent
from labs.domain.fairness import turns
from labs.domain.refusals import LabUnknown, RunUnknown
from labs.domain.runs import GRADED, RUNNING, State, is_final
from labs.models import DatasetFetch, Grade, Lab, Run, RunEvent
from studyhub.accounts.models import User

EVENTS_AT_ONCE = 500
# Beyond this a position is a number nobody counts on.
_LONGEST_QUEUE = 1_000
_RECENT_RUNS = 20


def labs() -> QuerySet[Lab]:
    return Lab.objects.filter(retired_at=None)


def lab(slug: str) -> Lab:
    """Raises LabUnknown."""
    try:
        return labs().get(slug=slug)
    except Lab.DoesNotExist:
        raise LabUnknown(f"There is no lab {slug}.", cure="Choose one from the list.") from None


def run_for(user: User, run_id: int) -> Run:
    """A run of the user's own; staff see every run. Raises RunUnknown."""
    runs = Run.objects.select_related("lab", "grade", "submission", "user")
    runs = runs.defer("submission__content", "grade__predictions")
    mine = runs if user.is_staff else runs.filter(user=user)
    try:
        return mine.get(pk=run_id)
    except (Run.DoesNotExist, OverflowError):
        raise RunUnknown("There is no such run.", cure="Open it from its lab's page.") from None


def runs_of(user: User, lab: Lab | None = None) -> QuerySet[Run]:
    """The user's runs, newest first, without logs and predictions."""
    runs = Run.objects.filter(user=user).select_related("lab", "grade", "submission", "user")
    runs = runs.defer("log", "submission__content", "grade__predictions", "grade__feedback")
    return runs.filter(lab=lab) if lab is not None else runs


def run_events(run_id: int, *, after: int = 0, limit: int = EVENTS_AT_ONCE) -> EventPage:
    """Events with a number above `after`; `done` once the run has ended and all were given."""
    # The state is read first: what is final then has all its events written.
    state = Run.objects.values_list("state", flat=True).get(pk=run_id)
    rows = RunEvent.objects.filter(run_id=run_id, seq__gt=after).order_by("seq")
    found = rows.values_list("seq", "at", "kind", "data")[:limit]
    events = tuple(NumberedEvent(seq, at, kind, data) for seq, at, kind, data in found)
    return EventPage(events, done=is_final(state) and len(events) < limit)


def run_events_of(run_id: int, *kinds: str, newest: int | None = None) -> tuple[NumberedEvent, ...]:
    """Events of some kinds in their order; with `newest` only the last so many of them."""
    rows = RunEvent.objects.filter(run_id=run_id, kind__in=kinds)
    found = rows.order_by("-seq" if newest else "seq").values_list("seq", "at", "kind", "data")
    events = [NumberedEvent(seq, at, kind, data) for seq, at, kind, data in found[:newest]]
    return tuple(reversed(events) if newest else events)


def figures_of(run_id: int) -> list[tuple[int, str]]:
    """Number and name of each figure that a run drew, without its SVG, which may be large."""
    rows = RunEvent.objects.filter(run_id=run_id, kind="figure").order_by("seq")
    named = rows.annotate(name=KeyTextTransform("name", "data")).values_list("seq", "name")
    return [(seq, name or "") for seq, name in named]


def runs_with_curves(run: Run, *, most: int) -> list[Run]:
    """The newest other runs of its learner and lab that logged metrics."""
    points = RunEvent.objects.filter(run=OuterRef("pk"), kind="metric")
    others = runs_of(run.user, run.lab).exclude(pk=run.pk).filter(Exists(points))
    return list(others[:most])


def labs_tried(user: User) -> set[int]:
    """Keys of the labs to which the user has handed something in."""
    return set(Run.objects.filter(user=user).order_by().values_list("lab", flat=True).distinct())


def best_runs(user: User) -> dict[str, Run]:
    """The user's best graded run of each lab, by slug; of equal ones the first."""
    best: dict[str, Run] = {}
    for run in runs_of(user).filter(state__in=GRADED).order_by("-grade__score", "pk"):
        best.setdefault(run.lab.slug, run)
    return best


def queue_positions(device: str) -> dict[int, int]:
    """How many runs are ahead of each waiting run, by run id."""
    waiting = list(
        Run.objects.filter(state=State.QUEUED, device=device)
        .order_by("pk")
        .values_list("pk", "user_id")[:_LONGEST_QUEUE]
    )
    users = {user for _, user in waiting}
    held = Run.objects.filter(state__in=RUNNING, user__in=users).values_list("user_id", flat=True)
    served = Run.objects.filter(user__in=users, claimed_at__isnull=False).order_by()
    order = turns(
        waiting,
        running=Counter(held),
        last_served={
            row["user"]: row["last"]
            for row in served.values("user").annotate(last=Max("claimed_at"))
        },
    )
    return {run_id: ahead for ahead, run_id in enumerate(order)}


def queue_position(run: Run) -> int | None:
    """How many waiting runs are ahead; None once a worker has it."""
    if run.state != State.QUEUED:
        return None
    return queue_positions(run.device).get(run.pk, _LONGEST_QUEUE)


def wait_estimate(run: Run) -> float | None:
    """Seconds until a waiting run has its grade, if one worker serves; None without history."""
    position = queue_position(run)
    recent = Run.objects.filter(lab=run.lab, state__in=GRADED).order_by("-pk")
    totals = [
        seconds["total"]
        for seconds in recent.values_list("seconds", flat=True)[:_RECENT_RUNS]
        if "total" in seconds
    ]
    if position is None or not totals:
        return None
    return float(median(totals)) * (position + 1)


@dataclass(frozen=True)
class Place:
    """One learner's best run; equal scores share a place and the earlier run stands first."""

    place: int
    user_id: int
    name: str
    run_id: int
    grade: str
    score: float
    metrics: dict[str, Any]


def leaderboard(lab: Lab, *, limit: int = 100) -> Sequence[Place]:
    """The best run of each learner, best first; runs that a person must look at are left out."""
    best_first = (
        Grade.objects.filter(run__lab=lab, run__state__in=GRADED, flagged="")
        .order_by("-score", "run_id")
        .values_list("run__user", "run__user__username", "run", "grade", "score", "metrics")
    )
    places: list[Place] = []
    seen: set[int] = set()
    for user_id, name, run_id, grade, score, metrics in best_first.iterator(chunk_size=500):
        if user_id in seen:
            continue
        seen.add(user_id)
        tied = places and places[-1].score == score
        place = places[-1].place if tied else len(places) + 1
        places.append(Place(place, user_id, name, run_id, grade, score, metrics))
        if len(places) == limit:
            break
    return places


def fetch_of(slug: str) -> DatasetFetch | None:
    """How far the last asked-for fetch of a data set is."""
    return DatasetFetch.objects.filter(slug=slug).first()
