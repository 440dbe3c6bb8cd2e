from django.urls import path

from quizzes.web import quiz, review
from quizzes.web.statistics import views as statistics

urlpatterns = [
    path("review/", review.review, name="review"),
    path("review/rate/", review.rate, name="review-rate"),
    path("review/check/", review.check_answer, name="review-check"),
    path("review/undo/", review.undo, name="review-undo"),
    path("review/flag/", review.flag, name="review-flag"),
    path("review/suspend/", review.suspend, name="review-suspend"),
    path("quiz/", quiz.quizzes, name="quizzes"),
    path("quiz/attempt/<uuid:attempt_id>/", quiz.quiz, name="quiz"),
    path("quiz/attempt/<uuid:attempt_id>/answer/", quiz.answer, name="quiz-answer"),
    path("quiz/attempt/<uuid:attempt_id>/override/", quiz.override, name="quiz-override"),
    path("quiz/attempt/<uuid:attempt_id>/finish/", quiz.finish, name="quiz-finish"),
    path("quiz/attempt/<uuid:attempt_id>/retake/", quiz.retake, name="quiz-retake"),
    path("quiz/<slug:chapter>/", quiz.start, name="quiz-start"),
    path("statistics/", statistics.page, name="statistics"),
    path("statistics/facts/", statistics.facts, name="statistics-facts"),
]
