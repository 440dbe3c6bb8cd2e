"""Addresses of decks, own cards and their files under /api/v1/."""

from django.urls import path

from quizzes.api import decks, media

urlpatterns = [
    path("decks/", decks.DecksView.as_view(), name="api-decks"),
    path("decks/<slug:slug>/", decks.DeckView.as_view(), name="api-deck"),
    path("decks/<slug:slug>/cards/", decks.DeckCardsView.as_view(), name="api-deck-cards"),
    path("decks/<slug:slug>/restore/", decks.DeckRestoreView.as_view(), name="api-deck-restore"),
    path("cards/", decks.CardsView.as_view(), name="api-cards"),
    path("cards/<slug:id>/", decks.CardView.as_view(), name="api-card"),
    path("cards/<slug:id>/restore/", decks.CardRestoreView.as_view(), name="api-card-restore"),
    path("media/", media.MediaListView.as_view(), name="api-media"),
    path("media/<str:name>/", media.MediaView.as_view(), name="api-media-file"),
]
