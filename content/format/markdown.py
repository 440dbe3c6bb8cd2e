"""Our Markdown: what Python-Markdown is told to understand, and what it must not.

Raw HTML is text here. Fenced code becomes `pre.code` with Pygments' class names, maths MathML,
images figures, tables `table.list`; blockquotes that begin with [!aside] become side notes.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from content.domain.course import Figure
from content.format.figures import FigureError, png_size, served_name, svg_element
from content.format.maths import NAMESPACE, MathsError, mathml
from content.format.sanitising import sanitise

ASIDE = "[!aside]"
PIXELS_SHOWN = 84
"""Small pictures (digits) are enlarged by a whole factor to about this many CSS pixels."""
NARROW_SVG = 400
_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True)
Element = ElementTree.Element


@dataclass
class Page:
    """What a text needs from around it while it is rendered."""

    name: str
    """Tells its code and formulas apart from others on the page: `Formula 2, Going downhill`."""
    chapter: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    figure_url: Callable[[str, str], str] = "/content/figures/{}/{}".format
    convert: "Callable[[str, Page], str] | None" = None
    """Another reader of Markdown than the course's own."""
    clean: Callable[[str], str] = sanitise
    """The last step of every rendering."""
    counts: dict[str, int] = field(default_factory=dict)

    def label(self, what: str) -> str:
        """The accessible name of the next code or formula without a title."""
        self.counts[what] = count = self.counts.get(what, 0) + 1
        return f"{what} {count}, {self.name}" if count > 1 else f"{what}, {self.name}"


