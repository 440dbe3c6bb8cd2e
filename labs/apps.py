from django.apps import AppConfig
from django.conf import settings

from labs.sandbox import Preferences, prefer


class LabsConfig(AppConfig):
    name = "labs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        prefer(
            Preferences(
                tier=settings.SANDBOX,
                image=settings.SANDBOX_IMAGE,
                runtime=settings.SANDBOX_RUNTIME,
            )
        )
