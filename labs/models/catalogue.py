"""Labs as pages show them, what learners chose for them, and the data that they need."""

from django.conf import settings
from django.db import models

from labs.models.words import choices


class Lab(models.Model):
    """An exercise folder as pages show it; `sync_labs` writes it, the grader reads the folder."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    chapter = models.PositiveSmallIntegerField()  # number of the chapter it belongs to
    summary = models.TextField(blank=True)
    brief = models.TextField(blank=True)  # Markdown
    brief_html = models.TextField(blank=True)
    starter = models.TextField(blank=True)
    data = models.JSONField(default=list)  # names of data sets
    device = models.CharField(
        max_length=10, default="cpu", choices=choices(("cpu", "gpu", "either"))
    )
    limits = models.JSONField(default=dict)
    thresholds = models.JSONField(default=dict)
    hidden = models.JSONField(default=dict)  # {"share", "feedback_share"}
    quota = models.JSONField(default=dict)  # {"waiting", "per_day"}; what is missing: the site's
    prompts = models.JSONField(default=list)  # ids of prompts that the lab leans on
    spread = models.JSONField(default=list)  # what baseline and reference reached, over seeds
    position = models.IntegerField(default=0)
    # The one whose data are here, which thresholds, spread and data belong to; "" without variants.
    variant = models.CharField(max_length=60, blank=True, default="")
    retired_at = models.DateTimeField(null=True, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("position", "slug")

    def __str__(self) -> str:
        return self.title


class LearnerChoice(models.Model):
    """What a learner chose for one lab."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_choices"
    )
    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="choices")
    anonymous = models.BooleanField(default=False)  # on the leaderboard
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("user", "lab"), name="labs_learner_choice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.lab_id}"


class DatasetFetch(models.Model):
    """The last time somebody asked on a page for a data set, and how far it came."""

    slug = models.SlugField(unique=True)
    state = models.CharField(
        max_length=10, choices=choices(("queued", "running", "done", "failed"))
    )
    done = models.BigIntegerField(default=0)  # bytes
    total = models.BigIntegerField(null=True, blank=True)  # None: the source did not say
    message = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.slug}: {self.state}"
