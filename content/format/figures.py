"""Figures: SVG is checked against a strict list and drawn into the page, PNG is served as a file.

An SVG in the page takes the theme's colours through the classes of the style sheet (f-recall,
s-skill, grid, strong ...). Nothing that could run, fetch or restyle gets through.
"""

import hashlib
import re
import struct
from xml.etree import ElementTree

from content.domain.course import Figure

SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = (
    "svg g defs title desc path line polyline polygon rect circle ellipse text tspan marker "
    "linearGradient radialGradient stop clipPath use"
)
_ATTRIBUTES = (
    "class id viewBox preserveAspectRatio width height x y x1 x2 y1 y2 cx cy r rx ry dx dy d "
    "points transform fill fill-opacity fill-rule stroke stroke-width stroke-opacity "
    "stroke-dasharray stroke-linecap stroke-linejoin opacity vector-effect text-anchor "
    "dominant-baseline font-size font-weight font-style offset stop-color stop-opacity "
    "gradientUnits gradientTransform clip-path clip-rule clipPathUnits marker-start marker-mid "
    "marker-end markerWidth markerHeight markerUnits refX refY orient role aria-label aria-hidden "
    "href version focusable"
)
ELEMENTS = frozenset(_ELEMENTS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
_CLASSES = (
    "chart grid line strong mid last f-recall f-skill f-line f-sheet s-recall s-skill s-ink "
    "s-dots t-recall t-skill h0 h1 h2 h3 h4 cam photo fur fur2"
)
CLASSES = frozenset(_CLASSES.split())
"""Those of the style sheet that dress a drawing."""
REFERENCE = re.compile(r"url\(\s*['\"]?#([\w.-]+)['\"]?\s*\)")
PNG_HEADER = b"\x89PNG\r\n\x1a\n"
LARGEST = 400_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.(svg|png)")


class FigureError(Exception):
    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.message, self.cure = message, cure


def served_name(figure: Figure) -> str:
    """A name that changes with the content, so that browsers may keep the file for ever."""
    stem, _, ending = figure.name.rpartition(".")
    return f"{stem}.{hashlib.sha256(figure.data).hexdigest()[:12]}.{ending}"


def png_size(figure: Figure) -> tuple[int, int]:
    """Width and height in pixels. Raises FigureError."""
    if not figure.data.startswith(PNG_HEADER) or len(figure.data) < 24:
        raise FigureError(f"{figure.name} is no PNG picture", "Save it again as PNG.")
    width, height = struct.unpack(">II", figure.data[16:24])
    if not width or not height:
        raise FigureError(f"{figure.name} is empty", "Save it again as PNG.")
    return width, height


def svg_element(figure: Figure, alt: str) -> ElementTree.Element:
    """The picture as an `<svg role="img">` named by `alt`. Raises FigureError."""
    if len(figure.data) > LARGEST:
        raise FigureError(f"{figure.name} is larger than 400 kB", "Draw it with fewer points.")
    if b"<!DOCTYPE" in figure.data or b"<!ENTITY" in figure.data:
        raise FigureError(f"{figure.name} has a document type", "Delete its <!DOCTYPE ...>.")
    try:
        root = ElementTree.fromstring(figure.data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise FigureError(f"{figure.name} is no XML: {error}", "Mend or redraw it.") from error
    if root.tag not in {"svg", f"{{{SVG}}}svg"}:
        raise FigureError(f"{figure.name} is no SVG picture", "Begin it with <svg viewBox=...>.")
    if "viewBox" not in root.attrib:
        cure = 'Give its <svg> a viewBox="0 0 WIDTH HEIGHT".'
        raise FigureError(f"{figure.name} has no viewBox", cure)
    prefix = "fig-" + hashlib.sha256(figure.data).hexdigest()[:6] + "-"
    for element in root.iter():
        _clean(element, figure.name, prefix)
    for title in root.findall("title"):
        root.remove(title)  # browsers show it as a tooltip, over the text alternative
    classes = root.get("class", "").split()
    root.set("class", " ".join(dict.fromkeys(["chart", *classes])))
    for key in ("width", "height", "version", "aria-hidden"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-label", alt)
    root.tail = None
    return root


def _clean(element: ElementTree.Element, name: str, prefix: str) -> None:
    """Checks one element and makes its ids unlike those of other pictures in the page."""
    element.tag = str(element.tag).removeprefix(f"{{{SVG}}}")
    if element.tag not in ELEMENTS:
        cure = "Draw with shapes and text only, coloured by the classes of the style sheet."
        raise FigureError(f"{name} contains <{element.tag.rpartition('}')[2]}>", cure)
    for key, value in list(element.attrib.items()):
        if key not in ATTRIBUTES:
            cure = "Delete it; colours come from classes such as f-recall, s-skill, grid, strong."
            raise FigureError(f"{name} has the attribute {key.rpartition('}')[2]!r}", cure)
        for unknown in set(value.split()) - CLASSES if key == "class" else ():
            cure = f"Use one of: {_CLASSES}."
            raise FigureError(f"{name} has the class {unknown!r}", cure)
        if key == "href" and not re.fullmatch(r"#[\w.-]+", value):
            raise FigureError(f"{name} points outside itself", "Let href begin with #.")
        if "url(" in REFERENCE.sub("", value):
            raise FigureError(f"{name} points outside itself", "Let url() begin with #.")
        if key == "id":
            element.set(key, prefix + value)
        elif key == "href":
            element.set(key, f"#{prefix}{value[1:]}")
        elif "url(" in value:
            element.set(key, REFERENCE.sub(rf"url(#{prefix}\1)", value))
