"""What a collection holds, as plain values in Anki's own units.

Times: a review's id is milliseconds, `created` and `mod` are seconds. `due` of a card is a day
since the collection was created (review), a time in seconds (learning) or a place (new); negative
intervals are seconds, positive ones days.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

NEW, LEARNING, REVIEW, RELEARNING = 0, 1, 2, 3
SUSPENDED, BURIED_BY_SCHEDULER, BURIED_BY_HAND = -1, -2, -3
DAY_LEARNING = 3
ROW_LEARNING, ROW_REVIEW, ROW_RELEARNING, ROW_FILTERED, ROW_MANUAL, ROW_RESCHEDULED = range(6)
#: A card's `due` from here on is a time, below it a day or a place.
SECONDS_FROM = 1_000_000_000
FIELD_END = "\x1f"


class NoteRow(NamedTuple):
    id: int
    guid: str
    mid: int
    mod: int
    tags: str
    flds: str

    @property
    def fields(self) -> list[str]:
        return self.flds.split(FIELD_END)


class CardRow(NamedTuple):
    id: int
    nid: int
    did: int
    ord: int
    mod: int
    type: int
    queue: int
    due: int
    ivl: int
    factor: int
    reps: int
    lapses: int
    left: int
    odue: int
    odid: int
    flags: int
    data: str


class RevlogRow(NamedTuple):
    id: int
    cid: int
    ease: int
    ivl: int
    last_ivl: int
    factor: int
    time: int
    type: int


@dataclass(frozen=True)
class AnkiDeck:
    """`name` has `::` between its levels. `filtered` is the JSON of a filtered deck, which holds
    cards of others for a while; None for a normal one."""

    id: int
    name: str
    description: str = ""
    preset: int = 1
    filtered: dict[str, Any] | None = None


@dataclass(frozen=True)
class Preset:
    """What of a deck's options matters here. `weights` is empty where FSRS was never fitted."""

    name: str
    weights: tuple[float, ...] = ()
    desired_retention: float | None = None


@dataclass
class Findings:
    """What was left out of a package and why: how many times each, and the first examples."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    EXAMPLES = 5

    def add(self, why: str, what: str) -> None:
        self.counts[why] += 1
        shown = self.examples.setdefault(why, [])
        if len(shown) < self.EXAMPLES:
            shown.append(what[:100])

    def joined(self, other: "Findings") -> "Findings":
        """Both together."""
        both = Findings(self.counts + other.counts, {**self.examples})
        for why, shown in other.examples.items():
            both.examples[why] = [*both.examples.get(why, []), *shown][: self.EXAMPLES]
        return both

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {"why": why, "count": count, "examples": self.examples[why]}
            for why, count in self.counts.most_common()
        ]
