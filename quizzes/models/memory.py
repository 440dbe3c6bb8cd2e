"""Tables of memory: events (the truth) and cards (their cached fold)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from quizzes.domain.events import Kind, ReviewEvent, details_from
from quizzes.domain.fold import CardState
from quizzes.domain.scheduler import Phase

NEW_PER_DAY, REVIEWS_PER_DAY, LEECH_LAPSES = 20, 200, 8
EVERY_DAY_FULL = (1.0,) * 7


def every_day_full() -> list[float]:
    return list(EVERY_DAY_FULL)


class UserMemory(models.Model):
    """One row per learner: the lock that every write to their memory takes, and the pull cursor.

    `cursor` is the last number given to a change of this learner's; numbers are given under the
    lock and therefore appear in order. `easy_days` says, Monday first, what share (0 to 1) of a
    full day's reviews each weekday takes; `balance` whether due dates may move within their fuzz
    to even the days out. A card is a leech after `leech_lapses` lapses. `tended_day` is the last
    study day for which due dates were moved to fit the plan. `refold_wanted` is the change number
    of the newest parameters that not all cards were folded with yet; None when all are; then
    `refold_done` of `refold_total` cards are, up to the card `refold_after`.
    `recalibration` is what recent answers taught about the predictions; empty before any.
    """

    class NewOrder(models.TextChoices):
        COURSE = "course", "as the course goes"
        MIXED = "mixed", "chapters in turn"
        RANDOM = "random", "at random"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="memory"
    )
    cursor = models.BigIntegerField(default=0)
    settings_seq = models.BigIntegerField(default=0)
    new_per_day = models.PositiveSmallIntegerField(default=NEW_PER_DAY)
    reviews_per_day = models.PositiveSmallIntegerField(default=REVIEWS_PER_DAY)
    new_order = models.CharField(max_length=16, choices=NewOrder, default=NewOrder.COURSE)
    easy_days = models.JSONField(default=every_day_full)
    balance = models.BooleanField(default=True)
    leech_lapses = models.PositiveSmallIntegerField(default=LEECH_LAPSES)
    leech_suspend = models.BooleanField(default=False)
    tended_day = models.DateField(null=True)
    refold_wanted = models.BigIntegerField(null=True)
    refold_total = models.PositiveIntegerField(default=0)
    refold_done = models.PositiveIntegerField(default=0)
    refold_after = models.BigIntegerField(default=0)
    recalibration = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "user memories"
        indexes = [
            models.Index(
                fields=("refold_wanted",),
                name="memory_refold_wanted",
                condition=Q(refold_wanted__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"memory of user {self.user_id}"

    def next_seq(self) -> int:
        """The next change number; saved with the row at the end of the transaction."""
        self.cursor += 1
        return self.cursor


class ReviewEventRow(models.Model):
    """A review event as it was received. Rows are only ever added.

    `details` holds the fields that few kinds have; `day` is the study day, fixed at receipt.
    """

    # Both keys are held by intake, which reads learner and prompts under the learner's lock, and by
    # Django for deletions. The database would look each up, and lock it, once an event
    # (docs/adr/0025).
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, db_constraint=False
    )
    event_id = models.UUIDField()
    device = models.UUIDField()
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    prompt = models.ForeignKey(
        "content.Prompt", models.RESTRICT, null=True, db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    effective_at = models.DateTimeField()
    day = models.DateField()
    tz = models.CharField(max_length=64)
    rollover = models.PositiveSmallIntegerField()
    rating = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    version = models.PositiveIntegerField(null=True)
    target = models.UUIDField(null=True)
    reason = models.CharField(max_length=64, blank=True, default="")
    details = models.JSONField(default=dict)
    payload_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    change_seq = models.BigIntegerField()

    class Meta:
        db_table = "quizzes_review_event"
        verbose_name = "review event"
        constraints = [
            models.UniqueConstraint(fields=("user", "event_id"), name="review_event_once_per_user"),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__range=(1, 4)), name="review_event_rating"
            ),
            models.CheckConstraint(
                condition=Q(effective_at__lte=F("at")), name="review_event_effective_by_at"
            ),
        ]
        indexes = [
            models.Index(fields=("user", "change_seq"), name="review_event_changes"),
            models.Index(fields=("user", "prompt"), name="review_event_of_card"),
            models.Index(fields=("user", "day", "kind"), name="review_event_of_day"),
            models.Index(
                fields=("user", "target"),
                name="review_event_voids",
                condition=Q(target__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.prompt_id} {self.at:%Y-%m-%d %H:%M:%S}"

    def event(self) -> ReviewEvent:
        return ReviewEvent(
            id=self.event_id,
            device=self.device,
            seq=self.seq,
            kind=Kind(self.kind),
            prompt=self.prompt_id,
            at=self.at,
            effective_at=self.effective_at,
            day=self.day,
            tz=self.tz,
            rollover=self.rollover,
            rating=self.rating,
            duration_ms=self.duration_ms,
            version=self.version,
            target=self.target,
            reason=self.reason,
            **details_from(self.details),
        )


class Card(models.Model):
    """A learner's prompt with the cached fold of its events.

    `added` says that the learner added its chapter, so the card exists without events. A card
    whose only events were taken back stays as a `removed` row, which tells other devices.
    `new_order` is the place in the queue of new cards. `leech_kept` is the number of lapses at
    which the learner said to go on with it as it is.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False)
    prompt = models.ForeignKey(
        "content.Prompt", models.RESTRICT, related_name="cards", db_index=False
    )
    added = models.BooleanField(default=False)
    removed = models.BooleanField(default=False)
    new_order = models.BigIntegerField(default=0)
    change_seq = models.BigIntegerField()
    phase = models.CharField(
        max_length=16, choices=[(phase.value, phase.value) for phase in Phase], default=Phase.NEW
    )
    stability = models.FloatField(null=True)
    difficulty = models.FloatField(null=True)
    step = models.PositiveSmallIntegerField(default=0)
    interval = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(null=True)
    due_base = models.DateTimeField(null=True)
    last_review = models.DateTimeField(null=True)
    last_day = models.DateField(null=True)
    first_day = models.DateField(null=True)
    reps = models.PositiveIntegerField(default=0)
    lapses = models.PositiveIntegerField(default=0)
    suspended = models.BooleanField(default=False)
    buried_until = models.DateTimeField(null=True)
    flag = models.PositiveSmallIntegerField(default=0)
    leech_kept = models.PositiveIntegerField(default=0)
    head_at = models.DateTimeField(null=True)
    head_device = models.UUIDField(null=True)
    head_seq = models.BigIntegerField(null=True)
    head_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("user", "prompt"), name="card_once_per_user"),
        ]
        indexes = [
            models.Index(
                fields=("user", "due"), name="card_due", condition=Q(suspended=False, removed=False)
            ),
            models.Index(
                fields=("user", "phase", "new_order"),
                name="card_new",
                condition=Q(suspended=False, removed=False),
            ),
            models.Index(fields=("prompt",), name="card_of_prompt"),
            models.Index(fields=("user", "first_day"), name="card_first_day"),
            models.Index(fields=("user", "change_seq"), name="card_changes"),
            models.Index(
                fields=("user", "lapses"),
                name="card_lapses",
                condition=Q(removed=False, lapses__gte=2),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prompt_id} of user {self.user_id}"

    #: Columns that hold a field of CardState under its own name.
    STATE_FIELDS = (
        "phase",
        "stability",
        "difficulty",
        "step",
        "interval",
        "due",
        "due_base",
        "last_review",
        "last_day",
        "first_day",
        "reps",
        "lapses",
        "suspended",
        "buried_until",
        "flag",
    )
    HEAD_FIELDS = ("head_at", "head_device", "head_seq", "head_id")

    def state(self) -> CardState:
        fields = {name: getattr(self, name) for name in self.STATE_FIELDS}
        head = tuple(getattr(self, name) for name in self.HEAD_FIELDS)
        return CardState(
            prompt=self.prompt_id,
            **{**fields, "phase": Phase(self.phase)},
            head=None if self.head_id is None else head,
        )
