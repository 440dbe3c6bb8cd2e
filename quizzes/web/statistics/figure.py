"""What a figure of the page is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from studyhub.base.charts import percent
from studyhub.base.words import counted

NOTHING = "–"  # in a table, where there is no value


class Cell(NamedTuple):
    """A cell of a table: words, where they lead, and what is said in small below."""

    words: str
    url: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Picture:
    """A drawn chart with the table that says the same in full.

    `name` says what the table lists. The first column names the row; the others are numbers
    unless `texts` has their index.
    """

    svg: str
    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    title: str = ""
    texts: Sequence[int] = ()
    open: bool = False


@dataclass(frozen=True)
class Figure:
    """A section of the page. `says` are its sentences; without `pictures` there is nothing to draw
    yet, and they say what will be here."""

    slug: str
    title: str
    says: Sequence[str]
    pictures: Sequence[Picture] = field(default_factory=tuple)
    note: str = ""
    more: Sequence[Cell] = ()


def row(*cells: str | Cell) -> list[Cell]:
    return [cell if isinstance(cell, Cell) else Cell(cell) for cell in cells]


def share_words(share: float | None, digits: int = 0) -> str:
    return NOTHING if share is None else percent(share, digits)


def range_words(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return NOTHING
    return f"{100 * interval[0]:.0f} to {percent(interval[1], 0)}"


def minutes_words(seconds: float) -> str:
    """Time that was spent: "48 s", "12 min", "3 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return (
        f"{hours} h {rest} min" if rest and hours < 20 else counted(round(seconds / 3600), "hour")
    )


def span_name(first: date, last: date, unit: str) -> str:
    """A span's first day, or its month: "3 Nov", "Nov 2026"."""
    if unit == "month":
        return f"{first:%b %Y}"
    return f"{first.day} {first:%b}"
