"""Numbers and times in the words of the site: plain, short, with units."""

import math
from datetime import date, datetime, timedelta

MINUTE, HOUR, DAY = 60, 3600, 86_400
NUMBERS = (
    "No", "One", "Two", "Three", "Four", "Five", "Six",
    "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
)  # fmt: skip


def counted(count: int, one: str, many: str = "") -> str:
    """1, "card" -> "1 card"; 24, "card" -> "24 cards"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def decimals(value: float, places: int) -> str:
    """0.8153, 3 -> "0.815"; what is a million or more in powers of ten: "2.5e+198"."""
    return f"{value:.{places}f}" if abs(value) < 1e6 else f"{value:.3g}"


def number_word(count: int) -> str:
    """6 -> "Six", for the start of a sentence; figures from thirteen on."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else f"{count:,}"


def span(seconds: float) -> str:
    """An interval as a rating button shows it: "10 min", "1 day", "2.5 months"."""
    if seconds < 45:
        return "now" if seconds <= 0 else "1 min"
    if seconds < HOUR:
        return f"{max(1, round(seconds / MINUTE))} min"
    if seconds < 18 * HOUR:
        return counted(round(seconds / HOUR), "hour")
    days = max(1, round(seconds / DAY))
    if days < 60:
        return counted(days, "day")
    if days < 730:
        return f"{days / 30.44:.1f}".rstrip("0").rstrip(".") + " months"
    return f"{days / 365.25:.1f}".rstrip("0").rstrip(".") + " years"


def took(seconds: float) -> str:
    """A duration that was measured: "0.4 s", "47 s", "3 min 5 s"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"


def minutes(seconds: float) -> str:
    """An estimate: "about 6 min"; never less than a minute."""
    return f"about {max(1, math.ceil(seconds / MINUTE))} min"


def day(when: date) -> str:
    return f"{when:%A} {when.day} {when:%B}"


def full_day(when: date) -> str:
    """1 December 2026: for days that may lie a year ahead."""
    return f"{when.day} {when:%B} {when.year}"


def short_day(when: date) -> str:
    return f"{when:%a} {when.day} {when:%b}"


def due(when: datetime, now: datetime) -> str:
    """When a card comes back: "in 10 min", "tomorrow", "on Thursday", "in 12 days".

    Both times are in the reader's time zone, so that a day ends when the reader's day ends.
    """
    left = when - now
    if left <= timedelta(0):
        return "now"
    days = (when.date() - now.date()).days
    if days == 0 or left < timedelta(hours=6):
        return f"in {span(left.total_seconds())}"
    if days == 1:
        return "tomorrow"
    if days < 7:
        return f"on {when:%A}"
    return f"in {span(days * DAY)}"


def ago(when: datetime, now: datetime) -> str:
    """When something happened: "just now", "12 min ago", "yesterday", "on 3 May"."""
    past = (now - when).total_seconds()
    if past < 60:
        return "just now"
    days = (now.date() - when.date()).days
    if days == 0 or past < 6 * HOUR:
        return f"{span(past)} ago"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"on {when:%A}"
    return f"on {when.day} {when:%B}" + ("" if when.year == now.year else f" {when.year}")


def size(count: int) -> str:
    """Bytes as people read them: "100 kB", "1 MB"."""
    if count < 1000:
        return counted(count, "byte")
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f}".rstrip("0").rstrip(".") + " MB"
