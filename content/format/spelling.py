"""The dictionary and the course's own words, read once; see content.domain.spelling."""

from functools import cache
from pathlib import Path

from spellchecker import SpellChecker

from content.domain.problems import ProblemList
from content.domain.spelling import WORD, Speller
from content.format.sources import read_text

WORDS = "words.txt"


@cache
def _dictionary() -> SpellChecker:
    """160,000 words of English with their frequency, which pyspellchecker brings."""
    return SpellChecker(language="en", distance=1)


def read_speller(course: Path, problems: ProblemList) -> Speller:
    """For a course's folder; its words.txt holds a word a line, `#` begins a comment."""
    words: list[str] = []
    text = read_text(course, WORDS, problems) if (course / WORDS).is_file() else None
    for number, line in enumerate((text or "").split("\n"), start=1):
        word = line.partition("#")[0].strip()
        if word and not WORD.fullmatch(word):
            problems.add(WORDS, number, f"{word!r} is no word", "Write one word a line.")
        elif word in words:
            problems.add(WORDS, number, f"{word!r} stands here twice", "Delete one of them.")
        elif word:
            words.append(word)
    known = _dictionary()
    return Speller(words, known.word_frequency.dictionary, _suggestion)


def _suggestion(word: str) -> str | None:
    found: str | None = _dictionary().correction(word)
    return found if found != word else None
