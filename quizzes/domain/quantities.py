"""Numbers as people type them: decimal commas, thousands, fractions, powers of ten, units.

Every reading that the signs allow is kept, and only those: `1,234` may be one and a bit or a
thousand and more, but `1 2` is no twelve and `1,2,3` no number at all.
"""

import re
import unicodedata
from dataclasses import dataclass
from math import isfinite

from quizzes.domain.units import Unit, scale_of, unit_of

TEXT_MAX = 100
_NUMBER = re.compile(
    r"""^(?P<sign>[+-]?)\s*
    (?:(?P<whole>\d{1,9})\s+(?=\d{1,2}\s*/))?
    (?P<digits>\d+(?:(?:[.,_']|\s(?=\d{3}(?!\d)))\d+)*[.,]?(?!\d)|[.,]\d+)
    (?:\s*/\s*(?P<below>\d+(?:[.,]\d+)?))?
    (?:(?:[eE]|\s*(?:\*|x)\s*10\s*(?:\^|\*\*)\s*)(?P<power>[+-]?\d{1,3})(?!\d))?
    \s*(?P<unit>[^\d\s.,'_+\-/*^=<>].*)?$""",
    re.VERBOSE,
)
_POWER_ALONE = re.compile(r"^([+-]?)(10\s*(?:\^|\*\*))")
_SIGNS = str.maketrans(
    {"−": "-", "–": "-", "‐": "-", "‑": "-", "×": "x", "·": "*", "⋅": "*", "∙": "*"}
    | {"⁄": "/", "’": "'", "\u00a0": " ", "\u2009": " ", "\u202f": " "}
)
RAISED = re.compile("[⁺⁻]?[⁰¹²³⁴-⁹]+")
_FROM_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_GROUPS = r"[1-9]\d{0,2}(?P<sep>[,.'_ ])\d{3}(?:(?P=sep)\d{3})*"
_GROUPED = re.compile(_GROUPS)
_GROUPED_WITH_DECIMALS = re.compile(rf"(?P<groups>{_GROUPS})(?!(?P=sep))[.,](?P<rest>\d+)")
_PLAIN = re.compile(r"\d+(?:[.,]\d*)?|[.,]\d+")


@dataclass(frozen=True)
class Quantity:
    """`values` holds every reading, in `unit`, as typed: `3 cm` is 3 of a hundredth of a metre."""

    values: tuple[float, ...]
    unit: Unit

    def means(self, other: "Quantity") -> bool:
        """Whether a reading of each is the same amount; units of one dimension are converted."""
        ours = self.in_unit(other.unit)
        return ours is not None and any(
            abs(a - b) <= 1e-9 * max(abs(a), abs(b)) for a in ours for b in other.values
        )

    def in_unit(self, unit: Unit) -> tuple[float, ...] | None:
        """The readings converted, or None between different dimensions."""
        if self.unit.dimension != unit.dimension:
            return None
        if self.unit == unit:
            return self.values
        return tuple(value * self.unit.size / unit.size for value in self.values)


def quantity(text: str) -> Quantity | None:
    """What `text` says as a number with an optional unit; None when it is no number."""
    if len(text) > TEXT_MAX:
        return None
    match = _NUMBER.match(_spelled_out(text))
    if match is None:
        return None
    # As text: 10.0 ** 400 raises, 1e400 is infinite and left out below.
    scale = float(f"1e{match['power'] or 0}") * (-1 if match["sign"] == "-" else 1)
    belows = _readings(match["below"]) if match["below"] else [1.0]
    whole = float(match["whole"] or 0)
    unit = unit_of(match["unit"] or "")
    if (size := scale_of(match["unit"] or "")) is not None:  # two million are 2,000,000 of them
        scale, unit = scale * size, Unit(unit.dimension, unit.size / size)
    values = [
        scale * (whole + value / below)
        for value in _readings(match["digits"])
        for below in belows
        if below
    ]
    finite = tuple(dict.fromkeys(value for value in values if isfinite(value)))
    return Quantity(finite, unit) if finite else None


def _spelled_out(text: str) -> str:
    """In ASCII signs: `½` as a fraction, `10⁻³` and a bare `10^-3` with their power of ten."""
    parts = []
    for sign in text:
        if unicodedata.category(sign) == "No" and "⁄" in (fraction := _folded(sign)):
            parts.append(f" {fraction} ")
        else:
            parts.append(sign)
    raised = RAISED.sub(lambda m: "^" + m[0].translate(_FROM_RAISED), "".join(parts))
    spelled = " ".join(raised.translate(_SIGNS).split()).rstrip(";:!?")
    return _POWER_ALONE.sub(r"\g<1>1x\2", spelled)


def _folded(sign: str) -> str:
    return unicodedata.normalize("NFKD", sign)


def _readings(digits: str) -> list[float]:
    """The numbers that a run of digits and separators can be."""
    text = digits.rstrip(".,") if digits[:1].isdigit() else digits
    readings = []
    if _PLAIN.fullmatch(text):
        readings.append(text.replace(",", "."))
    grouped = _GROUPED.fullmatch(text)
    # A single point is a decimal point here: `1.234` is not a thousand.
    if grouped and not (grouped["sep"] == "." and text.count(".") == 1):
        readings.append(text.replace(grouped["sep"], ""))
    if decimal := _GROUPED_WITH_DECIMALS.fullmatch(text):
        readings.append(f"{decimal['groups'].replace(decimal['sep'], '')}.{decimal['rest']}")
    return [float(reading) for reading in readings]
