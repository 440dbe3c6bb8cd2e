"""What `events/` and `changes/` take and give.

The events themselves are read by the domain, one by one, and both answers are encoded without
these classes: for the two hot addresses they are the schema, and the words of a refusal.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from quizzes.api.serializers import EVENT_KINDS
from quizzes.api.session_serializers import SessionReply

EVENTS_MAX, NEXT_MAX = 1000, 50


class EventBody(serializers.Serializer[Any]):
    """One thing done to one card. Only for the schema: each event is judged on its own."""

    id = serializers.UUIDField(help_text="Chosen by the client; a retry keeps it")
    device = serializers.UUIDField()
    seq = serializers.IntegerField(min_value=0, help_text="Counts up on the device")
    kind = serializers.ChoiceField(choices=EVENT_KINDS)
    prompt = serializers.CharField(
        max_length=128, required=False, help_text="Every kind but parameters; the card's prompt"
    )
    at = serializers.DateTimeField(help_text="With offset, to the millisecond")
    tz = serializers.CharField(default="UTC", help_text="IANA name; fixes the study day")
    rollover = serializers.IntegerField(min_value=0, max_value=23, default=4)
    rating = serializers.IntegerField(
        min_value=1,
        max_value=4,
        required=False,
        help_text="review: again 1, hard 2, good 3, easy 4",
    )
    duration_ms = serializers.IntegerField(min_value=0, max_value=86_400_000, required=False)
    version = serializers.IntegerField(min_value=1, required=False, help_text="Text that was shown")
    target = serializers.UUIDField(required=False, help_text="void: the event taken back")
    due = serializers.DateTimeField(required=False, help_text="set_due")
    until = serializers.DateTimeField(required=False, help_text="bury")
    flag = serializers.IntegerField(min_value=0, max_value=7, required=False)
    reason = serializers.CharField(max_length=64, required=False)
    parameters = serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="parameters: 21 of FSRS-6"
    )
    desired_retention = serializers.FloatField(min_value=0.7, max_value=0.99, required=False)
    maximum_interval = serializers.IntegerField(min_value=1, max_value=36_500, required=False)
    learning_steps = serializers.ListField(child=serializers.IntegerField(), required=False)
    relearning_steps = serializers.ListField(child=serializers.IntegerField(), required=False)
    scheduler_version = serializers.CharField(required=False)
    chapter_retention = serializers.DictField(
        child=serializers.FloatField(min_value=0.7, max_value=0.99, allow_null=True),
        required=False,
        help_text="parameters: desired retention by chapter slug; null takes one off",
    )


@extend_schema_field(EventBody(many=True))
class EventsField(serializers.ListField):
    child = serializers.JSONField()


class EventsRequest(serializers.Serializer[Any]):
    events = EventsField(max_length=EVENTS_MAX)
    next = serializers.IntegerField(
        min_value=0, max_value=NEXT_MAX, default=0, help_text="So many next cards in the answer"
    )


class EventResultReply(serializers.Serializer[Any]):
    id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=["created", "duplicate", "conflict", "invalid"])
    reason = serializers.CharField(allow_blank=True, help_text="What to do where not taken in")
    effective_at = serializers.DateTimeField(
        allow_null=True, help_text="When it counts from: the earlier of `at` and first receipt"
    )


class RecordedReply(serializers.Serializer[Any]):
    results = EventResultReply(many=True, help_text="One per event, in input order")
    cursor = serializers.CharField(help_text="The newest; go on pulling from your own")
    session = SessionReply(required=False, help_text="As of GET session/; where `next` asked")


class ChangesQuery(serializers.Serializer[Any]):
    since = serializers.CharField(required=False, allow_blank=True, help_text="Empty: all")
    cursor = serializers.CharField(required=False, help_text="The same as since, as lists call it")
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=500)


class ChangeReply(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["card", "prompt", "event", "settings", "removed"])
    id = serializers.CharField()
    data = serializers.DictField()


class ChangesReply(serializers.Serializer[Any]):
    changes = ChangeReply(many=True)
    cursor = serializers.CharField()
    more = serializers.BooleanField()
