"""Plain text out of rendered HTML, for lists, labels and search."""

from html.parser import HTMLParser

BLOCKS = {"p", "div", "pre", "li", "tr", "td", "th", "figure", "figcaption", "br", "h3", "h4"}


CODE = 60
"""Letters of a code block that are kept: enough to tell two questions apart."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.code_from: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
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

    def handle_endtag(self, tag: str) -> None:
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
