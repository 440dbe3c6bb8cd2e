"""Texts that people type: when two say the same (case, accents, articles, spacing and quotes do
not matter), and which can be stored."""

import re
import unicodedata
from collections.abc import Iterable

from quizzes.domain.quantities import quantity

_ARTICLE = re.compile(r"^(?:a|an|the)\s+(?=\S)")
_JOINTS = re.compile(r"[-‐-―_/\s]+")
_QUOTES = re.compile("[`\"'‘’“”„«»]")


def plain(text: str) -> str:
    """The core of a wording. Signs that carry meaning stay (`c++` is not `c`)."""
    bare = "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    )
    words = _JOINTS.sub(" ", _QUOTES.sub("", bare.casefold())).strip()
    words = words.rstrip(".,;:!?").strip() or words
    return _ARTICLE.sub("", words)


def matches(given: str, accepted: Iterable[str]) -> bool:
    """Whether `given` is one of the accepted wordings, or the same number in the same unit."""
    wordings = list(accepted)
    core = plain(given)
    if any(core == plain(wording) for wording in wordings):
        return not _only_sign_differs(given, wordings)
    number = quantity(given)
    return number is not None and any(
        other is not None
        and number.unit == other.unit
        and any(abs(a - b) <= 1e-9 * max(1, abs(b)) for a in number.values for b in other.values)
        for other in map(quantity, wordings)
    )


def _only_sign_differs(given: str, wordings: list[str]) -> bool:
    """`-1` and `1` have the same core, since hyphens join words; as numbers they differ."""
    number = quantity(given)
    others = [other for other in map(quantity, wordings) if other is not None]
    if number is None or not others or len(others) < len(wordings):
        return False
    return not any(set(number.values) & set(other.values) for other in others)


def storable(text: str) -> bool:
    """Databases take neither NUL nor lone surrogates, both of which JSON can spell."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
