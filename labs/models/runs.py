"""What learners hand in, runs, and what a run tells. The run row is the truth."""

from dataclasses import replace

from django.conf import settings
from django.db import models
from django.db.models import Q

from labs.domain.fairness import Priority
from labs.domain.jobs import JobError
from labs.domain.outcome import RunOutcome
from labs.domain.runs import FINAL, GRADED, RUNNING, State, is_final
from labs.models.catalogue import Lab
from labs.models.words import choices, names


class Submission(models.Model):
    """A file as the learner sent it; its bytes are kept, so that a run can be repeated."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="submissions"
    )
    lab = models.ForeignKey(Lab, on_delete=models.PROTECT, related_name="submissions")
    filename = models.CharField(max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    dropped = models.JSONField(default=list)  # [{"cell", "line"}] of a notebook
    key = models.CharField(max_length=100, null=True, blank=True)  # the client's, for repeats
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=("user", "key"), name="labs_submission_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.sha256[:8]})"


class Run(models.Model):
    """One attempt to grade a submission, from the queue to its end; see docs/run-states.md."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="runs")
    # Both repeat what the submission says, for the queries of the queue and the leaderboard.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="runs"
    )
    lab = models.ForeignKey(Lab, on_delete=models.PROTECT, related_name="runs")

    state = models.CharField(max_length=12, choices=choices(State), default=State.QUEUED)
    device = models.CharField(max_length=10, default="cpu")
    seed = models.PositiveIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(
        default=Priority.LEARNER, choices=[(int(lane), lane.name.lower()) for lane in Priority]
    )
    # Where somebody else than its learner asked for the run: a member of staff.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    repeats = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="repeated_by"
    )
    key = models.CharField(max_length=100, null=True, blank=True)  # the client's, of a repeat

    # Who holds the run: every write of a worker says "where attempt_id = mine".
    attempt = models.PositiveSmallIntegerField(default=0)
    attempt_id = models.UUIDField(null=True, blank=True)
    worker = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()  # when a message was last sent for it
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    last_seq = models.PositiveIntegerField(default=0)  # of its events
    progress = models.JSONField(null=True, blank=True)  # {"done", "total"} of the phase
    seconds = models.JSONField(default=dict)  # {"train", "predict", "total"}
    peak_memory_mb = models.FloatField(null=True, blank=True)
    sandbox = models.CharField(max_length=100, blank=True)
    log = models.TextField(blank=True)  # the last 64 kB
    error = models.JSONField(null=True, blank=True)  # {"kind", "message", "detail"}

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=names(State)), name="labs_run_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=names(FINAL), finished_at__isnull=False)
                | (~Q(state__in=names(FINAL)) & Q(finished_at__isnull=True)),
                name="labs_run_finished_when_final",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=names(RUNNING))
                | Q(attempt_id__isnull=False, lease_until__isnull=False),
                name="labs_run_held_under_a_lease",
            ),
            models.UniqueConstraint(fields=("user", "key"), name="labs_run_key_once"),
        ]
        indexes = [
            # The queue and the reconciler touch live rows only, however many have ended.
            models.Index(
                fields=("state", "id"),
                condition=~Q(state__in=names(FINAL)),
                name="labs_run_live",
            ),
            models.Index(fields=("user", "lab", "-id"), name="labs_run_of_user"),
            models.Index(fields=("user", "-claimed_at"), name="labs_run_last_served"),
            models.Index(
                fields=("lab", "user"),
                condition=Q(state__in=names(GRADED)),
                name="labs_run_graded",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.lab_id}: {self.state}"

    @property
    def is_final(self) -> bool:
        return is_final(self.state)

    def outcome(self) -> RunOutcome:
        """The run as the domain sees it; the kept predictions are not read."""
        grade = getattr(self, "grade", None)
        outcome = RunOutcome(
            State(self.state),
            thresholds=self.lab.thresholds,
            seconds=self.seconds,
            log=self.log,
            error=JobError.from_json(self.error) if self.error else None,
            sandbox=self.sandbox,
            peak_memory_mb=self.peak_memory_mb,
        )
        if grade is None:
            return outcome
        return replace(
            outcome,
            grade=grade.grade,
            score=grade.score,
            metrics=grade.metrics,
            thresholds=grade.thresholds,
            hidden=grade.hidden,
            feedback=grade.feedback,
            flagged=grade.flagged,
            variant=grade.variant,
        )


class RunEvent(models.Model):
    """A state, log line, metric point or progress of a run, numbered from 1 within it."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(
        max_length=10, choices=choices(("state", "log", "metric", "progress", "figure", "usage"))
    )
    data = models.JSONField()

    class Meta:
        ordering = ("run", "seq")
        constraints = [
            models.UniqueConstraint(fields=("run", "seq"), name="labs_run_event_seq_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.seq} {self.kind}"
