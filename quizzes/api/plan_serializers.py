"""What the plan's addresses take and give."""

from typing import Any

from rest_framework import serializers

from quizzes.domain.plan_request import A_DAY_MAX, CHAPTERS_MAX, NEW_ORDERS, TITLE_MAX
from quizzes.domain.scheduler import RETENTION_MAX, RETENTION_MIN


class SettingsBody(serializers.Serializer[Any]):
    new_per_day = serializers.IntegerField(min_value=0, max_value=A_DAY_MAX, required=False)
    reviews_per_day = serializers.IntegerField(min_value=0, max_value=A_DAY_MAX, required=False)
    new_order = serializers.ChoiceField(
        choices=list(NEW_ORDERS),
        required=False,
        help_text="as the course goes, chapters in turn, at random",
    )
    easy_days = serializers.ListField(
        child=serializers.FloatField(min_value=0, max_value=1),
        min_length=7,
        max_length=7,
        required=False,
        help_text="Share of a full day's reviews per weekday, Monday first",
    )
    balance = serializers.BooleanField(
        required=False, help_text="Whether due dates may move within their fuzz to even days out"
    )


class DayLoad(serializers.Serializer[Any]):
    day = serializers.DateField()
    cards = serializers.IntegerField(help_text="Due that day once this is accepted")


class ExpectedLoad(serializers.Serializer[Any]):
    day = serializers.DateField()
    cards = serializers.FloatField(help_text="Expected cards with the exam, all chapters")
    without = serializers.FloatField(help_text="Expected cards without it")


# -- exams ------------------------------------------------------------------------------------


class ExamAsked(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=TITLE_MAX, default="Exam")
    day = serializers.DateField(help_text="Study day of the exam, after today")
    chapters = serializers.ListField(
        child=serializers.CharField(max_length=80), min_length=1, max_length=CHAPTERS_MAX
    )
    retention = serializers.FloatField(
        min_value=RETENTION_MIN,
        max_value=RETENTION_MAX,
        default=0.9,
        help_text="Predicted recall wanted of every card on the day",
    )


class ExamBody(ExamAsked):
    id = serializers.UUIDField(help_text="Chosen by the client; sent again it plans no second one")


class ExamReply(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    day = serializers.DateField()
    chapters = serializers.ListField(child=serializers.CharField())
    retention = serializers.FloatField()


class ExamPreviewReply(serializers.Serializer[Any]):
    title = serializers.CharField()
    day = serializers.DateField()
    chapters = serializers.ListField(child=serializers.CharField())
    retention = serializers.FloatField()
    cards = serializers.IntegerField(source="forecast.cards")
    new = serializers.IntegerField(source="forecast.new", help_text="Not met yet")
    added = serializers.IntegerField(
        source="forecast.added", help_text="Of those, no cards yet: accepting adds them"
    )
    new_a_day = serializers.IntegerField(source="forecast.new_a_day")
    last_new_day = serializers.DateField(source="forecast.last_new_day")
    study_days = serializers.IntegerField(source="forecast.study_days")
    recall_with = serializers.FloatField(source="forecast.recall_with")
    recall_without = serializers.FloatField(source="forecast.recall_without")
    days = ExpectedLoad(many=True, source="loads")
    warnings = serializers.ListField(child=serializers.CharField())


# -- breaks -----------------------------------------------------------------------------------


class BreakAsked(serializers.Serializer[Any]):
    first_day = serializers.DateField(help_text="Today or later")
    last_day = serializers.DateField(help_text="Included")


class BreakBody(BreakAsked):
    id = serializers.UUIDField(help_text="Chosen by the client; sent again it plans no second one")


class BreakReply(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()


class BreakPreviewReply(serializers.Serializer[Any]):
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    falls = serializers.IntegerField(source="cleared.falls", help_text="Cards due in the break")
    before = serializers.IntegerField(source="cleared.before", help_text="Of those, moved before")
    after = serializers.IntegerField(source="cleared.after", help_text="Of those, moved after")
    stays = serializers.IntegerField(
        source="cleared.stays", help_text="Of those, without room within a year: left as they are"
    )
    days = DayLoad(many=True, source="loads")


# -- backlog ----------------------------------------------------------------------------------


class BacklogAsked(serializers.Serializer[Any]):
    a_day = serializers.IntegerField(min_value=1, max_value=A_DAY_MAX, help_text="Reviews a day")


class BacklogBody(BacklogAsked):
    id = serializers.UUIDField(help_text="Chosen by the client; names the step for taking it back")


class BacklogReply(serializers.Serializer[Any]):
    due = serializers.IntegerField(help_text="Reviews due now")
    over = serializers.IntegerField(help_text="Of those, beyond what today's limit leaves")


class BacklogPreviewReply(serializers.Serializer[Any]):
    a_day = serializers.IntegerField()
    overdue = serializers.IntegerField(source="postponement.overdue")
    kept = serializers.IntegerField(source="postponement.kept", help_text="Left for today")
    last_day = serializers.DateField(source="postponement.last_day")
    lost = serializers.FloatField(
        source="postponement.lost", help_text="Recall lost by waiting, counted in cards"
    )
    days = DayLoad(many=True, source="loads")


class PostponedReply(serializers.Serializer[Any]):
    moved = serializers.IntegerField()


class PlanReply(SettingsBody):
    backlog = BacklogReply()
    exams = ExamReply(many=True)
    breaks = BreakReply(many=True)
