"""What the memory half of the API takes and gives."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from content.domain import prompts
from quizzes.domain import events
from quizzes.domain.scheduler import Phase

EVENTS_MAX = 1000
PROMPT_KINDS = [kind.value for kind in prompts.Kind]
EVENT_KINDS = [kind.value for kind in events.Kind]


class OptionReply(serializers.Serializer[Any]):
    id = serializers.CharField()
    html = serializers.CharField()


# -- session ----------------------------------------------------------------------------------


class SessionQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=0, max_value=200, default=20)
    chapter = serializers.CharField(max_length=80, required=False, help_text="A chapter's slug")
    kind = serializers.ChoiceField(choices=PROMPT_KINDS, required=False)


class SessionPrompt(serializers.Serializer[Any]):
    id = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=PROMPT_KINDS)
    question_html = serializers.CharField()
    answer_html = serializers.CharField()
    explanation_html = serializers.CharField()
    choices = OptionReply(many=True)
    chapter = serializers.CharField(source="chapter.slug", default=None, allow_null=True)


class CardStateReply(serializers.Serializer[Any]):
    phase = serializers.ChoiceField(choices=[phase.value for phase in Phase])
    stability = serializers.FloatField(allow_null=True, help_text="Days")
    difficulty = serializers.FloatField(allow_null=True, help_text="1 to 10")
    due = serializers.DateTimeField(allow_null=True)
    retrievability = serializers.FloatField(
        allow_null=True, help_text="Predicted probability of recall; null for a new card"
    )
    reps = serializers.IntegerField()
    lapses = serializers.IntegerField()
    flag = serializers.IntegerField()


class IntervalsReply(serializers.Serializer[Any]):
    again = serializers.IntegerField()
    hard = serializers.IntegerField()
    good = serializers.IntegerField()
    easy = serializers.IntegerField()


class SessionCardReply(serializers.Serializer[Any]):
    prompt = SessionPrompt()
    state = CardStateReply()
    intervals = IntervalsReply(help_text="Seconds until due after each rating")


class SessionCounts(serializers.Serializer[Any]):
    new = serializers.IntegerField(help_text="New cards that today's limit leaves")
    learning = serializers.IntegerField()
    review = serializers.IntegerField()
    due = serializers.IntegerField(help_text="learning and review together")


class SessionReply(serializers.Serializer[Any]):
    id = serializers.CharField()
    cards = SessionCardReply(many=True)
    counts = SessionCounts()
    next_due = serializers.DateTimeField(allow_null=True)


# -- events and changes -----------------------------------------------------------------------


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


class ChangesQuery(serializers.Serializer[Any]):
    since = serializers.CharField(required=False, allow_blank=True, help_text="Empty: all")
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=500)


class ChangeReply(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["card", "prompt", "event", "settings", "removed"])
    id = serializers.CharField()
    data = serializers.DictField()


class ChangesReply(serializers.Serializer[Any]):
    changes = ChangeReply(many=True)
    cursor = serializers.CharField()
    more = serializers.BooleanField()


# -- statistics -------------------------------------------------------------------------------


class DayCountReply(serializers.Serializer[Any]):
    day = serializers.DateField()
    count = serializers.IntegerField()


class CountsReply(serializers.Serializer[Any]):
    new = serializers.IntegerField()
    learning = serializers.IntegerField()
    review = serializers.IntegerField()
    relearning = serializers.IntegerField()
    suspended = serializers.IntegerField()
    all = serializers.IntegerField()


class RetentionReply(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    reviews = serializers.IntegerField(help_text="At least a study day after the one before")
    recalled = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    desired = serializers.FloatField()


class StatsReply(serializers.Serializer[Any]):
    counts = CountsReply()
    reviews_today = serializers.IntegerField()
    streak = serializers.IntegerField()
    retention = RetentionReply()
    forecast = DayCountReply(many=True, help_text="14 days from today; the overdue count today")
    heat_map = DayCountReply(many=True, help_text="365 days, today last")
