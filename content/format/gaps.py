"""Gaps of a cloze: {{word}} or {{word|other wording}} anywhere but in maths."""

import re
from collections.abc import Callable

GAP = re.compile(r"\{\{(?P<words>(?:(?!\{\{|\}\}).)+)\}\}", re.DOTALL)


def gaps_of(question: str) -> tuple[tuple[str, ...], ...]:
    """Per gap, the words that count."""
    return tuple(_words(match) for match in GAP.finditer(question))


def replace_gaps(question: str, replace: Callable[[int, tuple[str, ...]], str]) -> str:
    """The question with each gap replaced by `replace(number from 1, words)`."""
    number = 0

    def one(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return replace(number, _words(match))

    return GAP.sub(one, question)


def _words(match: re.Match[str]) -> tuple[str, ...]:
    words = (word.strip() for word in match["words"].split("|"))
    return tuple(dict.fromkeys(word for word in words if word)) or (match["words"].strip(),)
