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
