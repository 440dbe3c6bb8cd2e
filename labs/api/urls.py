"""Below /api/v1/."""

from django.urls import path

from labs.api import views

urlpatterns = [
    path("labs/", views.LabsView.as_view(), name="api-labs"),
    path("labs/<slug:slug>/", views.LabView.as_view(), name="api-lab"),
    path("labs/<slug:slug>/leaderboard/", views.LeaderboardView.as_view(), name="api-leaderboard"),
    path("labs/<slug:slug>/submissions/", views.SubmissionsView.as_view(), name="api-submissions"),
    path("runs/<int:id>/", views.RunView.as_view(), name="api-run"),
    path("runs/<int:id>/events/", views.RunEventsView.as_view(), name="api-run-events"),
    path("runs/<int:id>/cancel/", views.CancelView.as_view(), name="api-run-cancel"),
    path("data/<slug:slug>/fetch/", views.FetchView.as_view(), name="api-data-fetch"),
]
