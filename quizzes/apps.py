from typing import Any

from django.apps import AppConfig


class QuizzesConfig(AppConfig):
    name = "quizzes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from studyhub.accounts.closing import closing  # noqa: PLC0415 - needs the models

        closing.connect(_forget_learner)


def _forget_learner(user: Any, **_: Any) -> None:
    # All services are many modules; commands that touch none start without them.
    from quizzes.services.leaving import forget_learner  # noqa: PLC0415

    forget_learner(user)
