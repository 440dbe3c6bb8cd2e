"""Output of learners' code, made harmless for pages and terminals."""

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor movements
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links, clipboard
    r"|\x1b[ -/]*[0-~]?"
)
# control characters but tab and newline, and the signs that turn the direction of text
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean_line(line: str) -> str:
    """What a terminal would show at last: a progress bar that redraws itself leaves one state."""
    visible = _ESCAPES.sub("", line).rstrip("\r")
    return _CONTROLS.sub("", visible.rsplit("\r", 1)[-1])


def clean_text(text: str) -> str:
    return "\n".join(clean_line(line) for line in text.split("\n"))
