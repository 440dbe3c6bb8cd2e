"""What the API gives about results: standing, class, history, differences, artefacts."""

from typing import Any

from rest_framework import serializers

WORK_STATES = ["queued", "running", "done", "failed"]


class FromObject(serializers.Serializer[Any]):
    """Reads the attributes of a frozen row; nothing is ever written through it."""


class PlaceReply(FromObject):
    place = serializers.IntegerField(help_text="Equal scores share a place.")
    name = serializers.CharField(help_text="'Anonymous learner' where the learner chose so")
    grade = serializers.CharField()
    score = serializers.FloatField()
    metrics = serializers.DictField()
    tied = serializers.BooleanField()
    you = serializers.BooleanField()
    anonymous = serializers.BooleanField()


class LeaderboardReply(FromObject):
    """One page: places are told for the first hundred learners, and your own in any case."""

    next = serializers.CharField(allow_null=True, default=None)
    previous = serializers.CharField(allow_null=True, default=None)
    results = PlaceReply(many=True, source="places")
    own = PlaceReply(allow_null=True, help_text="Your place; null without a graded run.")
    own_held = serializers.BooleanField(
        help_text="Your only graded runs wait for a person to look at them."
    )
    learners = serializers.IntegerField(help_text="How many stand on the whole board")


class ScoreBinReply(FromObject):
    low = serializers.FloatField()
    high = serializers.FloatField()
    learners = serializers.IntegerField()


class ClassReply(FromObject):
    """Best scores of all learners of the lab; null below five learners."""

    learners = serializers.IntegerField()
    lower_quartile = serializers.FloatField()
    median = serializers.FloatField()
    upper_quartile = serializers.FloatField()
    bins = ScoreBinReply(many=True)


class ClassFiguresReply(serializers.Serializer[Any]):
    figures = ClassReply(allow_null=True)


class RivalReply(FromObject):
    file = serializers.CharField()
    mean = serializers.FloatField()
    sd = serializers.FloatField()
    seeds = serializers.IntegerField()
    difference = serializers.FloatField(help_text="Positive: yours is better.")
    better = serializers.BooleanField()
    clear = serializers.BooleanField(help_text="More than two standard deviations apart")


class AttemptReply(FromObject):
    number = serializers.IntegerField()
    began_at = serializers.DateTimeField()
    reached = serializers.CharField(help_text="The last phase that it entered")
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_as = serializers.CharField(
        allow_null=True, help_text="`queued` where the run waits again, else its end"
    )
    why = serializers.CharField()


class AttemptsReply(serializers.Serializer[Any]):
    attempts = AttemptReply(many=True)


class PastGradeReply(FromObject):
    grade = serializers.CharField()
    score = serializers.FloatField()
    metrics = serializers.DictField()
    thresholds = serializers.DictField()
    graded_at = serializers.DateTimeField()
    replaced_at = serializers.DateTimeField(allow_null=True, help_text="null for the newest")
    by = serializers.CharField(help_text="Who asked for grading again")
    reason = serializers.CharField()


class GradesReply(serializers.Serializer[Any]):
    grades = PastGradeReply(many=True, help_text="First to last")


class LineReply(FromObject):
    kind = serializers.ChoiceField(choices=["same", "added", "removed", "place"])
    text = serializers.CharField()
    before = serializers.IntegerField(allow_null=True)
    after = serializers.IntegerField(allow_null=True)


class FileDiffReply(FromObject):
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=["added", "removed", "changed"])
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    note = serializers.CharField(help_text="`binary` or `too long`, where no lines are shown")
    lines = LineReply(many=True)


class DiffReply(FromObject):
    """`text` is the same as `diff -u` writes it."""

    identical = serializers.BooleanField()
    cut = serializers.BooleanField(help_text="More lines changed than are shown.")
    files = FileDiffReply(many=True)
    text = serializers.CharField()


class DiffQuery(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `with` is a word of Python's own.
        field = serializers.IntegerField(min_value=1, help_text="The earlier run")
        return {"with": field}


class LearnerSettings(serializers.Serializer[Any]):
    anonymous = serializers.BooleanField(help_text="Others do not read your name on the board.")


class RegradeRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=500,
        help_text="Kept with the grade",
    )


class RegradingReply(FromObject):
    id = serializers.IntegerField(source="pk")
    lab = serializers.CharField(source="lab.slug")
    run = serializers.IntegerField(source="run_id", allow_null=True)
    by = serializers.CharField(source="asked_by.username", default="")
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=WORK_STATES)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    changed = serializers.IntegerField()
    left_out = serializers.IntegerField(
        help_text="No predictions are stored, or they answer another draw of the hidden set."
    )
    message = serializers.CharField()
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class FindingReply(FromObject):
    reason = serializers.CharField(
        help_text="syntax, missing_function, missing_import, wrong_kind, too_large, unsafe_archive"
    )
    message = serializers.CharField()
    cure = serializers.CharField()
    file = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)


class DroppedReply(FromObject):
    cell = serializers.IntegerField()
    line = serializers.CharField()


class CheckReply(FromObject):
    """What handing the file in would say. Nothing was stored or queued."""

    ok = serializers.BooleanField()
    kind = serializers.CharField(help_text="py, ipynb or zip; empty where the file is none of them")
    problems = FindingReply(many=True)
    warnings = FindingReply(many=True, help_text="May turn out to be wrong; nothing is refused.")
    dropped = DroppedReply(many=True, help_text="Notebook lines that are no Python")
    files = serializers.ListField(child=serializers.CharField())
    installed = serializers.ListField(child=serializers.CharField())
