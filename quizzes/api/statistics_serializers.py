"""What the statistics take and give. Shares and recall are 0 to 1, times seconds."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from quizzes.domain.statistics import Stage

Plain = serializers.Serializer[Any]


class DayCountReply(Plain):
    day = serializers.DateField()
    count = serializers.IntegerField()


class CountsReply(Plain):
    new = serializers.IntegerField()
    learning = serializers.IntegerField()
    review = serializers.IntegerField()
    relearning = serializers.IntegerField()
    suspended = serializers.IntegerField()
    all = serializers.IntegerField()


class RetentionReply(Plain):
    days = serializers.IntegerField()
    reviews = serializers.IntegerField(help_text="At least a study day after the one before")
    recalled = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    desired = serializers.FloatField()


class StatsReply(Plain):
    counts = CountsReply()
    reviews_today = serializers.IntegerField()
    retention = RetentionReply()
    forecast = DayCountReply(many=True, help_text="14 days from today; the overdue count today")
    heat_map = DayCountReply(many=True, help_text="365 days, today last")


class ChapterQuery(Plain):
    chapter = serializers.CharField(
        max_length=80, required=False, help_text="A slug, or `own` for cards of no chapter"
    )


class PeriodQuery(ChapterQuery):
    days = serializers.ChoiceField(choices=["30", "90", "365", "all"], default="90")


class AheadQuery(ChapterQuery):
    ahead = serializers.ChoiceField(choices=["30", "365"], default="30")


@extend_schema_field({"type": ["array", "null"], "items": {"type": "number"}})
class IntervalField(serializers.ListField):
    """The 95 % interval of confidence as [low, high]; null without reviews."""

    child = serializers.FloatField()


class TestedReply(Plain):
    """Reviews at least a study day after the card's one before, the first of their day."""

    reviews = serializers.IntegerField()
    recalled = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    interval = IntervalField(allow_null=True)


class RetentionSpanReply(Plain):
    first = serializers.DateField(source="span.first")
    last = serializers.DateField(source="span.last")
    all = TestedReply()
    young = TestedReply(help_text="Stability below 21 days")
    mature = TestedReply()


class TrueRetentionReply(Plain):
    first = serializers.DateField()
    last = serializers.DateField()
    unit = serializers.ChoiceField(choices=["day", "week", "month"])
    desired = serializers.FloatField()
    all = TestedReply()
    young = TestedReply()
    mature = TestedReply()
    spans = RetentionSpanReply(many=True)


class LoadReply(Plain):
    day = serializers.DateField()
    due = serializers.IntegerField(help_text="Cards that have their date")
    reviews = serializers.FloatField(help_text="Expected, with reviews that follow from others")
    new = serializers.FloatField(help_text="Expected first meetings")


class ForecastReply(Plain):
    overdue = serializers.IntegerField(help_text="Expected to be done today")
    new = serializers.IntegerField(help_text="New cards that wait")
    new_per_day = serializers.IntegerField()
    days = LoadReply(many=True)


class EffortSpanReply(Plain):
    first = serializers.DateField(source="span.first")
    last = serializers.DateField(source="span.last")
    answers = serializers.IntegerField()
    seconds = serializers.FloatField()


class EffortReply(Plain):
    answers = serializers.IntegerField(help_text="Reviews and practice")
    timed = serializers.IntegerField()
    capped = serializers.IntegerField(help_text="Took longer than cap_seconds, counted as that")
    cap_seconds = serializers.FloatField()
    seconds = serializers.FloatField()
    median = serializers.FloatField(allow_null=True)
    days = serializers.IntegerField(help_text="Study days with an answer")
    spans = EffortSpanReply(many=True)


class BinReply(Plain):
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True, help_text="Not included")
    count = serializers.IntegerField()


class HistogramReply(Plain):
    count = serializers.IntegerField()
    median = serializers.FloatField(allow_null=True)
    bins = BinReply(many=True)


class MemoriesReply(Plain):
    stability = HistogramReply(help_text="Days")
    difficulty = HistogramReply(help_text="1 to 10")
    recall = HistogramReply(help_text="Predicted recall today")


class CalibrationBinReply(Plain):
    low = serializers.FloatField()
    high = serializers.FloatField()
    predicted = serializers.FloatField(help_text="Mean prediction")
    observed = TestedReply()


class CalibrationReply(Plain):
    observed = TestedReply()
    predicted = serializers.FloatField(allow_null=True)
    log_loss = serializers.FloatField(allow_null=True)
    log_loss_constant = serializers.FloatField(
        allow_null=True, help_text="Of saying the overall share each time"
    )
    rmse = serializers.FloatField(allow_null=True, help_text="RMSE(bins) of srs-benchmark")
    bins = CalibrationBinReply(many=True)


class PredictionsReply(Plain):
    all = CalibrationReply(help_text="With the weights in force now")
    latest = CalibrationReply(help_text="The same of the latest reviews")
    recalibrated = CalibrationReply(help_text="These corrected by the answers before each")
    fitted_on = serializers.DateField(allow_null=True, help_text="Null: default weights")


class MasteryReply(Plain):
    cards = serializers.IntegerField()
    begun = serializers.IntegerField()
    recall = serializers.FloatField(allow_null=True, help_text="Mean predicted recall today")
    retention = TestedReply(help_text="Of the period")
    lapses = serializers.IntegerField(help_text="Of all time")
    seconds = serializers.FloatField(help_text="Of the period")
    hardest = serializers.CharField(allow_null=True, help_text="Prompt with the most lapses")


class ChapterMasteryReply(MasteryReply):
    chapter = serializers.CharField(source="subject", help_text="Slug, or `own`")


class FactMasteryReply(MasteryReply):
    fact = serializers.CharField(source="subject")


class ChaptersReply(Plain):
    chapters = ChapterMasteryReply(many=True, help_text="The weakest first")


class FactsReply(Plain):
    facts = FactMasteryReply(many=True, help_text="The weakest first")


class StageRatingsReply(Plain):
    stage = serializers.ChoiceField(choices=[s.value for s in Stage if s is not Stage.PRACTICE])
    again = serializers.IntegerField()
    hard = serializers.IntegerField()
    good = serializers.IntegerField()
    easy = serializers.IntegerField()


class HourReply(Plain):
    hour = serializers.IntegerField()
    answers = serializers.IntegerField()
    tested = TestedReply()


class AnswersReply(Plain):
    ratings = StageRatingsReply(many=True)
    hours = HourReply(many=True, help_text="By the clocks of your time zone")
