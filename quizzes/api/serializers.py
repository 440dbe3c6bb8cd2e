"""What the memory half of the API takes and gives."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from content.domain import prompts
from quizzes.domain import events

PROMPT_KINDS = [kind.value for kind in prompts.Kind]
EVENT_KINDS = [kind.value for kind in events.Kind]


class OptionReply(serializers.Serializer[Any]):
    id = serializers.CharField()
    html = serializers.CharField()


class Strict(serializers.Serializer[Any]):
    """Refuses names that it does not know, so that a misspelt setting is not taken for set."""

    def to_internal_value(self, data: Any) -> Any:
        names = data if isinstance(data, Mapping) else ()
        problems = {
            name: [f"there is no such setting; there are {', '.join(self.fields)}"]
            for name in names
            if name not in self.fields
        }
        try:
            found = super().to_internal_value(data)
        except serializers.ValidationError as refusal:
            raise serializers.ValidationError({**refusal.detail, **problems}) from None
        if problems:
            raise serializers.ValidationError(problems)
        return found


def checked(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """What was asked for, read by `serializer`. Raises ValidationError, with every problem."""
    asked = serializer(data=data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
