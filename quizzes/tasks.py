"""Celery's way in: ids become one service call."""

from uuid import UUID

from celery import shared_task

from quizzes import services
from quizzes.queue import (
    FIT,
    FIT_WAITING,
    IMPORT_DECK,
    IMPORT_WAITING,
    OPEN_WAITING,
    REFOLD,
    REFOLD_WAITING,
    RESCHEDULE,
    SWEEP_MEDIA,
    TEND,
    TEND_WAITING,
)
from quizzes.services import imports, media
from studyhub.base.clock import now


@shared_task(name=REFOLD)
def refold(user_id: int) -> None:
    """Folds a learner's cards with their newest parameters, a part at a time."""
    services.refold_cards(user_id)


@shared_task(name=REFOLD_WAITING)
def refold_waiting() -> None:
    """Takes up what a lost message left waiting."""
    services.refold_waiting()


@shared_task(name=TEND)
def tend(user_id: int, daily: int = 0) -> None:
    """Moves a learner's due dates to fit their plan: when they changed it, and once a study day."""
    services.tend_learner(user_id, now=now(), daily=bool(daily))


@shared_task(name=TEND_WAITING)
def tend_waiting() -> None:
    """Asks for the same for all whose study day began."""
    services.tend_waiting(now=now())


@shared_task(name=FIT)
def fit(user_id: int, wanted: int = 0) -> None:
    """Recalibrates a learner's predictions and fits their scheduler, where enough is new or
    `wanted` says so."""
    services.refit(user_id, now=now(), wanted=bool(wanted))


@shared_task(name=FIT_WAITING)
def fit_waiting() -> None:
    """The nightly round over all learners who reviewed since the last one."""
    services.refit_waiting()


@shared_task(name=RESCHEDULE)
def reschedule(user_id: int, batch: str) -> None:
    """Sets a learner's due dates anew, as they asked."""
    services.reschedule_cards(user_id, UUID(batch), now=now())


@shared_task(name=OPEN_WAITING)
def open_waiting() -> None:
    """Asks again for the fits and reschedulings whose message or worker was lost."""
    services.resume_waiting(now=now())


@shared_task(name=IMPORT_DECK)
def import_deck(import_id: str) -> None:
    """Takes in a file of cards that a learner sent."""
    imports.run_import(UUID(import_id), clock=now)


@shared_task(name=IMPORT_WAITING)
def import_waiting() -> None:
    """Takes up the files that a lost message left waiting."""
    imports.send_waiting(now=now())


@shared_task(name=SWEEP_MEDIA)
def sweep_media() -> None:
    """Removes the files that no learner names any more, and what killed imports left."""
    media.sweep_media(now=now())
    imports.sweep_uploads(now=now())
