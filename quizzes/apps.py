from django.apps import AppConfig


class QuizzesConfig(AppConfig):
    name = "quizzes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from quizzes.services.leaving import forget_learner  # noqa: PLC0415 - needs the models
        from studyhub.accounts.closing import closing  # noqa: PLC0415

        closing.connect(forget_learner)
