"""Addresses of sessions, rounds, leeches and a card's page."""

from django.urls import path

from quizzes.web import card, cram, leeches, review

urlpatterns = [
    path("review/", review.review, name="review"),
    path("review/rate/", review.rate, name="review-rate"),
    path("review/check/", review.check_answer, name="review-check"),
    path("review/undo/", review.undo, name="review-undo"),
    path("review/mark/", review.mark, name="review-mark"),
    path("review/acts/", review.acts, name="review-acts"),
    path("review/chapter/<slug:slug>/", card.chapter, name="review-chapter"),
    path("cram/", cram.choose, name="cram"),
    path("cram/go/", cram.go, name="cram-go"),
    path("leeches/", leeches.leeches, name="leeches"),
    path("leeches/<slug:prompt_id>/keep/", card.keep, name="leech-keep"),
    path("cards/<slug:prompt_id>/", card.card, name="card"),
]
