"""Plain text out of rendered HTML, for lists, labels and search."""

from dataclasses import dataclass
from html.parser import HTMLParser

BLOCKS = {"p", "div", "pre", "li", "tr", "td", "th", "figure", "figcaption", "br", "h3", "h4"}


CODE = 60
"""Letters of a code block that are kept: enough to tell two questions apart."""


@dataclass
class _Part:
    """An open element of a formula."""

    tag: str
    closing: str
    children: int = 0


SIGNS = {
    "msup": "^",
    "msub": "_",
    "mfrac": "/",
    "msubsup": "_^",
    "munder": "_",
    "mover": "^",
    "munderover": "_^",
}
"""What stands in a line of text before the second and the third part of a formula's element."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.code_from: int | None = None
        self.formula: list[_Part] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "math" or self.formula:
            self._begin_part(tag)
        if tag in BLOCKS:
            self.parts.append(" ")
        if tag == "pre":
            self.code_from = len(self.parts)
        if self.hidden or (tag == "span" and "vh" in (named.get("class") or "").split()):
            self.hidden += tag == "span"
        if tag == "img":
            self.parts.append(named.get("alt") or "")
        if tag == "svg":
            self.parts.append(named.get("aria-label") or "")
            self.hidden += 1000

    def _begin_part(self, tag: str) -> None:
        """Writes w² as w^2 and a fraction with a slash, so that a formula survives on one line."""
        opened = ""
        if self.formula:
            parent = self.formula[-1]
            parent.children += 1
            signs = SIGNS.get(parent.tag, "")
            self.parts.append(signs[parent.children - 2 : parent.children - 1])
            opened = "(" if signs and tag == "mrow" else ""
        if tag == "msqrt":
            opened = "√("
        self.parts.append(opened)
        self.formula.append(_Part(tag, closing=")" if opened else ""))

    def handle_endtag(self, tag: str) -> None:
        if self.formula and self.formula[-1].tag == tag:
            self.parts.append(self.formula.pop().closing)
        if tag == "svg" and self.hidden >= 1000:
            self.hidden -= 1000
        elif tag == "span" and self.hidden % 1000:
            self.hidden -= 1
        if tag == "pre" and self.code_from is not None:
            code = " ".join("".join(self.parts[self.code_from :]).split())
            self.parts[self.code_from :] = [cut(code, CODE)]
            self.code_from = None
        if tag in BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def plain_text(html: str, limit: int = 500) -> str:
    """The text that a reader sees, on one line; longer ones are cut at a word with an ellipsis."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return cut(" ".join("".join(parser.parts).split()), limit)


def cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0][: limit - 1] + "…"
