"""Fits the scheduler to a learner's reviews, and follows how well it predicted lately.

Reading and fitting take no lock: a learner goes on answering meanwhile. What came of it is written
in one short transaction, and dropped where the settings changed in between.
"""

import logging
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max

from quizzes.domain import fsrs
from quizzes.domain.errors import FitFailed
from quizzes.domain.events import Kind
from quizzes.domain.fitting import Fit, due_for_fit, fit
from quizzes.domain.history import histories, trials
from quizzes.domain.recalibration import Question, from_json, learned, to_json
from quizzes.models import OpenTask, SchedulerParameters, UserMemory
from quizzes.queue import send_fit_after_commit
from quizzes.selectors.fits import (
    FitRow,
    fits_of,
    fitted_until,
    review_log,
    reviews_of,
    why_no_fit,
)
from quizzes.selectors.memory import timeline_of
from quizzes.services.cards import record
from quizzes.services.intake import locked_memory
from quizzes.services.open_tasks import begin, done
from studyhub.accounts.models import User

logger = logging.getLogger(__name__)

#: The device that `parameters` events of fits name.
FITTER = UUID("6b2f8f5e-8a6e-5d0c-9a55-0d6f1f2a7c31")
REASON = "fit"


def fit_schedule(user: User, *, now: datetime) -> FitRow:
    """Fits to all reviews in force and keeps the result only where it predicts better.

    A kept fit becomes a `parameters` event, after which the cards are folded anew. Every fit is
    recorded. Raises FitFailed, with nothing recorded, where there is too little to go by.
    """
    begun = perf_counter()
    in_force = timeline_of(user.pk).newest.weights
    found = histories(review_log(user.pk))
    made = fit(found, in_force, fitted_until(user.pk, in_force))
    seconds = perf_counter() - begun
    with transaction.atomic():
        memory = locked_memory(user)
        if timeline_of(user.pk).newest.weights != in_force:
            raise FitFailed("The parameters changed during the fit.", cure="Fit again.")
        _write(memory, user, made, sum(map(len, found)), seconds, now)
    return fits_of(user.pk, 1)[0]


def _write(
    memory: UserMemory, user: User, made: Fit, reviews: int, seconds: float, now: datetime
) -> None:
    event_id = uuid4() if made.better else None
    before = SchedulerParameters.objects.filter(user=user).aggregate(last=Max("version"))["last"]
    SchedulerParameters.objects.create(
        user=user,
        version=(before or 0) + 1,
        scheduler_version=fsrs.VERSION,
        weights=list(made.weights),
        reviews=reviews,
        log_loss_before=made.log_loss_before,
        log_loss_after=made.log_loss_after,
        seconds=seconds,
        kept=made.better,
        event_id=event_id,
        fitted_at=now,
    )
    if event_id is not None:
        fields = {
            "parameters": list(made.weights),
            "scheduler_version": fsrs.VERSION,
            "reason": REASON,
        }
        record(memory, user, Kind.PARAMETERS, None, FITTER, now, event_id=event_id, fields=fields)


def recalibrate(user: User) -> int:
    """Learns from the answers that came since the last time; gives how many there were.

    In time order, each predicted from what stood before it with the weights in force. An answer
    that is taken back afterwards stays learned: it fades like any other.
    """
    memory = UserMemory.objects.filter(user=user).first()
    if memory is None:
        return 0
    state = known = from_json(memory.recalibration)
    weights = timeline_of(user.pk).newest.weights
    fresh = [
        trial
        for trial in trials(histories(review_log(user.pk, known.seq)), weights)
        if known.seq < trial.review.seq <= memory.cursor
    ]
    for trial in sorted(fresh, key=lambda one: one.review.at):
        recall = fsrs.retrievability(weights, trial.memory.stability, trial.review.days)
        question = Question(recall, trial.review.days, trial.memory.difficulty, trial.lapses)
        state = learned(state, question, recalled=trial.review.recalled)
    with transaction.atomic():
        locked = locked_memory(user)
        if from_json(locked.recalibration) != known:
            return 0  # another task was faster; the next night goes on from there
        locked.recalibration = to_json(replace(state, seq=memory.cursor))
        locked.save(update_fields=["recalibration"])
    return len(fresh)


def refit(user_id: int, *, now: datetime, wanted: bool = False) -> FitRow | None:
    """What is done for a learner at night: recalibrate, then fit where enough is new.

    `wanted` fits in any case, where the learner still waits for it. None where no fit was made: the
    learner is gone, or there is too little to go by.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return None
    if wanted and not begin(user_id, OpenTask.Kind.FIT, now=now):
        return None  # another task did it
    recalibrate(user)
    last = SchedulerParameters.objects.filter(user=user).first()
    if not wanted and not due_for_fit(reviews_of(user.pk), last.reviews if last else None):
        return None
    made = None
    try:
        made = fit_schedule(user, now=now)
    except FitFailed as refusal:
        logger.info("no fit for user %s: %s", user_id, refusal.message)
    done(user_id, OpenTask.Kind.FIT)
    return made


def ask_for_fit(user: User, *, now: datetime) -> None:
    """Has a task fit this learner's scheduler soon; once, however often it is asked for.

    Raises FitFailed where it would come to nothing.
    """
    lacking = why_no_fit(user.pk)
    if lacking:
        raise FitFailed(lacking, cure="Go on reviewing and fit later.")
    with transaction.atomic():
        _, asked = OpenTask.objects.get_or_create(
            user=user, kind=OpenTask.Kind.FIT, defaults={"moved_at": now}
        )
        if asked:
            send_fit_after_commit(user.pk, wanted=True)


def refit_waiting() -> int:
    """Asks for `refit` for every learner with something new; gives how many there are."""
    rows = UserMemory.objects.values_list("user_id", "cursor", "recalibration__seq")
    waiting = [user_id for user_id, cursor, seen in rows.iterator() if cursor > (seen or 0)]
    for user_id in waiting:
        send_fit_after_commit(user_id)
    return len(waiting)
