"""Learners with cards in review, for the tests of plans."""

from datetime import timedelta

from quizzes.domain.days import day_start
from quizzes.domain.scheduler import Phase
from quizzes.models import Card
from quizzes.services import review_prompt
from tests.integration.quizzes.conftest import LAPTOP, NOW

DAY = timedelta(days=1)
TODAY = NOW.date()


def in_days(count: int):
    return TODAY + count * DAY


def learn(user, prompt: str, *, days_ago: int = 3, rating: int = 4) -> Card:
    """Rated so many days ago; Easy leaves a new card in review at once."""
    review_prompt(user, prompt, rating=rating, device=LAPTOP, now=NOW - days_ago * DAY)
    return Card.objects.get(user=user, prompt=prompt)


def due_in(user, prompt: str, days: int, *, interval: int = 10, stability: float = 10.0) -> Card:
    """A card in review that its scheduler made due in `days` days.

    Set in the table, as the tests of plans need days that no rating gives. Its event says Easy, so
    that it is an ordinary card in all else.
    """
    card = learn(user, prompt, days_ago=max(1, interval - days))
    due = day_start(in_days(days), user.time_zone, user.rollover_hour)
    Card.objects.filter(pk=card.pk).update(
        phase=Phase.REVIEW,
        due=due,
        due_base=due,
        last_day=in_days(days - interval),
        first_day=in_days(days - interval) - 30 * DAY,
        interval=interval,
        stability=stability,
        difficulty=5.0,
    )
    card.refresh_from_db()
    return card


def due_day(user, prompt: str):
    return Card.objects.get(user=user, prompt=prompt).due.date()
