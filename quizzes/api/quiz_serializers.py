"""What the quiz part of the API takes and gives."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from quizzes.api.serializers import PROMPT_KINDS, OptionReply
from quizzes.domain.quiz import FEEDBACK, SECONDS_MAX, SECONDS_MIN, SIZE_MAX

_ANSWER = {
    "oneOf": [
        {"type": "string"},
        {"type": "number"},
        {"type": "array", "items": {"type": "string"}},
    ]
}


@extend_schema_field(_ANSWER)
class AnswerField(serializers.JSONField):
    """An option's id, ids, text, texts (one per gap) or a number, as the question's kind asks."""


@extend_schema_field({"oneOf": [*_ANSWER["oneOf"], {"type": "null"}]})
class ToldAnswerField(serializers.JSONField):
    """The same where a quiz may keep it to itself until its end."""


class QuizRequest(serializers.Serializer[Any]):
    id = serializers.UUIDField(
        required=False, help_text="Chosen by the client, so that a retry begins no second quiz"
    )
    chapters = serializers.ListField(
        child=serializers.CharField(max_length=80), min_length=1, max_length=50
    )
    size = serializers.IntegerField(min_value=1, max_value=SIZE_MAX, default=10)
    feedback = serializers.ChoiceField(choices=list(FEEDBACK), default="each")
    seconds = serializers.IntegerField(
        min_value=SECONDS_MIN, max_value=SECONDS_MAX, required=False, allow_null=True, default=None
    )


class AnswerRequest(serializers.Serializer[Any]):
    question = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    answer = AnswerField()


class OverrideRequest(serializers.Serializer[Any]):
    correct = serializers.BooleanField(help_text="Whether you hold the answer to be right")


class RetakeRequest(serializers.Serializer[Any]):
    id = serializers.UUIDField(
        required=False, help_text="Chosen by the client, so that a retry begins no second quiz"
    )


class AnswerReply(serializers.Serializer[Any]):
    """All but `question` and `given` are null until the end where feedback is "end"."""

    question = serializers.IntegerField()
    given = AnswerField()
    correct = serializers.BooleanField(allow_null=True)
    score = serializers.FloatField(allow_null=True, help_text="0 to 1, with partial credit")
    override = serializers.BooleanField(
        allow_null=True, help_text="Your own verdict, which counts instead of `correct`"
    )
    expected = ToldAnswerField(allow_null=True)
    message = serializers.CharField(allow_null=True, allow_blank=True)
    explanation_html = serializers.CharField(allow_null=True, allow_blank=True)
    answer_html = serializers.CharField(allow_null=True, allow_blank=True)
    option_notes = serializers.DictField(child=serializers.CharField(), allow_null=True)


class QuestionReply(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    prompt = serializers.CharField()
    kind = serializers.ChoiceField(choices=PROMPT_KINDS)
    question_html = serializers.CharField()
    choices = OptionReply(many=True)
    gaps = serializers.IntegerField(help_text="cloze: how many texts the answer has")
    unit = serializers.CharField(allow_blank=True, help_text="numeric: the unit asked for")
    answer = AnswerReply(allow_null=True)


class QuizReply(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    chapters = serializers.ListField(child=serializers.CharField())
    feedback = serializers.ChoiceField(choices=list(FEEDBACK))
    seconds = serializers.IntegerField(allow_null=True)
    started_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    score = serializers.FloatField(allow_null=True, help_text="0 to 1; your overrides count")
    overridden = serializers.IntegerField(help_text="Answers that count by your own verdict")
    retake_of = serializers.UUIDField(allow_null=True)
    questions = QuestionReply(many=True)


class QuizRowReply(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    chapters = serializers.ListField(child=serializers.CharField())
    feedback = serializers.ChoiceField(choices=list(FEEDBACK))
    seconds = serializers.IntegerField(allow_null=True)
    started_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    score = serializers.FloatField(allow_null=True, help_text="0 to 1; null while open")
    retake_of = serializers.UUIDField(allow_null=True)
    questions = serializers.IntegerField(help_text="How many it asks")
    answered = serializers.IntegerField()
    right = serializers.IntegerField(
        allow_null=True, help_text='Null before the end where feedback is "end"'
    )


class QuizResultReply(serializers.Serializer[Any]):
    score = serializers.FloatField(help_text="0 to 1; an unanswered question counts 0")
    questions = QuestionReply(many=True)
    scheduled = serializers.ListField(
        child=serializers.CharField(), help_text="Prompts that were missed and will come again"
    )
    overridden = serializers.IntegerField(help_text="Answers that count by your own verdict")
