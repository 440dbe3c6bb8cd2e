"""LaTeX to MathML."""

import re
from functools import lru_cache
from xml.etree import ElementTree

from latex2mathml.converter import convert

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
ARITY = {
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3,
    "munderover": 3,
}  # fmt: skip
XMLNS = ' xmlns="http://www.w3.org/1998/Math/MathML"'


class MathsError(Exception):
    """The formula cannot be shown; the text says why."""


@lru_cache(maxsize=4096)
def mathml(latex: str, *, display: bool) -> str:
    """A `<math>` element. Raises MathsError for what the converter rejects or lets slip."""
    _check_braces(latex)
    try:
        markup = convert(latex, display="block" if display else "inline")
    except Exception as error:  # the converter raises its own kinds, bare, and IndexError
        reason = re.sub(r"(?<!^)([A-Z])", r" \1", type(error).__name__).lower()
        raise MathsError(reason.removesuffix(" error")) from error
    markup = markup.replace(XMLNS, "")
    try:
        root = ElementTree.fromstring(markup)
    except ElementTree.ParseError as error:
        raise MathsError("there is a <, > or & where none may be") from error
    for leaf in root.iter():
        wanted = ARITY.get(leaf.tag)
        if wanted and len(leaf) != wanted:
            raise MathsError(f"a part is missing in <{leaf.tag}>")
        text = leaf.text or ""
        if leaf.tag in {"mi", "mo"} and text.startswith("\\") and len(text) > 1:
            raise MathsError(f"the command {text} is unknown")
    return markup


def _check_braces(latex: str) -> None:
    depth = 0
    for sign in re.sub(r"\\.", "", latex):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            break
    if depth:
        raise MathsError("its braces do not match")
