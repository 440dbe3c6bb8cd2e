"""Below /api/v1/."""

from django.urls import path

from labs.api import results, views

urlpatterns = [
    path("labs/", views.LabsView.as_view(), name="api-labs"),
    path("labs/<slug:slug>/", views.LabView.as_view(), name="api-lab"),
    path(
        "labs/<slug:slug>/leaderboard/", results.LeaderboardView.as_view(), name="api-leaderboard"
    ),
    path("labs/<slug:slug>/class/", results.ClassView.as_view(), name="api-class"),
    path(
        "labs/<slug:slug>/settings/", results.LearnerSettingsView.as_view(), name="api-lab-settings"
    ),
    path("labs/<slug:slug>/check/", views.CheckView.as_view(), name="api-check"),
    path("labs/<slug:slug>/regrade/", results.RegradeLabView.as_view(), name="api-lab-regrade"),
    path("labs/<slug:slug>/regradings/", results.RegradingsView.as_view(), name="api-regradings"),
    path("regradings/<int:id>/", results.RegradingView.as_view(), name="api-regrading"),
    path("labs/<slug:slug>/submissions/", views.SubmissionsView.as_view(), name="api-submissions"),
    path("runs/<int:id>/", views.RunView.as_view(), name="api-run"),
    path("runs/<int:id>/events/", views.RunEventsView.as_view(), name="api-run-events"),
    path("runs/<int:id>/again/", views.AgainView.as_view(), name="api-run-again"),
    path("runs/<int:id>/attempts/", results.AttemptsView.as_view(), name="api-run-attempts"),
    path("runs/<int:id>/grades/", results.GradesView.as_view(), name="api-run-grades"),
    path("runs/<int:id>/diff/", results.DiffView.as_view(), name="api-run-diff"),
    path("runs/<int:id>/artefact/", results.ArtefactView.as_view(), name="api-run-artefact"),
    path("runs/<int:id>/regrade/", results.RegradeRunView.as_view(), name="api-run-regrade"),
    path("runs/<int:id>/cancel/", views.CancelView.as_view(), name="api-run-cancel"),
    path("data/<slug:slug>/fetch/", views.FetchView.as_view(), name="api-data-fetch"),
]
