from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "studyhub.web"
    label = "web"
