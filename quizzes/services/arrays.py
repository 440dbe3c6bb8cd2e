"""Lists of values as one parameter of a statement."""

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection


def listed(values: Sequence[Any], kind: str) -> tuple[str, str]:
    """The SQL that finds a column among these UUIDs or names, and its one parameter."""
    if connection.vendor == "postgresql":
        return f"= ANY(%s::{kind}[])", array(values)
    listed = msgspec.json.encode(values).decode()
    listed = listed.replace("-", "") if kind == "uuid" else listed
    return "IN (SELECT value FROM json_each(%s))", listed


def array(values: Sequence[Any]) -> str:
    """The values as the text of a PostgreSQL array.

    JSON spells nearly everything alike, and msgspec writes it at once. Only control signs differ:
    JSON names them, an array takes them as they are.
    """
    text = msgspec.json.encode(values).decode()
    if "\\" in text:
        text = _ESCAPED.sub(_in_array, text)
    return f"{{{text[1:-1]}}}"


_ESCAPED = re.compile(r"\\(u[0-9a-f]{4}|.)")


def _in_array(escaped: re.Match[str]) -> str:
    kept = escaped[1] in ('"', "\\")
    return escaped[0] if kept else str(json.loads(f'"{escaped[0]}"'))
