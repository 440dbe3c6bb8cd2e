"""Decks from Anki and to Anki, with their review history and media."""

from quizzes.services.anki.importing import ImportReport, Offer, import_package

__all__ = ["ImportReport", "Offer", "import_package"]
