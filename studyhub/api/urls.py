"""/api/v1/: the apps' views under one roof."""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from studyhub.api import auth, chapters
from studyhub.api.problems import problem_page


def nothing_here(request: HttpRequest) -> JsonResponse:
    return problem_page(request, 404, "There is nothing at this address.", "not-found")


urlpatterns = [
    path("", include("quizzes.api.urls")),  # first, since answers go there
    path("auth/token/", auth.TokenView.as_view(), name="api-token"),
    path("auth/devices/", auth.DevicesView.as_view(), name="api-devices"),
    path("auth/devices/<str:id>/", auth.DeviceView.as_view(), name="api-device"),
    path("chapters/", chapters.ChaptersView.as_view(), name="api-chapters"),
    path("chapters/<slug:slug>/", chapters.ChapterView.as_view(), name="api-chapter"),
    path("chapters/<slug:slug>/add/", chapters.AddChapterView.as_view(), name="api-chapter-add"),
    path("", include("labs.api.urls")),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="api-schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", permission_classes=[AllowAny]),
        name="api-docs",
    ),
    re_path(r"^.*$", nothing_here),
]
