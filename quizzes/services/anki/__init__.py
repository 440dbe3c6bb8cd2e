"""Decks from Anki and to Anki, with their review history and media."""

from quizzes.services.anki.exporting import ExportReport, export_package
from quizzes.services.anki.importing import ImportReport, Offer, import_package

__all__ = ["ExportReport", "ImportReport", "Offer", "export_package", "import_package"]
