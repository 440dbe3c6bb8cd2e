"""A stranger's card as HTML that may stand on our pages.

Sounds and pictures are looked up among the learner's media, formulas become MathML where that
works and code where it does not, styles and scripts go. Sanitising is the last step that reads
the stranger's markup.
"""

import html
import re
from collections.abc import Mapping

from content.format.maths import MathsError, mathml
from content.format.own_html import OwnCleaner
from quizzes.anki.templates import plain, without_tags

_OPENERS = re.compile(r"\\\(|\\\[|\[\$\$\]|\[\$\]|\[latex\]|<anki-mathjax[^<>]{0,200}>")
_CLOSERS = {
    "\\(": "\\)", "\\[": "\\]", "[$$]": "[/$$]", "[$]": "[/$]", "[latex]": "[/latex]",
}  # fmt: skip
_DISPLAY = frozenset({"\\[", "[$$]", "[latex]"})
_SOUND = re.compile(r"\[sound:([^\]\[<>]{1,300})\]")
_SPOKEN = re.compile(r"\[anki:tts[^\]]{0,300}\]")
_PICTURE = re.compile(r"<img\b[^>]*>")
_LONGEST_FORMULA = 2_000
_OPEN_OR_CLOSE = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_FLAT = frozenset(
    [
        "br",
        "hr",
        "img",
        "input",
        "wbr",
        "area",
        "col",
        "embed",
        "source",
        "p",
        "li",
        "td",
        "th",
        "tr",
        "dt",
        "dd",
        "option",
    ]
)
_DEEPEST = 300
_MISSING = "(picture missing)"


class Pages:
    """Makes cards of one learner safe; `media` has the address of each of their files by name."""

    def __init__(self, media: Mapping[str, str]) -> None:
        self._media = media
        self._cleaner = OwnCleaner(media)

    def html(self, markup: str) -> str:
        """What of the card may be shown; a medium that is not there says so in its place."""
        markup = _SPOKEN.sub("", _with_maths(markup))
        if _depth(markup) > _DEEPEST:
            markup = html.escape(html.unescape(without_tags(markup, " ")))
        clean = self._cleaner.clean(_SOUND.sub(self._sound, markup))
        return _PICTURE.sub(_described, clean).strip()

    def _sound(self, found: re.Match[str]) -> str:
        name = html.unescape(found[1])
        address = self._media.get(name)
        if address is None:
            return f"({html.escape(name)} is missing)"
        source, label = html.escape(address), html.escape(name)
        return f'<audio controls preload="none" src="{source}" aria-label="{label}"></audio>'


def _depth(markup: str) -> int:
    """How deeply elements are nested, roughly: cleaning takes time quadratic in it."""
    depth = deepest = 0
    for closing, name in _OPEN_OR_CLOSE.findall(markup):
        if name.lower() not in _FLAT:
            depth = max(depth - 1, 0) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _described(found: re.Match[str]) -> str:
    tag = found[0]
    if " src=" not in tag:
        return _MISSING
    return tag if " alt=" in tag else tag.replace("<img", '<img alt="picture"', 1)


def _with_maths(markup: str) -> str:
    parts: list[str] = []
    at = looked = 0
    hopeless: set[str] = set()
    while found := _OPENERS.search(markup, looked):
        opener = found[0]
        closer = _CLOSERS.get(opener, "</anki-mathjax>")
        end = -1 if closer in hopeless else markup.find(closer, found.end())
        if end < 0:
            hopeless.add(closer)
            looked = found.end()
            continue
        parts.append(markup[at : found.start()])
        display = opener in _DISPLAY or ("<" in opener and "block" in opener)
        parts.append(_formula(markup[found.end() : end], display))
        at = looked = end + len(closer)
    parts.append(markup[at:])
    return "".join(parts)


def _formula(source: str, display: bool) -> str:
    latex = plain(source).replace("\xa0", " ").strip()
    bare = latex
    if len(latex) > 4 and latex.startswith("$$") and latex.endswith("$$"):
        bare = latex[2:-2]
    elif len(latex) > 2 and latex.startswith("$") and latex.endswith("$"):
        bare, display = latex[1:-1], False
    if bare and len(bare) <= _LONGEST_FORMULA:
        try:
            return mathml(bare, display=display)
        except MathsError:
            pass
    return f"<code>{html.escape(latex)}</code>"
