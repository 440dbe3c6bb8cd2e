"""Reads of runs: one's own, their events, attempts, grades and files."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from labs.domain.attempts import Attempt, attempts
from labs.domain.differences import Diff, difference
from labs.domain.events import EventPage, NumberedEvent
from labs.domain.refusals import NotComparable, RunUnknown
from labs.domain.runs import GRADED, is_final
from labs.domain.uploads import Upload, files_of
from labs.models import Artefact, EarlierGrade, Lab, Run, RunEvent, Submission
from studyhub.accounts.models import User

EVENTS_AT_ONCE = 500


def run_for(user: User, run_id: int) -> Run:
    """A run of the user's own; staff see every run. Raises RunUnknown."""
    return runs_for(user, run_id)[0]


def runs_for(user: User, *run_ids: int) -> list[Run]:
    """Several of them, in that order, by one query. Raises RunUnknown."""
    runs = Run.objects.select_related("lab", "grade", "submission", "user", "artefact")
    runs = runs.defer("submission__content", "grade__predictions")
    mine = runs if user.is_staff else runs.filter(user=user)
    try:
        found = mine.in_bulk(run_ids)
        return [found[run_id] for run_id in run_ids]
    except (KeyError, OverflowError):
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
    events = _numbered(RunEvent.objects.filter(run_id=run_id, seq__gt=after)[:limit])
    return EventPage(events, done=is_final(state) and len(events) < limit)


def attempts_of(run: Run) -> list[Attempt]:
    """Every hold of a worker on the run, first to last."""
    return attempts(_numbered(RunEvent.objects.filter(run=run, kind="state")))


def _numbered(rows: QuerySet[RunEvent]) -> tuple[NumberedEvent, ...]:
    found = rows.order_by("seq") if not rows.query.is_sliced else rows
    return tuple(
        NumberedEvent(seq, at, kind, data)
        for seq, at, kind, data in found.values_list("seq", "at", "kind", "data")
    )


def labs_tried(user: User) -> set[int]:
    """Keys of the labs to which the user has handed something in."""
    return set(Run.objects.filter(user=user).order_by().values_list("lab", flat=True).distinct())


def best_runs(user: User) -> dict[str, Run]:
    """The user's best graded run of each lab, by slug; of equal ones the first. Of a lab with
    variants, on the one that it stands on."""
    best: dict[str, Run] = {}
    graded = runs_of(user).filter(state__in=GRADED, grade__variant=F("lab__variant"))
    for run in graded.order_by("-grade__score", "pk"):
        best.setdefault(run.lab.slug, run)
    return best


@dataclass(frozen=True)
class PastGrade:
    """A grade that a run has or had. The newest has neither end, reason nor `by`."""

    grade: str
    score: float
    metrics: dict[str, Any]
    thresholds: dict[str, Any]
    graded_at: datetime
    replaced_at: datetime | None = None
    by: str = ""  # who asked for grading again; "" where the account is gone
    reason: str = ""


def grades_of(run: Run) -> list[PastGrade]:
    """All grades of a run, first to last; empty where it was never graded."""
    grade = getattr(run, "grade", None)
    if grade is None:
        return []
    earlier = EarlierGrade.objects.filter(run=run).select_related("replaced_by").order_by("pk")
    return [
        *(
            PastGrade(
                old.grade,
                old.score,
                old.metrics,
                old.thresholds,
                old.graded_at,
                old.replaced_at,
                old.replaced_by.get_username() if old.replaced_by else "",
                old.reason,
            )
            for old in earlier.defer("feedback")
        ),
        PastGrade(grade.grade, grade.score, grade.metrics, grade.thresholds, grade.graded_at),
    ]


def diff_of(user: User, before_id: int, after_id: int) -> Diff:
    """What changed from one run's upload to another's, notebooks as their code.

    Both must be of one learner and lab, and the user that learner or staff. Raises RunUnknown, or
    NotComparable.
    """
    return changes_between(*runs_for(user, before_id, after_id))


def changes_between(before: Run, after: Run) -> Diff:
    """The same of two runs that were read already. Raises NotComparable."""
    if before.user_id != after.user_id or before.lab_id != after.lab_id:
        raise NotComparable(
            "These two runs are not of one learner in one lab.",
            cure="Choose two runs from the same list.",
        )
    both = Submission.objects.filter(pk__in=(before.submission_id, after.submission_id))
    uploads = {
        pk: Upload(filename, bytes(content))
        for pk, filename, content in both.values_list("pk", "filename", "content")
    }
    return difference(
        files_of(uploads[before.submission_id]), files_of(uploads[after.submission_id])
    )


def artefact_of(run: Run) -> Artefact | None:
    """What the run left; its `file` is "" once the model was removed. None before it is packed."""
    return getattr(run, "artefact", None)
