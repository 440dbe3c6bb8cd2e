from django.urls import path

from quizzes.api import quizzes, views

urlpatterns = [
    path("session/", views.SessionView.as_view(), name="api-session"),
    path("events/", views.EventsView.as_view(), name="api-events"),
    path("changes/", views.ChangesView.as_view(), name="api-changes"),
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
]
