"""Writes of the memory half: one function per use case, each in a transaction of its own."""

from quizzes.services.cards import (
    Recorded,
    add_chapter,
    record_events,
    review_prompt,
)
from quizzes.services.fitting import ask_for_fit, fit_schedule, recalibrate, refit, refit_waiting
from quizzes.services.intake import EventResult
from quizzes.services.open_tasks import resume_waiting
from quizzes.services.plans import (
    change_settings,
    end_break,
    end_exam,
    plan_break,
    plan_exam,
    postpone,
    take_back_postponement,
)
from quizzes.services.quiz_answers import (
    answer_question,
    finish_overdue,
    finish_quiz,
    override_answer,
    quiz_now,
)
from quizzes.services.quizzes import retake_missed, start_quiz
from quizzes.services.refold import refold_cards, refold_waiting
from quizzes.services.scheduling import (
    reschedule_cards,
    reschedule_now,
    reset_scheduling,
    set_scheduling,
    undo_reschedule,
)
from quizzes.services.tending import tend, tend_learner, tend_waiting

__all__ = [
    "EventResult",
    "Recorded",
    "add_chapter",
    "answer_question",
    "ask_for_fit",
    "change_settings",
    "end_break",
    "end_exam",
    "finish_overdue",
    "finish_quiz",
    "fit_schedule",
    "override_answer",
    "plan_break",
    "plan_exam",
    "postpone",
    "quiz_now",
    "recalibrate",
    "record_events",
    "refit",
    "refit_waiting",
    "refold_cards",
    "refold_waiting",
    "reschedule_cards",
    "reschedule_now",
    "reset_scheduling",
    "resume_waiting",
    "retake_missed",
    "review_prompt",
    "set_scheduling",
    "start_quiz",
    "take_back_postponement",
    "tend",
    "tend_learner",
    "tend_waiting",
    "undo_reschedule",
]
