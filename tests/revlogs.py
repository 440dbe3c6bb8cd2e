"""The real review log that figures are quoted on, where this machine has it."""

import csv
from collections import defaultdict
from pathlib import Path

from tests.site import ROOT

#: Not part of the product; see `require` in conftest for what its absence means.
SHARED = ROOT.parent / "shared"
REVLOG = SHARED / "data" / "revlogs" / "reviews.csv"
DEFINITIONS = SHARED / "measure" / "recall_quality.py"
ABSENT = f"the review log is not at {REVLOG.relative_to(ROOT.parent)}"


def rows_by_card(path: Path = REVLOG) -> dict[str, list[tuple[int, int]]]:
    """(time in ms, rating) of each card's reviews, in time order."""
    cards: dict[str, list[tuple[int, int]]] = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            cards[row["card_id"]].append((int(row["review_time"]), int(row["review_rating"])))
    return {card: sorted(rows) for card, rows in cards.items()}
