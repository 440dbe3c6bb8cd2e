"""What the memory half of the API takes and gives."""

from typing import Any

from rest_framework import serializers

from content.domain import prompts
from quizzes.domain import events

PROMPT_KINDS = [kind.value for kind in prompts.Kind]
EVENT_KINDS = [kind.value for kind in events.Kind]


class OptionReply(serializers.Serializer[Any]):
    id = serializers.CharField()
    html = serializers.CharField()


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
