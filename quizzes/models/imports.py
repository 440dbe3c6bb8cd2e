"""Files of cards that learners sent in, and what became of them."""

from uuid import uuid4

from django.conf import settings
from django.db import models


class DeckImport(models.Model):
    """One uploaded file. It lies under MEDIA_ROOT until the import ends.

    `options` has `cards` (a table or Markdown, no package), and for those `deck` (a slug, or empty)
    and `without_wrong`. `report` says what was imported and what was left out; `refusal` has
    `message`, `cure` and `errors` where nothing was. `attempts` counts how often a worker began:
    one that dies over a file is not given it for ever.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DONE = "done", "done"
        REFUSED = "refused", "refused"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="deck_imports", db_index=False
    )
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    options = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    refusal = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(fields=("user", "created_at"), name="deck_import_of_user"),
            models.Index(
                fields=("created_at",),
                name="deck_import_waiting",
                condition=models.Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return self.name
