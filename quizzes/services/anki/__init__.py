"""Decks from Anki and to Anki, with their review history and media."""

from quizzes.services.anki.exporting import ExportReport, export_file, export_package
from quizzes.services.anki.importing import import_package
from quizzes.services.anki.offers import adopt_offer
from quizzes.services.anki.report import ImportReport, Offer

__all__ = [
    "ExportReport",
    "ImportReport",
    "Offer",
    "adopt_offer",
    "export_file",
    "export_package",
    "import_package",
]
