"""The one place that sends work to Celery: after commit, with ids only.

A message only wakes a worker up; what there is to do stands in the database. A message that
cannot be sent is no error here: a periodic task finds the work that waits (settings.py, beat).
"""

from celery import current_app
from django.db import transaction

REFOLD = "quizzes.refold"
REFOLD_WAITING = "quizzes.refold_waiting"
FIT = "quizzes.fit"
FIT_WAITING = "quizzes.fit_waiting"
RESCHEDULE = "quizzes.reschedule"
OPEN_WAITING = "quizzes.open_waiting"
TEND = "quizzes.tend"
TEND_WAITING = "quizzes.tend_waiting"
IMPORT_DECK = "quizzes.import_deck"
IMPORT_WAITING = "quizzes.import_waiting"
SWEEP_MEDIA = "quizzes.sweep_media"
QUEUE = "default"
# A web request must not hang on a broker that is away.
_RETRY = {"max_retries": 1, "interval_start": 0.1}


def send_refold_after_commit(user_id: int) -> None:
    send_after_commit(REFOLD, user_id=user_id)


def send_tend_after_commit(user_id: int, *, daily: bool = False) -> None:
    send_after_commit(TEND, user_id=user_id, daily=int(daily))


def send_fit_after_commit(user_id: int, *, wanted: bool = False) -> None:
    send_after_commit(FIT, user_id=user_id, wanted=int(wanted))


def send_reschedule_after_commit(user_id: int, batch: str) -> None:
    send_after_commit(RESCHEDULE, user_id=user_id, batch=batch)


def send_import_after_commit(import_id: str) -> None:
    send_after_commit(IMPORT_DECK, import_id=import_id)


def send_after_commit(task: str, **ids: int | str) -> None:
    """Sends `task` once the transaction around the call is committed, and never if it is not."""

    def send() -> None:
        current_app.send_task(task, kwargs=ids, queue=QUEUE, retry=True, retry_policy=_RETRY)

    transaction.on_commit(send, robust=True)
