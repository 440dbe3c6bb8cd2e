"""Leeches: cards that are missed again and again, which another try rarely helps.

A card is one from a learner's number of lapses on, and once more after every half of that number,
as Anki counts them. Rewording, splitting or reading up does more than repeating (Wozniak 1999,
"Twenty rules of formulating knowledge").
"""

from uuid import UUID, uuid5

#: Reason of the suspensions that a lapse brought about.
LEECH = "leech"


def half(threshold: int) -> int:
    """After so many more lapses a leech is one again."""
    return max(1, -(-threshold // 2))


def steps(lapses: int, threshold: int) -> int:
    """How often a card with so many lapses was found a leech."""
    return 0 if lapses < threshold else 1 + (lapses - threshold) // half(threshold)


def suspension_of(review: UUID) -> UUID:
    """The id of the suspension that this review brings, the same wherever it is worked out."""
    return uuid5(review, LEECH)
