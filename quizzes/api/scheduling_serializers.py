"""What the scheduling part of the API takes and gives."""

from typing import Any

from rest_framework import serializers

from quizzes.api.serializers import Strict
from quizzes.domain.scheduler import INTERVAL_MAX, RETENTION_MAX, RETENTION_MIN, STEP_MAX_SECONDS
from quizzes.domain.scheduling_request import STEPS_MAX

_RETENTION = {"min_value": RETENTION_MIN, "max_value": RETENTION_MAX}


class StepsField(serializers.ListField):
    child = serializers.IntegerField(min_value=1, max_value=STEP_MAX_SECONDS)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=STEPS_MAX, help_text="Seconds", **options)


class SchedulingRequest(Strict):
    """What is left out stays as it is; a name that is no setting is refused."""

    desired_retention = serializers.FloatField(required=False, **_RETENTION)
    maximum_interval = serializers.IntegerField(
        required=False, min_value=1, max_value=INTERVAL_MAX, help_text="Days"
    )
    learning_steps = StepsField(required=False)
    relearning_steps = StepsField(required=False)
    chapter_retention = serializers.DictField(
        child=serializers.FloatField(allow_null=True, **_RETENTION),
        required=False,
        help_text="By chapter slug; null goes back to the retention for all. Others keep theirs.",
    )


class CardsDoneReply(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class CostReply(serializers.Serializer[Any]):
    """`reviews_a_day` is expected over the next 90 days for the cards that have been reviewed;
    `recalled` is the share of them that would be recalled on the day after."""

    retention = serializers.FloatField()
    reviews_a_day = serializers.FloatField()
    recalled = serializers.FloatField()


class SchedulingReply(serializers.Serializer[Any]):
    """`parameters` are the weights of `scheduler_version`. `refold` says how far cards are brought
    up to new weights, `reschedule` how far due dates are set anew; null where nothing runs."""

    desired_retention = serializers.FloatField()
    maximum_interval = serializers.IntegerField()
    learning_steps = StepsField()
    relearning_steps = StepsField()
    chapter_retention = serializers.DictField(child=serializers.FloatField())
    parameters = serializers.ListField(child=serializers.FloatField())
    scheduler_version = serializers.CharField()
    costs = CostReply(many=True)
    refold = CardsDoneReply(allow_null=True)
    reschedule = CardsDoneReply(allow_null=True)


class FitReply(serializers.Serializer[Any]):
    """The log losses are means over reviews that neither set of weights was fitted to."""

    version = serializers.IntegerField()
    fitted_at = serializers.DateTimeField()
    reviews = serializers.IntegerField()
    log_loss_before = serializers.FloatField()
    log_loss_after = serializers.FloatField()
    kept = serializers.BooleanField()
    weights = serializers.ListField(child=serializers.FloatField())


class QueuedReply(serializers.Serializer[Any]):
    queued = serializers.BooleanField()


class RescheduledReply(serializers.Serializer[Any]):
    """`moved` due dates of `cards` were set; null while a task does it."""

    cards = serializers.IntegerField()
    moved = serializers.IntegerField(allow_null=True)


class RestoredReply(serializers.Serializer[Any]):
    restored = serializers.IntegerField()
