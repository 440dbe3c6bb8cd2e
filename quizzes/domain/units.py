"""Units that people type, and what one is in another.

Symbols are told apart by case (`Mb` is a megabit, `MB` a megabyte), words are not. `KB` is left
out on purpose: it is 1,000 bytes to some and 1,024 to others.
"""

from dataclasses import dataclass

#: Dimension -> symbol -> size in the dimension's first unit. Factors from the SI brochure and
#: IEC 80000-13 (bytes).
_SYMBOLS: dict[str, dict[str, float]] = {
    "": {"%": 0.01, "‰": 0.001},
    "length": {"m": 1, "nm": 1e-9, "µm": 1e-6, "um": 1e-6, "mm": 1e-3, "cm": 1e-2, "km": 1e3},
    "time": {"s": 1, "ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "min": 60, "h": 3600}
    | {"d": 86_400},
    "mass": {"g": 1, "µg": 1e-6, "mg": 1e-3, "kg": 1e3, "t": 1e6},
    "data": {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}
    | {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
    | {"bit": 1 / 8, "kbit": 125, "Mbit": 125e3, "Gbit": 125e6, "Mb": 125e3, "Gb": 125e6},
    "frequency": {"Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    "power": {"W": 1, "mW": 1e-3, "kW": 1e3, "MW": 1e6},
    "energy": {"J": 1, "kJ": 1e3, "Wh": 3600, "kWh": 3.6e6},
    "angle": {"°": 1, "deg": 1},
    "pixels": {"px": 1},
}
_WORDS: dict[str, str] = {
    "percent": "%",
    "per cent": "%",
    "pct": "%",
    "permille": "‰",
    "metre": "m",
    "meter": "m",
    "millimetre": "mm",
    "millimeter": "mm",
    "centimetre": "cm",
    "centimeter": "cm",
    "kilometre": "km",
    "kilometer": "km",
    "second": "s",
    "sec": "s",
    "millisecond": "ms",
    "microsecond": "µs",
    "nanosecond": "ns",
    "minute": "min",
    "hour": "h",
    "hr": "h",
    "day": "d",
    "gram": "g",
    "kilogram": "kg",
    "byte": "B",
    "kilobyte": "kB",
    "megabyte": "MB",
    "gigabyte": "GB",
    "terabyte": "TB",
    "bits": "bit",
    "hertz": "Hz",
    "watt": "W",
    "joule": "J",
    "degree": "°",
    "pixel": "px",
}
#: Short scale, as English has it.
SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "hundredth": 1e-2,
    "thousandth": 1e-3,
    "millionth": 1e-6,
}


@dataclass(frozen=True)
class Unit:
    """`size` is how many of the dimension's first unit it is; an unknown unit is a dimension of
    its own, named by its spelling. No unit at all has the dimension of a plain number."""

    dimension: str
    size: float = 1.0


PLAIN = Unit("")
_BY_SYMBOL = {
    symbol: Unit(dimension, size)
    for dimension, symbols in _SYMBOLS.items()
    for symbol, size in symbols.items()
}
_FOLDED: dict[str, set[Unit]] = {}
for _symbol, _unit in _BY_SYMBOL.items():
    _FOLDED.setdefault(_symbol.casefold(), set()).add(_unit)


def scale_of(spelled: str) -> float | None:
    """How many the first word stands for where it counts things: 1e6 for `million stars`."""
    word = spelled.partition(" ")[0].casefold().rstrip(".,;")
    return SCALES.get(word.removesuffix("s"))


def unit_of(spelled: str) -> Unit:
    """The unit of this spelling, whatever its spacing, plural or full stop; never fails.

    `million km` is a unit of a million kilometres, `million` one of a million.
    """
    text = " ".join(spelled.replace("μ", "µ").replace("^", "").split()).rstrip(".,;")
    if not text:
        return PLAIN
    if (scale := scale_of(text)) is not None:
        counted = unit_of(text.partition(" ")[2])
        return Unit(counted.dimension, scale * counted.size)
    if text in _BY_SYMBOL:
        return _BY_SYMBOL[text]
    word = text.casefold()
    for form in (word, word.removesuffix("s")):
        if form in _WORDS:
            return _BY_SYMBOL[_WORDS[form]]
    meant = _FOLDED.get(word, set())
    if len(meant) == 1:
        return next(iter(meant))
    return Unit(f"?{word.removesuffix('s') if len(word) > 3 else word}")
