"""Tables of the memory half: events and cards, plans, quizzes."""

from quizzes.models.imports import DeckImport
from quizzes.models.memory import (
    LEECH_LAPSES,
    NEW_PER_DAY,
    REVIEWS_PER_DAY,
    Card,
    ReviewEventRow,
    UserMemory,
)
from quizzes.models.open_tasks import OpenTask
from quizzes.models.plans import Break, Exam, SchedulerParameters
from quizzes.models.quizzes import QuizAnswer, QuizAttempt, QuizQuestion

__all__ = [
    "LEECH_LAPSES",
    "NEW_PER_DAY",
    "REVIEWS_PER_DAY",
    "Break",
    "Card",
    "DeckImport",
    "Exam",
    "OpenTask",
    "QuizAnswer",
    "QuizAttempt",
    "QuizQuestion",
    "ReviewEventRow",
    "SchedulerParameters",
    "UserMemory",
]
