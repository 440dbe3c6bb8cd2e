"""Texts that people type: when two say the same, and which can be stored.

Case, accents, articles, spacing, quotes and small typos do not matter. Numbers, code and words
that turn a statement around do: there only the form may differ.
"""

import re
import unicodedata
from collections.abc import Iterable

from quizzes.domain.quantities import RAISED, quantity
from quizzes.domain.spelling import TURNING, TYPO_FROM, is_typo_of

WORDING_MAX = 500
_JOINTS = re.compile(r"[-‐-―_/\s]+")
_QUOTES = re.compile("[`\"'‘’“”„«»]")
_ACCENTED_MAX = "\u03ff"  # Latin and Greek; elsewhere marks make other letters (и, й)
#: What only stands in code: `requires_grad`, `nn.Linear`, `a[0]`, `x = 1`, `loss.backward()`.
_CODE = re.compile(r"[\w)\]]_\w|\w\.[^\W\d]|[()\[\]{}=<>\\|]|::|^\.\w|`")
_CALL = re.compile(r"\(\s*\)$")


def plain(text: str) -> str:
    """The core of a wording. Signs that carry meaning stay (`c++` is not `c`)."""
    words = _JOINTS.sub(" ", _QUOTES.sub("", _unaccented(text).casefold())).strip()
    words = words.rstrip(".,;:!?").strip() or words
    return " ".join(_without_articles(words.split(" ")))


def matches(given: str, accepted: Iterable[str]) -> bool:
    """Whether `given` says the same as one of the accepted wordings."""
    return any(_same(given, wording) for wording in accepted)


def _same(given: str, wording: str) -> bool:
    if given.strip() == wording.strip():
        return True
    if _CODE.search(wording):
        return _code(given) == _code(wording)
    amount = quantity(wording)
    if amount is not None:
        told = quantity(given)
        return told is not None and told.means(amount)
    return _same_words(plain(given), plain(wording))


def _same_words(given: str, wanted: str) -> bool:
    if given == wanted:
        return True
    words, wanted_words = given.split(" "), wanted.split(" ")
    if len(words) != len(wanted_words):
        # `back propagation` is `backpropagation`; `not able` is not `notable`.
        turned = TURNING & {*words, *wanted_words}
        joined = given.replace(" ", "")
        return not turned and len(joined) >= TYPO_FROM and joined == wanted.replace(" ", "")
    return all(is_typo_of(word, other) for word, other in zip(words, wanted_words, strict=True))


def _code(text: str) -> str:
    """Code without what does not change it: backticks around it, spaces, a dot that only shows
    that it is an attribute, empty brackets that only show that it is called."""
    bare = "".join(text.strip().strip("`").split()).removeprefix(".")
    return _CALL.sub("", bare)


def _without_articles(words: list[str]) -> list[str]:
    last = len(words) - 1
    kept = [
        word
        for place, word in enumerate(words)
        if not (word in ("the", "an") or (word == "a" and place < last))
    ]
    return kept or words


def _unaccented(text: str) -> str:
    raised = RAISED.sub(lambda match: "^" + match[0], text)
    letters: list[str] = []
    base = ""
    for sign in unicodedata.normalize("NFKD", raised):
        if unicodedata.combining(sign) and base <= _ACCENTED_MAX:
            continue
        if unicodedata.category(sign) == "Cf":  # joiners and marks of direction: never seen
            continue
        if not unicodedata.combining(sign):
            base = sign
        letters.append(sign)
    return unicodedata.normalize("NFC", "".join(letters))


def storable(text: str) -> bool:
    """Databases take neither NUL nor lone surrogates, both of which JSON can spell."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
