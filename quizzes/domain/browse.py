"""What a learner types to find cards: words, and conditions such as `tag:light is:due`."""

import re
from dataclasses import dataclass

TEXT_MAX, TERMS_MAX = 300, 12
STATES = (
    "due", "new", "learning", "review", "suspended", "buried", "flagged", "leech", "deleted",
    "own", "course",
)  # fmt: skip
KEYS = ("tag", "deck", "is", "chapter", "kind")
SORTS = {
    "changed": "Last changed",
    "due": "Next due",
    "added": "In the order of new cards",
    "lapses": "Most forgotten",
    "difficulty": "Hardest",
}
_TERM = re.compile(r'(?P<no>-?)(?:(?P<key>[a-z]+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))')


@dataclass(frozen=True)
class Term:
    """One condition; `key` is empty for a word, `no` asks for its opposite."""

    key: str
    value: str
    no: bool = False


@dataclass(frozen=True)
class Search:
    """What was understood, and in sentences what was not."""

    terms: tuple[Term, ...]
    problems: tuple[str, ...] = ()

    def asks(self, key: str, value: str) -> bool:
        return any((t.key, t.value, t.no) == (key, value, False) for t in self.terms)


def read_search(text: str) -> Search:
    """The conditions in a search; unknown ones are words."""
    terms: list[Term] = []
    problems: list[str] = []
    text = re.sub(r"[\x00-\x1f]", " ", text)
    if len(text) > TEXT_MAX:
        problems.append(f"Only the first {TEXT_MAX} letters were searched for.")
    for match in _TERM.finditer(text[:TEXT_MAX]):
        key, value = match["key"] or "", match["quoted"] or match["bare"] or ""
        if key and key not in KEYS:
            key, value = "", f"{key}:{value}"
        if not value:
            continue
        if key == "is" and value.casefold() not in STATES:
            problems.append(f"There is no state {value!r}: {', '.join(STATES)}.")
            continue
        if key in ("is", "kind"):
            value = value.casefold()
        terms.append(Term(key, value, bool(match["no"])))
    if len(terms) > TERMS_MAX:
        problems.append(f"Only the first {TERMS_MAX} conditions were used.")
    return Search(tuple(terms[:TERMS_MAX]), tuple(problems))
