from django.urls import path

from quizzes.api import deck_urls, plan, quizzes, scheduling, session, sync, views

urlpatterns = [
    *deck_urls.urlpatterns,
    path("session/", session.SessionView.as_view(), name="api-session"),
    path("undo/", session.UndoView.as_view(), name="api-undo"),
    path("leeches/", session.LeechesView.as_view(), name="api-leeches"),
    path("leeches/<str:prompt>/keep/", session.KeepLeechView.as_view(), name="api-leech-keep"),
    path("events/", sync.EventsView.as_view(), name="api-events"),
    path("changes/", sync.ChangesView.as_view(), name="api-changes"),
    path("stats/", views.StatsView.as_view(), name="api-stats"),
    path("quizzes/", quizzes.QuizzesView.as_view(), name="api-quizzes"),
    path("quizzes/<uuid:id>/", quizzes.QuizView.as_view(), name="api-quiz"),
    path("quizzes/<uuid:id>/answers/", quizzes.QuizAnswersView.as_view(), name="api-quiz-answers"),
    path(
        "quizzes/<uuid:id>/answers/<int:question>/override/",
        quizzes.QuizOverrideView.as_view(),
        name="api-quiz-override",
    ),
    path("quizzes/<uuid:id>/finish/", quizzes.QuizFinishView.as_view(), name="api-quiz-finish"),
    path("quizzes/<uuid:id>/retake/", quizzes.QuizRetakeView.as_view(), name="api-quiz-retake"),
    path("scheduling/", scheduling.SchedulingView.as_view(), name="api-scheduling"),
    path("scheduling/fit/", scheduling.FitView.as_view(), name="api-fit"),
    path("scheduling/fits/", scheduling.FitsView.as_view(), name="api-fits"),
    path("scheduling/reschedule/", scheduling.RescheduleView.as_view(), name="api-reschedule"),
    path("plan/", plan.PlanView.as_view(), name="api-plan"),
    path("plan/exams/", plan.ExamsView.as_view(), name="api-exams"),
    path("plan/exams/preview/", plan.ExamPreviewView.as_view(), name="api-exam-preview"),
    path("plan/exams/<uuid:id>/", plan.ExamView.as_view(), name="api-exam"),
    path("plan/breaks/", plan.BreaksView.as_view(), name="api-breaks"),
    path("plan/breaks/preview/", plan.BreakPreviewView.as_view(), name="api-break-preview"),
    path("plan/breaks/<uuid:id>/", plan.BreakView.as_view(), name="api-break"),
    path("plan/backlog/", plan.BacklogView.as_view(), name="api-backlog"),
    path("plan/backlog/preview/", plan.BacklogPreviewView.as_view(), name="api-backlog-preview"),
    path("plan/backlog/<uuid:id>/", plan.PostponementView.as_view(), name="api-postponement"),
]
