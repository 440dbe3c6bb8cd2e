"""Tables of what a learner plans, and of what was fitted to their reviews."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class SchedulerParameters(models.Model):
    """One fit of the scheduler to a learner's reviews, whether it was kept or not.

    Log loss is measured on reviews that neither set of weights was fitted to. A kept fit wrote the
    `parameters` event `event_id`; `version` counts the learner's fits.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False)
    version = models.PositiveIntegerField()
    scheduler_version = models.CharField(max_length=16)
    weights = models.JSONField()
    reviews = models.PositiveIntegerField()
    log_loss_before = models.FloatField()
    log_loss_after = models.FloatField()
    seconds = models.FloatField()
    kept = models.BooleanField()
    event_id = models.UUIDField(null=True)
    fitted_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "scheduler parameters"
        ordering = ("-version",)
        constraints = [
            models.UniqueConstraint(fields=("user", "version"), name="scheduler_parameters_version")
        ]

    def __str__(self) -> str:
        return f"fit {self.version} of user {self.user_id}"


class Exam(models.Model):
    """A study day by which the learner wants to know some chapters, with the recall they want
    then. Until then their new cards come in time and reviews are drawn up to the day."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exams")
    title = models.CharField(max_length=100)
    day = models.DateField()
    chapters = models.JSONField()
    retention = models.FloatField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.title} on {self.day}"


class Break(models.Model):
    """Study days off, both ends included; what was due then comes before or after."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="breaks")
    first_day = models.DateField()
    last_day = models.DateField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("first_day",)
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="break_days_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"
