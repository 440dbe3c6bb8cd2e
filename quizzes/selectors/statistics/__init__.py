"""How a learner's memory does."""

from quizzes.selectors.statistics.answers import OWN_CARDS, answers
from quizzes.selectors.statistics.cards import Cards, Forecast, HeldCard, Memories, cards
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
from quizzes.selectors.statistics.studied import Studied, studied
from quizzes.selectors.statistics.version import require_chapter, version

__all__ = [
    "FORECAST_DAYS",
    "HEAT_DAYS",
    "OWN_CARDS",
    "RETENTION_DAYS",
    "Cards",
    "Forecast",
    "HeldCard",
    "Memories",
    "Recall",
    "Stats",
    "Studied",
    "answers",
    "cards",
    "chapter_recall",
    "forecast",
    "require_chapter",
    "reviews_per_day",
    "stats",
    "studied",
    "true_retention",
    "version",
]
