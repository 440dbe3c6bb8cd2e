from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "studyhub.base"
    label = "base"
