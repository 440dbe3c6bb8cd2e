"""Repeatable fuzz: the same card at the same review count moves by the same days everywhere.

32-bit integers only, so that a client in any language agrees to the day; pseudo-code and test
vectors in docs/scheduling.md. The bounds are Anki's: no fuzz below 2.5 days, then one day plus a
share of the days in each range.
"""

from functools import lru_cache
from math import floor

_MASK = 0xFFFFFFFF


@lru_cache(maxsize=65_536)
def card_key(prompt: str) -> int:
    """32-bit FNV-1a of the prompt id's UTF-8 bytes."""
    key = 0x811C9DC5
    for byte in prompt.encode():
        key = ((key ^ byte) * 0x01000193) & _MASK
    return key


def mix(key: int, count: int) -> int:
    """An evenly spread 32-bit number for the `count`-th review of a card (murmur3's finish)."""
    x = (key ^ (count * 0x9E3779B9)) & _MASK
    x ^= x >> 16
    x = (x * 0x85EBCA6B) & _MASK
    x ^= x >> 13
    x = (x * 0xC2B2AE35) & _MASK
    return x ^ (x >> 16)


def rounded(days: float) -> int:
    """Half up, as Rust and JavaScript round positive numbers; Python's `round` is half to even."""
    return floor(days + 0.5)


def fuzzed(days: float, minimum: int, maximum: int, noise: int) -> int:
    """Whole days near `days`, from `minimum` to `maximum`, chosen by the 32-bit `noise`."""
    low, high = bounds(days, minimum, maximum)
    return low + ((high - low + 1) * noise >> 32)


def bounds(days: float, minimum: int, maximum: int) -> tuple[int, int]:
    """The fewest and the most days that fuzz makes of `days`."""
    days = minimum if days < minimum else maximum if days > maximum else days
    spread = _spread(days)
    low, high = rounded(days - spread), rounded(days + spread)
    # Comparisons: `min` and `max` take three times as long, twice a review.
    low = minimum if low < minimum else maximum if low > maximum else low
    high = minimum if high < minimum else maximum if high > maximum else high
    if low == high and 2 < high < maximum:
        high += 1
    return low, high


def _spread(days: float) -> float:
    if days < 2.5:
        return 0.0
    if days < 7.0:
        return 1 + 0.15 * (days - 2.5)
    if days < 20.0:
        return 1 + (0.15 * 4.5 + 0.1 * (days - 7.0))
    return 1 + (0.15 * 4.5 + 0.1 * 13.0 + 0.05 * (days - 20.0))
