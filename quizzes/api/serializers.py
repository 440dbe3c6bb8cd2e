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


def checked(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """What was asked for, read by `serializer`. Raises ValidationError, with every problem."""
    asked = serializer(data=data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
