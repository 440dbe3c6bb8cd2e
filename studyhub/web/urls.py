from django.urls import path

from studyhub.web import entry

urlpatterns = [
    path("enter/<str:token>/", entry.enter, name="enter"),
    path("healthz/", entry.health, name="health"),
]
