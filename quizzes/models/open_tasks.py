"""What learners asked tasks for and is not done."""

from uuid import uuid4

from django.conf import settings
from django.db import models


class OpenTask(models.Model):
    """Work that a task does for a learner; the row goes when it is done.

    A message only wakes a worker up, and may be lost with it. This row says what is to be done and
    how far it is, so that another task goes on. `moved_at` is when one last did something for it;
    `attempts` counts how often one began: what kills its worker is not tried for ever. Of a
    rescheduling, `batch` is the device of its events, and `done` of `total` cards are gone through,
    up to the card `after`.
    """

    class Kind(models.TextChoices):
        FIT = "fit", "fit"
        RESCHEDULE = "reschedule", "reschedule"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    batch = models.UUIDField(default=uuid4)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    after = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("user", "kind"), name="open_task_once_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} for user {self.user_id}"
