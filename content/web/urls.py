from django.urls import path

from content.web import views

urlpatterns = [
    path("content/figures/<slug:chapter>/<str:name>", views.figure, name="content-figure"),
]
