"""Reads the JSON that clients send, so that whatever comes in can also be stored and sent back."""

from typing import Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError


class JSONParser(parsers.JSONParser):
    """Refuses what is nested beyond reading; replaces halves of characters, which JSON can spell
    (`"\\ud800"`) and UTF-8 cannot."""

    def parse(self, stream: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return _encodable(super().parse(stream, *args, **kwargs))
        except RecursionError as problem:
            raise ParseError("The JSON is nested too deeply.") from problem


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(name): _encodable(item) for name, item in value.items()}
    return value
