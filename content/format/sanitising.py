"""The last step of every rendering: only what is listed here reaches a page.

Pygments and MathML need their classes and elements, our own components need theirs; there is no
style attribute, no script, no event handler, no form, and links lead to http(s) or into the site.
"""

import nh3
from pygments.token import STANDARD_TYPES

from content.format.figures import ATTRIBUTES as SVG_ATTRIBUTES
from content.format.figures import CLASSES as SVG_CLASSES
from content.format.figures import ELEMENTS as SVG_ELEMENTS

_HTML = (
    "p br hr em strong del s sub sup code pre a ul ol li dl dt dd blockquote h2 h3 h4 h5 h6 "
    "table caption thead tbody tr th td figure figcaption img div span aside kbd abbr"
)
_MATHML = (
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover "
    "munderover mmultiscripts mprescripts mtable mtr mtd mstyle mpadded mphantom menclose "
    "semantics annotation"
)
REGION = {"tabindex", "role", "aria-label"}
_MATHML_ATTRIBUTES = (
    "display mathvariant stretchy fence form separator accent accentunder lspace rspace width "
    "height depth minsize maxsize linethickness columnalign rowspacing columnspacing columnlines "
    "rowlines displaystyle scriptlevel movablelimits symmetric largeop notation"
)
HTML = set(_HTML.split())
MATHML = set(_MATHML.split())
MATHML_ATTRIBUTES = set(_MATHML_ATTRIBUTES.split())
ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "loading"},
    "pre": REGION,
    "div": REGION,
    "span": {"aria-hidden", "data-gap"},
    "ol": {"start"},
    "th": {"scope"},
    **dict.fromkeys(MATHML, MATHML_ATTRIBUTES),
    **{element: set(SVG_ATTRIBUTES) - {"class"} for element in SVG_ELEMENTS},
}
CLASSES: dict[str, set[str]] = {
    "p": {"aside", "small", "soft"},
    "div": {"aside", "eq", "fig", "pair", "pixels"},
    "pre": {"code"},
    "span": {"cloze", "vh", *STANDARD_TYPES.values()} - {""},
    "table": {"list"},
    "td": {"num", "mid"},
    "th": {"num", "mid"},
    **{element: set(SVG_CLASSES) for element in SVG_ELEMENTS},
}
_CLEANER = nh3.Cleaner(
    tags=HTML | MATHML | set(SVG_ELEMENTS),
    attributes=ATTRIBUTES,
    allowed_classes=CLASSES,
    url_schemes={"http", "https"},
    link_rel="noopener",
    strip_comments=True,
)


def sanitise(html: str) -> str:
    return _CLEANER.clean(html)
