"""Cards that were made here, as notes of our own two note types."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from quizzes.anki import stock
from quizzes.anki.rows import FIELD_END

_GAP = re.compile(
    r'<span class="cloze"><span class="vh">gap: </span>((?:(?!</?span).){0,2000})</span>', re.DOTALL
)
_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]*)(")')
_SOUND = re.compile(r'<audio\b[^>]*?\bsrc="([^"]*)"[^>]*></audio>')


def fields_of(
    kind: str, question: str, answer: str, choices: list[dict[str, str]], explanation: str
) -> tuple[int, str]:
    """The note type and the joined fields, from the card's HTML."""
    if kind == "cloze":
        text, gaps = _GAP.subn(r"{{c1::\1}}", answer)
        if gaps:
            return stock.CLOZE, _joined(text, explanation)
    if choices:
        items = "".join(f"<li>{choice['html']}</li>" for choice in choices)
        question = f"{question}\n<ul>{items}</ul>"
    return stock.BASIC, _joined(question, f"{answer}\n{explanation}".strip())


def _joined(*fields: str) -> str:
    return FIELD_END.join(field.replace(FIELD_END, " ") for field in fields)


def with_file_names(flds: str, names: Mapping[str, str]) -> str:
    """Pictures and sounds called by their files' names, as Anki does. `names` is by address."""

    def picture(found: re.Match[str]) -> str:
        name = _name(found[2], names)
        return f"{found[1]}{name}{found[3]}" if name else found[0]

    def sound(found: re.Match[str]) -> str:
        name = _name(found[1], names)
        return f"[sound:{name}]" if name else found[0]

    return _SOUND.sub(sound, _SOURCE.sub(picture, flds))


def _name(address: str, names: Mapping[str, str]) -> str | None:
    return names.get(address) or names.get(unquote(address))
