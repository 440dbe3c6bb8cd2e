"""What the memory half of the API takes and gives."""

from typing import Any

from rest_framework import serializers

from content.domain import prompts
from quizzes.domain import events
from quizzes.domain.scheduler import Phase

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
