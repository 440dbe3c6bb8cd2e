from django.urls import path

from quizzes.web import deck_urls, plan, quiz, scheduling, session_urls
from quizzes.web.statistics import views as statistics

urlpatterns = [
    *deck_urls.urlpatterns,
    *session_urls.urlpatterns,
    path("quiz/", quiz.quizzes, name="quizzes"),
    path("quiz/attempt/<uuid:attempt_id>/", quiz.quiz, name="quiz"),
    path("quiz/attempt/<uuid:attempt_id>/answer/", quiz.answer, name="quiz-answer"),
    path("quiz/attempt/<uuid:attempt_id>/override/", quiz.override, name="quiz-override"),
    path("quiz/attempt/<uuid:attempt_id>/finish/", quiz.finish, name="quiz-finish"),
    path("quiz/attempt/<uuid:attempt_id>/retake/", quiz.retake, name="quiz-retake"),
    path("quiz/<slug:chapter>/", quiz.start, name="quiz-start"),
    path("scheduling/", scheduling.scheduling, name="scheduling"),
    path("scheduling/fit/", scheduling.fit, name="scheduling-fit"),
    path("scheduling/reschedule/", scheduling.reschedule, name="scheduling-reschedule"),
    path(
        "scheduling/reschedule/undo/",
        scheduling.undo_reschedule,
        name="scheduling-reschedule-undo",
    ),
    path("scheduling/defaults/", scheduling.reset, name="scheduling-reset"),
    path("statistics/", statistics.page, name="statistics"),
    path("statistics/facts/", statistics.facts, name="statistics-facts"),
    path("plan/", plan.plan, name="plan"),
    path("plan/exam/", plan.exam, name="plan-exam"),
    path("plan/exam/<uuid:exam_id>/end/", plan.end_exam, name="plan-exam-end"),
    path("plan/break/", plan.rest, name="plan-break"),
    path("plan/break/<uuid:break_id>/end/", plan.end_break, name="plan-break-end"),
    path("plan/backlog/", plan.backlog, name="plan-backlog"),
    path("plan/backlog/<uuid:postponement>/back/", plan.take_back, name="plan-backlog-back"),
]
