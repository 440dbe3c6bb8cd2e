from django.urls import path

from labs.web import figures, lab_pages, run_pages

urlpatterns = [
    path("labs/", lab_pages.labs, name="labs"),
    path("labs/<slug:slug>/", lab_pages.lab, name="lab"),
    path("labs/<slug:slug>/hand-in/", lab_pages.submit, name="lab-submit"),
    path("labs/<slug:slug>/starter.py", lab_pages.starter, name="lab-starter"),
    path("labs/<slug:slug>/data/<slug:data>/", lab_pages.fetch, name="lab-fetch"),
    path("runs/<int:run_id>/", run_pages.run_page, name="run"),
    path("runs/<int:run_id>/part/", run_pages.run_part, name="run-part"),
    path("runs/<int:run_id>/cancel/", run_pages.cancel, name="run-cancel"),
    path("runs/<int:run_id>/worst/<int:place>.png", run_pages.worst_picture, name="run-worst"),
    path("runs/<int:run_id>/figures/<int:seq>.svg", figures.run_figure, name="run-figure"),
]
