"""Grading stored predictions again, by what `lab.toml` says now; no code is run for it.

Metrics, thresholds and feedback may have changed since. The hidden set may not: predictions answer
the set that was drawn for them. No grade is lost, each earlier one is kept with who replaced it.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from labs.datasets import locate_all
from labs.domain.errors import LabsError, PredictionsRejected
from labs.domain.events import Event
from labs.domain.refusals import CannotRegrade, StaffOnly
from labs.domain.runs import GRADED, State
from labs.grading import (
    Exercise,
    Outcome,
    Prepared,
    grade,
    parse_predictions,
    prepare,
    read_or_create_secret,
)
from labs.models import EarlierGrade, Grade, Regrading
from labs.queue import send_regrading_after_commit
from labs.selectors import lab as lab_by_slug
from labs.selectors import run_for
from labs.services.exercises import draw_of, exercise_of, mark_used, with_data_here
from labs.services.places import Places
from labs.services.writes import write
from studyhub.accounts.models import User

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
UNDER_WAY = ("queued", "running")
# A regrading whose worker is silent for this long is taken up by another one.
SILENT_AFTER = timedelta(seconds=60)


def regrade_lab(user: User, lab_slug: str, *, reason: str, now: datetime) -> Regrading:
    """Asks for every graded run of the lab to be graded again; joins a wish that is under way.

    Raises StaffOnly and LabUnknown.
    """
    _check_staff(user)
    lab = lab_by_slug(lab_slug)
    return _ask(Regrading(lab=lab, asked_by=user, reason=reason[:500]), now)


def regrade_run(user: User, run_id: int, *, reason: str, now: datetime) -> Regrading:
    """The same for one run. Raises StaffOnly, RunUnknown and CannotRegrade."""
    _check_staff(user)
    run = run_for(user, run_id)
    if getattr(run, "grade", None) is None:
        raise CannotRegrade(
            "This run has no grade, so there are no predictions to grade.", cure="Run it again."
        )
    return _ask(Regrading(lab=run.lab, run=run, asked_by=user, reason=reason[:500]), now)


def _check_staff(user: User) -> None:
    if not user.is_staff:
        raise StaffOnly("Only staff grade runs again.", cure="Ask whoever runs this site.")


def _ask(wish: Regrading, now: datetime) -> Regrading:
    under_way = Regrading.objects.filter(lab=wish.lab, run=wish.run, state__in=UNDER_WAY)
    wish.asked_at = wish.updated_at = now
    wish.total = _runs(wish).count()
    try:
        with transaction.atomic():
            if found := under_way.first():
                return found
            wish.save()
            send_regrading_after_commit(wish.pk)
    except IntegrityError:
        # Somebody asked for the same at the same moment.
        return under_way.get()
    return wish


def carry_out_regrading(regrading_id: int, *, clock: Clock, places: Places | None = None) -> bool:
    """What the worker does for a wish; False where another worker has it or it is done.

    Goes on where a worker that was killed had stopped.
    """
    if not _take(regrading_id, clock()):
        return False
    wish = Regrading.objects.select_related("lab", "asked_by").get(pk=regrading_id)
    try:
        place = places or Places.of_this_site()
        exercise = with_data_here(exercise_of(wish.lab.slug, place), place.data)
        files = locate_all(exercise.spec.data, place.data, asked=wish.lab.slug)
        secret = read_or_create_secret(place.secret)
        prepared = prepare(exercise, files, secret=secret, out=place.prepared)
        mark_used(prepared)
    except LabsError as problem:
        _end(wish, "failed", clock(), message=f"{problem.message} {problem.cure}")
        return True
    draw = draw_of(prepared)
    for run_id in _runs(wish).filter(run_id__gt=wish.through).values_list("run_id", flat=True):
        # Judged outside of the transaction: SQLite has one writer at a time.
        judged = _judged(run_id, exercise, prepared, draw)
        with transaction.atomic():
            what = _replaced(*judged, wish, clock()) if judged else _What.LEFT_OUT
            told = Regrading.objects.filter(pk=wish.pk, state="running").update(
                through=run_id,
                done=F("done") + 1,
                changed=F("changed") + int(what is _What.CHANGED),
                left_out=F("left_out") + int(what is _What.LEFT_OUT),
                updated_at=clock(),
            )
        if not told:
            return True
    _end(wish, "done", clock())
    return True


def waiting_regradings(*, now: datetime) -> int:
    """Sends the wishes again whose message or worker was lost; how many."""
    count = 0
    silent = Regrading.objects.filter(state__in=UNDER_WAY, updated_at__lt=now - SILENT_AFTER)
    for wish in silent:
        with transaction.atomic():
            waits = Regrading.objects.filter(pk=wish.pk, updated_at=wish.updated_at)
            if waits.update(state="queued", updated_at=now):
                send_regrading_after_commit(wish.pk)
                count += 1
    return count


def _take(regrading_id: int, now: datetime) -> bool:
    free = Q(state="queued") | Q(state="running", updated_at__lt=now - SILENT_AFTER)
    taken = Regrading.objects.filter(free, pk=regrading_id)
    return taken.update(state="running", updated_at=now) == 1


def _runs(wish: Regrading) -> QuerySet[Grade]:
    graded = Grade.objects.filter(run__lab=wish.lab, run__state__in=GRADED)
    return (graded.filter(run=wish.run) if wish.run_id else graded).order_by("run_id")


def _end(wish: Regrading, state: str, now: datetime, *, message: str = "") -> None:
    Regrading.objects.filter(pk=wish.pk, state="running").update(
        state=state, message=message, updated_at=now, finished_at=now
    )


class _What(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    LEFT_OUT = "left out"


def _judged(
    run_id: int, exercise: Exercise, prepared: Prepared, draw: str
) -> tuple[Grade, Outcome] | None:
    """The grade as it is and as it would be now; None where the predictions do not answer this
    draw, cannot be read by what the lab asks for today, or break the grading."""
    old = Grade.objects.filter(run=run_id).first()
    if old is None or old.predictions is None or old.draw != draw:
        return None
    try:
        return old, grade(exercise, prepared, parse_predictions(bytes(old.predictions), prepared))
    except PredictionsRejected:
        return None
    except OSError:
        raise  # the machine's fault, not that of the predictions: to be tried again
    except Exception:
        # One run's predictions must not keep all others from their grades, now and at each retry.
        log.exception("run %s could not be graded again", run_id)
        return None


def _replaced(old: Grade, new: Outcome, wish: Regrading, now: datetime) -> _What:
    values = _values(new)
    if all(getattr(old, name) == value for name, value in values.items()):
        return _What.SAME
    # Whoever graded it again meanwhile judged by no older file than we did.
    mine = Grade.objects.filter(pk=old.pk, graded_at=old.graded_at)
    if not mine.update(**values, graded_at=now):
        return _What.SAME
    EarlierGrade.objects.create(
        run_id=old.run_id,
        regrading=wish,
        replaced_by=wish.asked_by,
        reason=wish.reason,
        replaced_at=now,
        graded_at=old.graded_at,
        **{name: getattr(old, name) for name in values},
    )
    _tell(old.run_id, old, new, now)
    return _What.CHANGED


def _values(new: Outcome) -> dict[str, object]:
    return {
        "grade": str(new.grade),
        "score": new.score,
        "metrics": new.metrics,
        "thresholds": new.thresholds,
        "hidden": new.hidden,
        "feedback": new.feedback,
        "flagged": new.flagged,
    }


def _tell(run_id: int, old: Grade, new: Outcome, now: datetime) -> None:
    """The run passes or fails by its newest grade, and its events say why."""
    state = State.PASSED if new.grade.passed else State.FAILED
    if (old.grade, old.score) == (str(new.grade), new.score):
        return
    said = f"Graded again: {old.grade} became {new.grade}."
    if old.grade == str(new.grade):
        said = f"Graded again: still {new.grade}, the score is now {new.score:g}."
    event = Event("state", {"state": str(state), "message": said}, now)
    write(run_id, where=Q(state__in=GRADED), events=[event], state=state)