def code_html(source: str, language: str, label: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text", stripnl=False)
    body = highlight(source, lexer, _FORMATTER).rstrip("\n")
    return (
        f'<pre class="code" tabindex="0" role="region" aria-label="{html.escape(label)}">'
        f"<code>{body}</code></pre>"
    )


class _Fences:
    """Formats fenced code for the page being rendered."""

    def __init__(self) -> None:
        self.page = Page("")

    def accept(
        self,
        language: str | None,
        inputs: dict[str, str],
        options: dict[str, Any],
        attrs: dict[str, str],
        md: Markdown,
    ) -> bool:
        options.update(inputs)
        return True

    def format(
        self,
        source: str,
        language: str | None,
        class_name: str,
        options: dict[str, Any],
        md: Markdown,
        **kwargs: Any,
    ) -> str:
        label = options.get("title") or self.page.label("Code")
        return code_html(source, language or "", label)


class _Shapes(Treeprocessor):
    """Turns the plain tree into the shapes of the design."""

    page: Page

    def run(self, root: Element) -> None:
        self._maths(root)
        for parent in list(root.iter()):
            for child in list(parent):
                if child.tag == "blockquote":
                    self._aside(parent, child)
                elif child.tag == "p" and _only_images(child):
                    self._figure(parent, child)
                elif child.tag == "table":
                    _table(child)

    def _maths(self, root: Element) -> None:
        for element in list(root.iter()):
            if element.get("class") != "arithmatex":
                continue
            text = (element.text or "").strip()
            block = element.tag == "div"
            latex = html.unescape(text[2:-2]) if block else text[2:-2]
            try:
                formula = ElementTree.fromstring(mathml(latex.strip(), display=block))
            except MathsError:
                formula = Element("code")
                formula.text = latex
            for part in formula.iter():
                part.tag = part.tag.removeprefix(NAMESPACE)
            tail = element.tail
            element.clear()
            if block:
                label = self.page.label("Formula")
                attributes = {"class": "eq", "tabindex": "0", "role": "region", "aria-label": label}
                element.attrib.update(attributes)
                element.append(formula)
            else:
                element.tag, element.text = formula.tag, formula.text
                element.attrib.update(formula.attrib)
                element.extend(list(formula))
            element.tail = tail

    def _aside(self, parent: Element, quote: Element) -> None:
        paragraphs = list(quote)
        first = paragraphs[0] if paragraphs else None
        if first is None or not (first.text or "").startswith(ASIDE):
            return
        first.text = (first.text or "").removeprefix(ASIDE).lstrip()
        if not first.text and not len(first) and len(paragraphs) > 1:
            quote.remove(first)
            paragraphs = paragraphs[1:]
        if len(paragraphs) == 1 and paragraphs[0].tag == "p":
            tail = quote.tail
            only = paragraphs[0]
            quote.clear()
            quote.tag, quote.text, quote.tail = "p", only.text, tail
            quote.extend(list(only))
        else:
            quote.tag = "div"
        quote.set("class", "aside")

    def _figure(self, parent: Element, paragraph: Element) -> None:
        images = [(i.get("src", ""), i.get("alt", ""), i.get("title")) for i in paragraph]
        caption = images[-1][2]
        pictures = [self._picture(src, alt) for src, alt, _ in images]
        tail = paragraph.tail
        paragraph.clear()
        paragraph.tag, paragraph.tail = "figure", tail
        small = all(picture.tag == "img" for picture in pictures)
        if small:
            row = ElementTree.SubElement(paragraph, "div", {"class": "pixels"})
            row.extend(pictures)
        elif len(pictures) == 1:
            if _svg_width(pictures[0]) <= NARROW_SVG:
                holder = ElementTree.SubElement(paragraph, "div", {"class": "fig"})
                holder.append(pictures[0])
            else:
                paragraph.append(pictures[0])
        else:
            row = ElementTree.SubElement(paragraph, "div", {"class": "pair"})
            for picture in pictures:
                ElementTree.SubElement(row, "div").append(picture)
        if caption:
            ElementTree.SubElement(paragraph, "figcaption").text = caption

    def _picture(self, src: str, alt: str) -> Element:
        figure = self.page.figures.get(src.removeprefix("figures/"))
        try:
            if figure is None:
                raise FigureError(f"There is no figure {src!r}", "Draw it.")
            if figure.name.endswith(".svg"):
                return svg_element(figure, alt)
            width, height = png_size(figure)
        except FigureError:
            words = Element("span")
            words.text = alt
            return words
        factor = max(1, PIXELS_SHOWN // width)
        return Element(
            "img",
            {
                "src": self.page.figure_url(self.page.chapter, served_name(figure)),
                "width": str(width * factor),
                "height": str(height * factor),
                "alt": alt,
                "loading": "lazy",
            },
        )


def _only_images(paragraph: Element) -> bool:
    children = list(paragraph)
    return (
        bool(children)
        and not (paragraph.text or "").strip()
        and all(child.tag == "img" and not (child.tail or "").strip() for child in children)
    )


def _svg_width(picture: Element) -> float:
    try:
        return float(picture.get("viewBox", "").replace(",", " ").split()[2])
    except (IndexError, ValueError):
        return 0.0


def _table(table: Element) -> None:
    table.set("class", "list")
    for cell in table.iter():
        align = cell.attrib.pop("align", None)
        if align in {"right", "center"}:
            cell.set("class", "num" if align == "right" else "mid")
        if cell.tag == "th":
            cell.set("scope", "col")


def _links(resolve: Callable[[str], str]) -> type[Treeprocessor]:
    class Links(Treeprocessor):
        def run(self, root: Element) -> None:
            for link in root.iter("a"):
                link.set("href", resolve(link.get("href", "")))

    return Links


def link_target(href: str) -> str:
    """Turns chapter:SLUG#section and lab:SLUG into the site's paths; other links stay."""
    kind, colon, name = href.partition(":")
    if colon and kind == "chapter":
        slug, hash_sign, section = name.partition("#")
        return f"/chapters/{slug}/{hash_sign}{section}"
    if colon and kind == "lab":
        return f"/labs/{name}/"
    return href


class Converter:
    """One configured Python-Markdown; not safe to share between threads."""

    def __init__(self) -> None:
        self._fences = _Fences()
        custom = {
            "name": "*",
            "class": "code",
            "format": self._fences.format,
            "validator": self._fences.accept,
        }
        self._markdown = Markdown(
            extensions=["tables", "sane_lists", "pymdownx.superfences", "pymdownx.arithmatex"],
            extension_configs={
                "tables": {"use_align_attribute": True},
                "pymdownx.superfences": {
                    "custom_fences": [custom],
                    "disable_indented_code_blocks": True,
                },
                "pymdownx.arithmatex": {
                    "generic": True,
                    "preview": False,
                    "inline_syntax": ["dollar"],
                    "block_syntax": ["dollar"],
                },
            },
        )
        self._markdown.preprocessors.deregister("html_block")
        self._markdown.inlinePatterns.deregister("html")
        self._shapes = _Shapes(self._markdown)
        self._markdown.treeprocessors.register(self._shapes, "shapes", 15)
        self._markdown.treeprocessors.register(_links(link_target)(self._markdown), "links", 14)

    def convert(self, text: str, page: Page) -> str:
        """HTML, not yet sanitised. What `lint` would refuse is shown as plain words or code."""
        self._fences.page = self._shapes.page = page
        self._markdown.reset()
        return str(self._markdown.convert(text))
