"""Writes of the memory half: one function per use case, each in a transaction of its own."""

from quizzes.services.cards import (
    Recorded,
    add_chapter,
    record_events,
    review_prompt,
    set_daily_limit,
    undo_last,
)
from quizzes.services.intake import EventResult
from quizzes.services.quizzes import answer_question, finish_quiz, retake_missed, start_quiz
from quizzes.services.refold import refold_cards, refold_waiting

__all__ = [
    "EventResult",
    "Recorded",
    "add_chapter",
    "answer_question",
    "finish_quiz",
    "record_events",
    "refold_cards",
    "refold_waiting",
    "retake_missed",
    "review_prompt",
    "set_daily_limit",
    "start_quiz",
    "undo_last",
]
