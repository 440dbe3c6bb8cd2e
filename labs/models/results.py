"""What runs came to: grades, those before them, and what is kept of the code's work."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from labs.models.catalogue import Lab
from labs.models.runs import Run
from labs.models.words import choices


class Grade(models.Model):
    """What the grader found, one per run; the predictions are kept for grading again.

    What it said before it was graded again stands in `EarlierGrade`.
    """

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="grade")
    grade = models.CharField(max_length=10, choices=choices(("excellent", "good", "pass", "fail")))
    score = models.FloatField()
    metrics = models.JSONField()
    thresholds = models.JSONField()
    hidden = models.JSONField()  # {"feedback", "final"}: how many examples
    feedback = models.JSONField(default=dict)  # of the feedback part only
    flagged = models.TextField(blank=True)  # why a person should look at it
    predictions = models.BinaryField(null=True)
    # Which answers the predictions were compared with; "" where that was not noted.
    draw = models.CharField(max_length=64, blank=True)
    # Of the lab: results of different data sets never stand beside each other.
    variant = models.CharField(max_length=60, blank=True, default="")
    graded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=("run",), name="labs_grade_flagged", condition=~Q(flagged=""))
        ]

    def __str__(self) -> str:
        return f"{self.grade} ({self.score:g})"


class Regrading(models.Model):
    """Somebody's wish to grade stored predictions again: of a lab, or of one run."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="regradings")
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, null=True, blank=True, related_name="regradings"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(
        max_length=10, choices=choices(("queued", "running", "done", "failed")), default="queued"
    )
    through = models.BigIntegerField(default=0)  # key of the last run looked at
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)  # could not be graded again
    message = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    updated_at = models.DateTimeField()  # a worker that is silent for a minute has lost it
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            # Of one scope, one at a time; a repeated wish joins it.
            models.UniqueConstraint(
                fields=("lab",),
                condition=Q(run=None, state__in=("queued", "running")),
                name="labs_regrading_of_lab_once",
            ),
            models.UniqueConstraint(
                fields=("run",),
                condition=Q(state__in=("queued", "running")),
                name="labs_regrading_of_run_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lab_id}: {self.state}"


class EarlierGrade(models.Model):
    """A grade as it was before the run was graded again."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="earlier_grades")
    regrading = models.ForeignKey(
        Regrading, on_delete=models.SET_NULL, null=True, related_name="replaced"
    )
    replaced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    grade = models.CharField(max_length=10)
    score = models.FloatField()
    metrics = models.JSONField()
    thresholds = models.JSONField()
    hidden = models.JSONField()
    feedback = models.JSONField(default=dict)
    flagged = models.TextField(blank=True)
    graded_at = models.DateTimeField()
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ("run", "id")

    def __str__(self) -> str:
        return f"{self.grade} ({self.score:g})"


class Artefact(models.Model):
    """What a graded run left: its model and code as a zip on disk, its environment here."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="artefact")
    environment = models.JSONField(default=dict)
    file = models.CharField(max_length=200, blank=True)  # name in the artefacts folder; "": removed
    size = models.BigIntegerField(default=0)  # bytes of the zip
    model_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=300, blank=True)  # why there is no file, or no model in it
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=("created_at",), name="labs_artefact_kept", condition=~Q(file=""))
        ]

    def __str__(self) -> str:
        return self.file or "removed"
