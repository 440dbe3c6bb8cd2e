"""The scheduling form as text: what it says, and how what was typed is read."""

import re
from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

_STEP = re.compile(r"\s*(\d{1,6})\s*(s|sec|seconds?|m|min|minutes?|h|hours?)?\s*", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3_600}
#: What a field that cannot be read becomes: the service refuses it by name.
UNREADABLE = "unreadable"


def asked_in(form: QueryDict) -> dict[str, Any]:
    """The settings as the service takes them; a field that is missing is not asked for."""
    asked: dict[str, Any] = {}
    if "retention" in form:
        asked["desired_retention"] = _share(form["retention"])
    if "maximum" in form:
        asked["maximum_interval"] = _whole(form["maximum"])
    for name in ("learning_steps", "relearning_steps"):
        if name in form:
            asked[name] = steps_in(form[name])
    chapters = {
        name.removeprefix("chapter-"): _share(form[name]) if form[name] else None
        for name in form
        if name.startswith("chapter-")
    }
    return {**asked, "chapter_retention": chapters} if chapters else asked


def steps_in(text: str) -> list[int] | str:
    """ "1 min, 10 min" -> [60, 600]; a number alone is minutes; empty text is no steps."""
    if not text.strip():
        return []
    steps = []
    for part in text.split(","):
        found = _STEP.fullmatch(part)
        if found is None:
            return UNREADABLE
        steps.append(int(found[1]) * _SECONDS[(found[2] or "m")[0].lower()])
    return steps


def steps_said(steps: Sequence[int]) -> str:
    """[60, 600] -> "1 min, 10 min"."""
    return ", ".join(_step_said(step) for step in steps)


def _step_said(seconds: int) -> str:
    if seconds % 3_600 == 0:
        return f"{seconds // 3_600} h"
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


def _share(text: str) -> float | str:
    """A retention as the form's options write it, such as "0.9"."""
    try:
        return float(text)
    except ValueError:
        return UNREADABLE


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else UNREADABLE
