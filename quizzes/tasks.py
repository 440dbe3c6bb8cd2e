"""Celery's way in: ids become one service call."""

from celery import shared_task

from quizzes import services
from quizzes.queue import REFOLD, REFOLD_WAITING


@shared_task(name=REFOLD)
def refold(user_id: int) -> None:
    """Folds a learner's cards with their newest parameters, a part at a time."""
    services.refold_cards(user_id)


@shared_task(name=REFOLD_WAITING)
def refold_waiting() -> None:
    """Takes up what a lost message left waiting."""
    services.refold_waiting()
