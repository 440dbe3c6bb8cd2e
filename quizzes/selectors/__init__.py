"""Reads of the memory half, as frozen rows."""

from quizzes.selectors.memory import CardView, card_states
from quizzes.selectors.quizzes import (
    AnswerResult,
    QuestionView,
    QuizResult,
    QuizView,
    open_quiz,
    quiz,
)
from quizzes.selectors.session import Session, SessionCard, session
from quizzes.selectors.statistics import (
    Recall,
    Stats,
    chapter_recall,
    forecast,
    reviews_per_day,
    stats,
    true_retention,
)
from quizzes.selectors.sync import Change, Changes, changes, settings_of

__all__ = [
    "AnswerResult",
    "CardView",
    "Change",
    "Changes",
    "QuestionView",
    "QuizResult",
    "QuizView",
    "Recall",
    "Session",
    "SessionCard",
    "Stats",
    "card_states",
    "changes",
    "chapter_recall",
    "forecast",
    "open_quiz",
    "quiz",
    "reviews_per_day",
    "session",
    "settings_of",
    "stats",
    "true_retention",
]
