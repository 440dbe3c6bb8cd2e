"""Real Anki decks, for tests; they lie beside the checkout and are no part of it."""

from tests.revlogs import SHARED

DECKS = SHARED / "data" / "decks"
ABSENT = "the decks in ../shared/data/decks are not here"
