"""Numbers as people type them: decimal commas, thousands, fractions, powers of ten, units."""

import re
from dataclasses import dataclass
from math import isfinite

_NUMBER = re.compile(
    r"""^(?P<sign>[+-]?)\s*
    (?P<digits>\d[\d\s.,_']*|[.,]\d+)
    (?:\s*/\s*(?P<below>\d[\d.,]*))?
    (?:(?:[eE]|\s*(?:\*|x)\s*10\s*\^?\s*)(?P<power>[+-]?\d{1,3}))?
    \s*(?P<unit>[^\d\s].*)?$""",
    re.VERBOSE,
)
_SIGNS = str.maketrans({"−": "-", "–": "-", "×": "x", "·": "*", "⁄": "/", "⋅": "*"})
_RAISED = re.compile("10[⁺⁻]?[⁰¹²³⁴-⁹]+")
_FROM_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")


@dataclass(frozen=True)
class Quantity:
    """`values` holds every reading: `1,234` can be one and a bit or a thousand and more."""

    values: tuple[float, ...]
    unit: str


def quantity(text: str) -> Quantity | None:
    """What `text` says as a number with an optional unit; None when it is no number."""
    if len(text) > 100:
        return None
    plain = _RAISED.sub(lambda m: "10^" + m[0][2:].translate(_FROM_RAISED), text)
    match = _NUMBER.match(plain.translate(_SIGNS).strip())
    if match is None:
        return None
    # As text: 10.0 ** 400 raises, 1e400 is infinite and left out below.
    scale = float(f"1e{match['power'] or 0}") * (-1 if match["sign"] == "-" else 1)
    belows = _readings(match["below"]) if match["below"] else [1.0]
    values = [
        scale * value / below for value in _readings(match["digits"]) for below in belows if below
    ]
    finite = tuple(value for value in values if isfinite(value))
    return Quantity(finite, same_unit(match["unit"] or "")) if finite else None


def same_unit(unit: str) -> str:
    """A spelling of the unit that ignores spaces, case and a full stop."""
    spelled = "".join(unit.split()).rstrip(".").casefold()
    return {"percent": "%", "pct": "%", "pixel": "px", "pixels": "px"}.get(spelled, spelled)


def _readings(digits: str) -> list[float]:
    text = re.sub(r"[\s_']", "", digits).rstrip(".,")
    commas, dots = text.count(","), text.count(".")
    if commas and dots:
        thousands, decimal = (",", ".") if text.rfind(".") > text.rfind(",") else (".", ",")
        readings = [text.replace(thousands, "").replace(decimal, ".")]
    elif commas == 1:
        readings = [text.replace(",", ".")]
        if re.fullmatch(r"[1-9]\d{0,2},\d{3}", text):
            readings.append(text.replace(",", ""))
    elif commas > 1 or dots > 1:
        readings = [text.replace(",", "").replace(".", "")]
    else:
        readings = [text]
    values = []
    for reading in readings:
        try:
            values.append(float(reading))
        except ValueError:
            continue
    return values
