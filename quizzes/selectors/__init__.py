"""Reads of the memory half, as frozen rows."""

from quizzes.selectors.memory import (
    CardView,
    RefoldProgress,
    answered_among,
    card_states,
    refold_progress,
)
from quizzes.selectors.quiz_list import (
    QuizRow,
    gradable_counts,
    open_quizzes,
    past_quizzes,
    quizzes_of,
    row_of,
)
from quizzes.selectors.quizzes import (
    AnswerResult,
    QuestionView,
    QuizResult,
    QuizView,
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
from quizzes.selectors.sync import Change, Changes, changes

__all__ = [
    "AnswerResult",
    "CardView",
    "Change",
    "Changes",
    "QuestionView",
    "QuizResult",
    "QuizRow",
    "QuizView",
    "Recall",
    "RefoldProgress",
    "Session",
    "SessionCard",
    "Stats",
    "answered_among",
    "card_states",
    "changes",
    "chapter_recall",
    "forecast",
    "gradable_counts",
    "open_quizzes",
    "past_quizzes",
    "quiz",
    "quizzes_of",
    "refold_progress",
    "reviews_per_day",
    "row_of",
    "session",
    "stats",
    "true_retention",
]
