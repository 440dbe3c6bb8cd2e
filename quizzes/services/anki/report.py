"""What an import tells the learner."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Offer:
    """FSRS settings of one of the package's presets, which the learner may take over."""

    name: str
    weights: list[float]
    desired_retention: float | None


@dataclass
class ImportReport:
    """What an import did. `left_out` says per reason what was not taken, with examples."""

    decks: list[str] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=lambda: _zeros("created", "changed", "unchanged"))
    cards: dict[str, int] = field(default_factory=lambda: _zeros("created", "changed", "unchanged"))
    reviews: dict[str, int] = field(default_factory=lambda: _zeros("created", "known"))
    media: int = 0
    offers: list[Offer] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _zeros(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, 0)
