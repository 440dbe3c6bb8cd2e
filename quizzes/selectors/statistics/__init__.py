"""How a learner's memory does."""

from quizzes.selectors.statistics.answers import OWN_CARDS, answers
from quizzes.selectors.statistics.overview import (
    FORECAST_DAYS,
    HEAT_DAYS,
    RETENTION_DAYS,
    Recall,
    Stats,
    chapter_recall,
    forecast,
    reviews_per_day,
    stats,
    true_retention,
)

__all__ = [
    "FORECAST_DAYS",
    "HEAT_DAYS",
    "OWN_CARDS",
    "RETENTION_DAYS",
    "Recall",
    "Stats",
    "answers",
    "chapter_recall",
    "forecast",
    "reviews_per_day",
    "stats",
    "true_retention",
]
