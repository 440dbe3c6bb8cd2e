"""The preview's pages stand before the site's addresses, which follow only to be named in links."""

from django.urls import include, path, re_path

from studyhub.preview import views
from studyhub.web import theme

urlpatterns = [
    path("", views.course),
    path("chapters/", views.course),
    path("chapters/<slug:slug>/", views.chapter),
    path("preview/prompts/<slug:slug>/", views.prompts, name="preview-prompts"),
    path("preview/events/", views.events, name="preview-events"),
    path("content/figures/<slug:chapter>/<str:name>", views.figure),
    path("theme/", theme.switch),
    re_path(r"^(?P<path>.*)$", views.elsewhere),
    path("", include("studyhub.urls")),
]
