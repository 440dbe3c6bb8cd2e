from django.urls import path

from labs.web import check_pages, diff_pages, figures, lab_pages, run_acts, run_pages

urlpatterns = [
    path("labs/", lab_pages.labs, name="labs"),
    path("labs/<slug:slug>/", lab_pages.lab, name="lab"),
    path("labs/<slug:slug>/hand-in/", lab_pages.submit, name="lab-submit"),
    path("labs/<slug:slug>/check/", check_pages.check, name="lab-check"),
    path("labs/<slug:slug>/name/", lab_pages.appear, name="lab-anonymous"),
    path("labs/<slug:slug>/starter.py", lab_pages.starter, name="lab-starter"),
    path("labs/<slug:slug>/data/<slug:data>/", lab_pages.fetch, name="lab-fetch"),
    path("runs/<int:run_id>/", run_pages.run_page, name="run"),
    path("runs/<int:run_id>/part/", run_pages.run_part, name="run-part"),
    path("runs/<int:run_id>/cancel/", run_acts.cancel, name="run-cancel"),
    path("runs/<int:run_id>/again/", run_acts.again, name="run-again"),
    path("runs/<int:run_id>/changes/", diff_pages.diff, name="run-diff"),
    path("runs/<int:run_id>/artefact/", run_acts.artefact, name="run-artefact"),
    path("runs/<int:run_id>/worst/<int:place>.png", run_pages.worst_picture, name="run-worst"),
    path("runs/<int:run_id>/figures/<int:seq>.svg", figures.run_figure, name="run-figure"),
]
