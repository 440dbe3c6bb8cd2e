"""Plain text out of rendered HTML, for lists, labels and search."""

from html.parser import HTMLParser

BLOCKS = {"p", "div", "pre", "li", "tr", "td", "th", "figure", "figcaption", "br", "h3", "h4"}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in BLOCKS:
            self.parts.append(" ")
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
    text = " ".join("".join(parser.parts).split())
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0] + "…"
