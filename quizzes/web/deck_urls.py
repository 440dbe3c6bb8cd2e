"""Addresses of own cards, decks and their files."""

from django.urls import path

from quizzes.web import anki, card_form, card_import, card_media, cards, decks, imports

urlpatterns = [
    path("decks/import/anki/", anki.upload, name="anki-upload"),
    path("decks/imports/<uuid:import_id>/", imports.report, name="deck-import"),
    path("decks/imports/<uuid:import_id>/adopt/", anki.adopt, name="anki-adopt"),
    path("decks/export/anki/", anki.export_all, name="anki-export"),
    path("decks/<slug:slug>/cards.apkg", anki.export_deck, name="deck-anki"),
    path("cards/", cards.browse, name="cards"),
    path("cards/act/", cards.act, name="cards-act"),
    path("cards/new/", card_form.new, name="card-new"),
    path("cards/preview/", card_form.preview, name="card-preview"),
    path("cards/import/", card_import.upload, name="cards-import"),
    path("cards/import/<str:digest>/", card_import.look, name="cards-import-look"),
    path("cards/files/", card_media.files, name="card-files"),
    path("cards/files/delete/", card_media.delete, name="card-file-delete"),
    path("cards/<slug:prompt_id>/edit/", card_form.edit, name="card-edit"),
    path("decks/", decks.decks, name="decks"),
    path("decks/new/", decks.new, name="deck-new"),
    path("decks/restore/", decks.restore, name="deck-restore"),
    path("decks/<slug:slug>/", decks.deck, name="deck"),
    path("decks/<slug:slug>/delete/", decks.delete, name="deck-delete"),
    path("decks/<slug:slug>/cards.csv", decks.export_csv, name="deck-csv"),
    path("decks/<slug:slug>/cards.md", decks.export_markdown, name="deck-markdown"),
]
