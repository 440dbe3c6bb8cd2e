"""Reads the course's text files; what cannot be read becomes a problem, not an exception."""

import tomllib
from pathlib import Path
from typing import Any

from content.domain.problems import ProblemList

MAX_BYTES = 2_000_000


def read_bytes(course: Path, name: str, problems: ProblemList) -> bytes | None:
    """The file's bytes, or None with the reason in `problems`."""
    path = course / name
    try:
        if path.stat().st_size > MAX_BYTES:
            problems.add(name, 1, "This file is larger than 2 MB", "Make it smaller or split it.")
            return None
        return path.read_bytes()
    except FileNotFoundError:
        problems.add(name, 1, "There is no such file", "Create it; content/README.md shows how.")
    except IsADirectoryError:
        problems.add(name, 1, "This is a folder, not a file", "Put a file in its place.")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problems.add(name, 1, f"This file cannot be read ({reason})", "Make it readable.")
    return None


def read_text(course: Path, name: str, problems: ProblemList) -> str | None:
    """The file's text with plain line ends, or None with the reason in `problems`."""
    raw = read_bytes(course, name, problems)
    if raw is None:
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(name, line, "This file is not UTF-8", "Save it with the encoding UTF-8.")
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, line_text in enumerate(text.split("\n"), start=1):
        if any(ord(sign) < 32 and sign != "\t" for sign in line_text):
            problems.add(name, number, "There is a control character here", "Delete it.")
    return text


def read_toml(course: Path, name: str, problems: ProblemList) -> tuple[dict[str, Any], str] | None:
    """The file's table and text, or None with the reason in `problems`."""
    text = read_text(course, name, problems)
    if text is None:
        return None
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        line = getattr(error, "lineno", None) or _line_in_message(str(error), text)
        reason = str(error).split(" (at")[0]
        problems.add(name, line, f"This is not TOML: {reason}", "Mend the line; see toml.io.")
        return None


def _line_in_message(message: str, text: str) -> int:
    _, found, tail = message.rpartition("(at line ")
    if found and tail.split(",")[0].isdigit():
        return int(tail.split(",")[0])
    return max(1, text.count("\n"))
