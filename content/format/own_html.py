"""What HTML of a learner's own cards may hold: no script, no style, no picture from elsewhere.

Pictures and sounds come from the learner's own media only, so that a shared deck cannot tell a
stranger's server who reads it, and when.
"""

from collections.abc import Mapping
from urllib.parse import unquote

import nh3

from content.format.figures import ELEMENTS as SVG_ELEMENTS
from content.format.sanitising import ATTRIBUTES, CLASSES, HTML, MATHML

_ALSO = {"b", "i", "u", "s", "mark", "small", "ruby", "rt", "rp", "rb", "q", "ins", "audio"}
_ALSO |= {"details", "summary"}
_ATTRIBUTES = {
    **{tag: names for tag, names in ATTRIBUTES.items() if tag not in SVG_ELEMENTS},
    "img": {"src", "alt", "title", "width", "height"},
    "audio": {"src", "controls", "preload", "aria-label"},
    "td": {"colspan", "rowspan"},
    "th": {"scope", "colspan", "rowspan"},
}
_CLASSES = {tag: names for tag, names in CLASSES.items() if tag not in SVG_ELEMENTS}
_URL_MAX = 2_000


class OwnCleaner:
    """Sanitises HTML of one learner. `media` gives the address of each of their files by name."""

    def __init__(self, media: Mapping[str, str]) -> None:
        self._media = media
        self._addresses = set(media.values())
        self._cleaner = nh3.Cleaner(
            tags=HTML | MATHML | _ALSO,
            attributes=_ATTRIBUTES,
            allowed_classes=_CLASSES,
            attribute_filter=self._attribute,
            url_schemes={"http", "https"},
            link_rel="noopener nofollow",
            strip_comments=True,
        )

    def clean(self, html: str) -> str:
        """The HTML with nothing left that could run, fetch, restyle or leave the card."""
        return self._cleaner.clean(html)

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return self._address(value)
        return None if name == "href" and len(value) > _URL_MAX else value

    def _address(self, source: str) -> str | None:
        if source in self._addresses:
            return source
        return self._media.get(source) or self._media.get(unquote(source))
