from django.urls import path

from quizzes.api import views

urlpatterns = [
    path("session/", views.SessionView.as_view(), name="api-session"),
    path("events/", views.EventsView.as_view(), name="api-events"),
    path("changes/", views.ChangesView.as_view(), name="api-changes"),
    path("stats/", views.StatsView.as_view(), name="api-stats"),
    path("quizzes/", views.QuizzesView.as_view(), name="api-quizzes"),
    path("quizzes/<uuid:id>/", views.QuizView.as_view(), name="api-quiz"),
    path("quizzes/<uuid:id>/answers/", views.QuizAnswersView.as_view(), name="api-quiz-answers"),
    path("quizzes/<uuid:id>/finish/", views.QuizFinishView.as_view(), name="api-quiz-finish"),
    path("quizzes/<uuid:id>/retake/", views.QuizRetakeView.as_view(), name="api-quiz-retake"),
]
