"""The pages of quizzes, as forms without script."""

from datetime import timedelta
from uuid import uuid4

import pytest

from quizzes.models import QuizAttempt
from quizzes.selectors import quiz
from quizzes.services import answer_question, finish_quiz
from tests.integration.quizzes.conftest import NOW
from tests.integration.quizzes.test_quiz_overrides import answer, begin, card, number


@pytest.fixture
def page(client, ada):
    client.force_login(ada)
    return client


def asked(**change):
    form = {
        "quiz": str(uuid4()),
        "chapter": ["mnist-basics", "pets"],
        "size": "5",
        "feedback": "end",
        "seconds": "600",
    }
    return {**form, **change}


def test_several_chapters_are_mixed_and_a_form_sent_twice_begins_one_quiz(page, ada):
    form = asked()
    first, again = page.post("/quiz/", form), page.post("/quiz/", form)
    assert first.url == again.url
    attempt = QuizAttempt.objects.get()
    assert (str(attempt.pk), attempt.seconds, attempt.feedback) == (form["quiz"], 600, "end")
    assert sorted(attempt.chapters) == ["mnist-basics", "pets"]
    assert attempt.questions.count() == 5
    shown = page.get(first.url).content.decode()
    assert "Ends at" in shown
    assert "data-clock=" in shown
    assert f"/quiz/attempt/{attempt.pk}/" in page.get("/quiz/").content.decode()


def test_a_quiz_of_an_impossible_size_is_refused_in_words_for_people(page):
    reply = page.post("/quiz/pets/", {"size": "999", "seconds": "1"})
    assert reply.status_code == 400
    said = reply.content.decode()
    assert "Ask for 1 to 100 questions." in said
    assert "must lie" not in said


def test_a_form_gone_back_to_and_changed_begins_a_quiz_of_its_own(page):
    form = asked()
    first = page.post("/quiz/", form).url
    changed = {**form, "chapter": ["pets"]}
    other = [page.post("/quiz/", changed).url for _ in range(2)]
    assert other[0] == other[1] != first
    assert page.post("/quiz/", form).url == first


def test_a_quiz_about_nothing_is_refused_where_it_was_asked_for(page):
    reply = page.post("/quiz/", asked(chapter=[]))
    assert reply.status_code == 400
    assert "Choose at least one chapter." in reply.content.decode()


@pytest.mark.parametrize(
    "change", [{"size": "many"}, {"seconds": "7"}, {"feedback": "x"}, {"quiz": "17"}]
)
def test_fields_that_no_form_offers_break_nothing(page, change):
    assert page.post("/quiz/", asked(**change)).status_code in (302, 400)


def test_i_was_right_is_a_button_on_the_page(page, ada):
    attempt = begin(ada)
    answer(ada, attempt, "numeric", "4")
    asked_id = number(ada, attempt, "numeric")
    url = f"/quiz/attempt/{attempt.pk}/"
    form = {"question": asked_id, "correct": "yes"}
    reply = page.post(f"{url}override/", form, follow=True)
    assert "You judged this answer right" in reply.content.decode()
    assert card(ada, "numeric") is None
    finish_quiz(ada, attempt.pk, now=NOW)
    assert "One answer counts by your own verdict." in page.get(url).content.decode()


def test_the_result_says_what_partial_credit_made_of_it(page, ada):
    attempt = begin(ada)
    answer(ada, attempt, "ordering", ["second", "first", "third"])
    finish_quiz(ada, attempt.pk, now=NOW)
    shown = page.get(f"/quiz/attempt/{attempt.pk}/").content.decode()
    assert "With partial credit the score is 7%." in shown
    assert "2 of 3 in order." in shown
    assert "6 questions left open." in shown


def test_an_answer_that_came_too_late_is_said_not_to_count(page, ada):
    attempt = begin(ada, seconds=60, now=NOW - timedelta(days=1))
    question = quiz(ada, attempt.pk).questions[0]
    form = {"question": question.id, "answer": "3"}
    reply = page.post(f"/quiz/attempt/{attempt.pk}/answer/", form, follow=True)
    shown = reply.content.decode()
    assert "that one does not count" in shown
    assert "the time was up" in shown


def test_the_last_open_question_may_be_left_open(page, ada):
    attempt = begin(ada, chapters=["pets"], size=2)
    first, last = quiz(ada, attempt.pk).questions
    url = f"/quiz/attempt/{attempt.pk}/"
    assert b"Stop here" not in page.get(url).content
    answer_question(ada, attempt.pk, first.id, 4, now=NOW)
    assert b"Stop here" in page.get(f"{url}?q={last.position + 1}").content


def test_a_retake_form_sent_twice_begins_one_quiz(page, ada):
    attempt = begin(ada, chapters=["pets"], size=2)
    for question in quiz(ada, attempt.pk).questions:
        answer_question(ada, attempt.pk, question.id, 4, now=NOW)
    finish_quiz(ada, attempt.pk, now=NOW)
    form = {"quiz": str(uuid4())}
    url = f"/quiz/attempt/{attempt.pk}/retake/"
    assert page.post(url, form).url == page.post(url, form).url
    assert QuizAttempt.objects.count() == 2


def test_a_quiz_of_someone_else_has_no_page(page, bob):
    attempt = begin(bob)
    for reply in (
        page.get(f"/quiz/attempt/{attempt.pk}/"),
        page.post(f"/quiz/attempt/{attempt.pk}/override/", {"question": 1, "correct": "yes"}),
    ):
        assert reply.status_code == 404
