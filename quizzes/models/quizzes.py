"""Tables of quizzes: drawn once, answered once."""

from uuid import uuid4

from django.conf import settings
from django.db import models


class QuizAttempt(models.Model):
    """One quiz of one learner: its questions are drawn and shuffled once, when it starts."""

    class Feedback(models.TextChoices):
        EACH = "each", "after each question"
        END = "end", "at the end"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False)
    chapters = models.JSONField()
    feedback = models.CharField(max_length=8, choices=Feedback)
    seconds = models.PositiveIntegerField(null=True)
    seed = models.BigIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    score = models.FloatField(null=True)
    retake_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="retakes")

    class Meta:
        ordering = ("-started_at",)
        indexes = [models.Index(fields=("user", "-started_at"), name="quiz_attempts_of_user")]

    def __str__(self) -> str:
        return f"quiz of user {self.user_id} at {self.started_at:%Y-%m-%d %H:%M}"


class QuizQuestion(models.Model):
    """A prompt in a quiz. `choices` are the ids of its options in the order shown here."""

    attempt = models.ForeignKey(
        QuizAttempt, models.CASCADE, related_name="questions", db_index=False
    )
    prompt = models.ForeignKey("content.Prompt", models.RESTRICT, related_name="+")
    position = models.PositiveSmallIntegerField()
    choices = models.JSONField(default=list)

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=("attempt", "position"), name="quiz_question_position"),
            models.UniqueConstraint(fields=("attempt", "prompt"), name="quiz_question_prompt"),
        ]

    def __str__(self) -> str:
        return f"question {self.position}: {self.prompt_id}"


class QuizAnswer(models.Model):
    """The first answer to a question, as it was graded then.

    `override` is the learner's own verdict where they disagree; `correct` stays what was graded.
    """

    question = models.OneToOneField(QuizQuestion, models.CASCADE, related_name="answer")
    given = models.JSONField()
    correct = models.BooleanField()
    score = models.FloatField()
    expected = models.JSONField()
    message = models.CharField(max_length=200, blank=True)
    scheduled = models.BooleanField(default=False)
    override = models.BooleanField(null=True)
    overridden_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField()

    @property
    def counts(self) -> bool:
        """The verdict that counts: the learner's where they gave one."""
        return self.correct if self.override is None else self.override

    def __str__(self) -> str:
        return f"answer to {self.question_id}: {self.score:.0%}"
