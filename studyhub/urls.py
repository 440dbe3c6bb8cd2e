"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from labs.api.stream import RunStreamView
from quizzes.api.media import FileView

urlpatterns = [
    path("api/v1/", include("studyhub.api.urls")),
    path("sse/runs/<int:id>/", RunStreamView.as_view(), name="run-stream"),
    path("media/<str:sha>/<str:name>", FileView.as_view(), name="card-file"),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("content.web.urls")),
    path("", include("quizzes.web.urls")),
    path("", include("labs.web.urls")),
    path("", include("studyhub.web.urls")),
]
