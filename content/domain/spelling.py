"""British spelling, word by word.

A word is right when it is in the course's own list, or in a dictionary of English, or when its
American form is: the dictionaries at hand are American. A word that is American only is wrong,
with its British form as the cure. Names of people, of libraries and the terms of a subject stand
in the course's list (`words.txt`); one with a capital there counts as written there only.
"""

import re
from collections.abc import Callable, Container, Iterable

WORD = re.compile(r"(?<!\w)[^\W\d_²³⁰-₉]+(?:['’][^\W\d_²³⁰-₉]+)*(?!\w)")
UNITS = frozenset(("nm", "mm", "cm", "km", "mg", "kg", "ms", "Hz", "px", "kB", "MB", "GB", "TB"))
LEAST_SUGGESTED = 5
"""Letters of a word for which another is suggested: shorter ones are close to everything."""
POSSESSIVE = re.compile(r"(?:['’]s|['’])$")
# -ise, -yse and what is made of them; -our; -re; -lled: each with the American form it stands for.
_TO_AMERICAN = (
    (re.compile(r"is(?=(?:e|es|ed|er|ers|ing|able|ation|ations|ational)$)"), "iz"),
    (re.compile(r"ys(?=(?:e|es|ed|er|ers|ing)$)"), "yz"),
    (re.compile(r"our(?=(?:s|ed|ing|er|ers|able|ably|al|ally|ful|ite|ites|hood|less)?$)"), "or"),
    (re.compile(r"(?<=[tb])re(?=s?$)"), "er"),
    (re.compile(r"(?<=[tb])re(?=d$)"), "ere"),
    (re.compile(r"ll(?=(?:ed|ing|er|ers|ings)$)"), "l"),
    (re.compile(r"^grey"), "gray"),
    (re.compile(r"umour"), "umor"),
)
_ENDS_IN_IZE = re.compile(
    r"(?<=[a-z]{3})iz(?=(?:e|es|ed|er|ers|ing|able|ation|ations|ational)$)"
    r"|(?<=al)yz(?=(?:e|es|ed|er|ers|ing)$)"
)
_NEVER_ISE = re.compile(r"(?:^|over|re|down|up|out|mid|full|under)(?:siz|priz|seiz)|^capsiz|^maiz")
_AMERICAN_OR = re.compile(
    r"^((?:mis|dis|un)?(?:behavi|col|fav|flav|harb|hon|hum|lab|neighb|rum|sav|tum|vap|endeav|parl))"
    r"or(?=(?:s|ed|ing|er|ers|able|ably|al|ally|ful|ite|ites|hood|less)?$)"
)
_AMERICAN_L = re.compile(
    r"^((?:un|mis|re)?(?:label|model|travel|cancel|signal|channel|level|fuel|tunnel|funnel))"
    r"(?=(?:ed|ing|er|ers|ings)$)"
)
_AMERICAN = {
    "analog": "analogue",
    "catalog": "catalogue",
    "center": "centre",
    "centered": "centred",
    "centers": "centres",
    "defense": "defence",
    "fiber": "fibre",
    "fibers": "fibres",
    "gray": "grey",
    "grayscale": "greyscale",
    "offense": "offence",
    "skeptical": "sceptical",
    "theater": "theatre",
}


def british(word: str) -> str | None:
    """The British form of an American word in lower case; None where it is not American only."""
    if word in _AMERICAN:
        return _AMERICAN[word]
    for pattern, written in ((_AMERICAN_OR, r"\1our"), (_AMERICAN_L, r"\1l")):
        if pattern.match(word):
            return pattern.sub(written, word, count=1)
    if _NEVER_ISE.search(word):
        return None
    changed = _ENDS_IN_IZE.sub(lambda match: match[0].replace("z", "s"), word)
    return changed if changed != word else None


def american(word: str) -> Iterable[str]:
    """The American forms that a British word in lower case may stand for."""
    for pattern, written in _TO_AMERICAN:
        changed = pattern.sub(written, word, count=1)
        if changed != word:
            yield changed


class Speller:
    """Knows `words` of a course and a `dictionary` of English in lower case; `suggest` gives a
    known word that is close to an unknown one, or None."""

    def __init__(
        self,
        words: Iterable[str],
        dictionary: Container[str],
        suggest: Callable[[str], str | None] = lambda word: None,
    ) -> None:
        self._words = frozenset(words)
        self._dictionary = dictionary
        self._suggest = suggest
        self._told: dict[str, tuple[str, str] | None] = {}

    def problem(self, word: str) -> tuple[str, str] | None:
        """What is wrong with a word and the cure, or None. The same word is looked up once."""
        if word not in self._told:
            self._told[word] = self._look_up(word.replace("’", "'"))
        return self._told[word]

    def _look_up(self, word: str) -> tuple[str, str] | None:
        bare = POSSESSIVE.sub("", word)
        lower = bare.lower()
        singular = bare[:-1] if bare.endswith("s") and bare[:-1].isupper() else bare
        if len(bare) < 2 or {word, bare, lower, singular} & self._words or bare in UNITS:
            return None
        proper = british(lower)
        if proper is not None:
            return f"{bare!r} is American", f"Write {proper!r}; a name stands in `backticks`."
        if self._known(lower) or self._known(word.lower()):
            return None
        cure = "If it is right, add it to words.txt of the course; code stands in `backticks`."
        close = self._suggest(lower) if word.islower() and len(word) >= LEAST_SUGGESTED else None
        return f"{bare!r} is no word we know", f"Is it {close!r}? {cure}" if close else cure

    def _known(self, lower: str) -> bool:
        if lower in self._dictionary:
            return True
        forms = list(american(lower))
        forms += [further for form in forms for further in american(form)]
        return any(form in self._dictionary for form in forms)
