"""The memory half of the REST API, over HTTP with a device token."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from quizzes.services import add_chapter, review_prompt
from studyhub.accounts.services import issue_device_token
from tests.integration.quizzes.conftest import LAPTOP, RIGHT, WRONG, sent

API = "/api/v1"


class Phone:
    """A client that speaks JSON and holds a token."""

    def __init__(self, user, device: str = "phone") -> None:
        _, secret = issue_device_token(user, device)
        self.client = Client(headers={"Authorization": f"Token {secret}"})

    def get(self, path: str, **query):
        return self.client.get(f"{API}/{path}", query)

    def post(self, path: str, body=None):
        return self.client.post(f"{API}/{path}", json.dumps(body), content_type="application/json")


@pytest.fixture
def phone(ada) -> Phone:
    return Phone(ada)


@pytest.fixture
def just_now() -> datetime:
    return datetime.now(UTC)


NOBODYS = "8f9d7d54-0000-4000-8000-000000000000"  # a quiz that does not exist

PATHS = [
    ("get", "session/"),
    ("post", "events/"),
    ("get", "changes/"),
    ("get", "stats/"),
    ("post", "quizzes/"),
    ("get", f"quizzes/{NOBODYS}/"),
    ("post", f"quizzes/{NOBODYS}/answers/"),
    ("get", "quizzes/"),
    ("post", f"quizzes/{NOBODYS}/finish/"),
    ("post", f"quizzes/{NOBODYS}/retake/"),
    ("post", f"quizzes/{NOBODYS}/answers/1/override/"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_strangers_are_asked_for_a_token(db, method, path):
    reply = getattr(Client(), method)(f"{API}/{path}")
    assert reply.status_code == 401
    assert reply["Content-Type"] == "application/problem+json"


def test_a_session_has_the_documented_shape(ada, phone, just_now):
    add_chapter(ada, "mnist-basics", now=just_now)
    reply = phone.get("session/", limit=1)
    assert reply.status_code == 200
    body = reply.json()
    assert set(body) == {"id", "cards", "counts", "next_due", "break_until"}
    [card] = body["cards"]
    assert card["prompt"] == {
        "id": "c04-basic",
        "version": 1,
        "kind": "basic",
        "question_html": "<p>Question c04-basic?</p>",
        "answer_html": "<p>Answer.</p>",
        "explanation_html": "<p>Explanation.</p>",
        "choices": [],
        "chapter": "mnist-basics",
    }
    assert card["state"]["phase"] == "new"
    assert card["state"]["retrievability"] is None
    assert list(card["intervals"]) == ["again", "hard", "good", "easy"]


@pytest.mark.parametrize("query", [{"limit": "many"}, {"limit": -1}, {"kind": "essay"}])
def test_a_wrong_question_for_a_session_is_explained(phone, query):
    reply = phone.get("session/", **query)
    assert reply.status_code == 400
    assert next(iter(query)) in reply.json()["errors"]


def test_events_are_answered_one_by_one_in_order(phone, just_now):
    good = sent(at=just_now)
    reply = phone.post("events/", {"events": [good, sent(rating=9), good, 7]})
    assert reply.status_code == 200
    body = reply.json()
    assert [r["status"] for r in body["results"]] == ["created", "invalid", "duplicate", "invalid"]
    assert body["results"][0]["id"] == good["id"]
    assert body["results"][0]["effective_at"].startswith(good["at"][:19])
    assert body["cursor"]
    conflict = phone.post("events/", {"events": [{**good, "rating": 1}]}).json()["results"][0]
    assert (conflict["status"], bool(conflict["reason"])) == ("conflict", True)


def test_a_thousand_events_are_taken_and_no_more(phone, just_now):
    batch = [sent(f"c05-{n % 5}", at=just_now - timedelta(days=n), seq=n) for n in range(1000)]
    results = phone.post("events/", {"events": batch}).json()["results"]
    assert {result["status"] for result in results} == {"created"}
    refused = phone.post("events/", {"events": [*batch, sent()]})
    assert refused.status_code == 400
    assert "events" in refused.json()["errors"]


@pytest.mark.parametrize("body", [None, [], {}, {"events": "all"}, {"events": {"id": 1}}])
def test_what_is_no_list_of_events_is_explained(phone, body):
    reply = phone.post("events/", body)
    assert reply.status_code == 400
    assert reply["Content-Type"] == "application/problem+json"


def test_no_events_are_no_problem(phone):
    assert phone.post("events/", {"events": []}).json()["results"] == []


def test_another_device_pulls_what_the_first_pushed(ada, phone, just_now):
    tablet = Phone(ada, "tablet")
    cursor = tablet.get("changes/").json()["cursor"]
    event = sent(at=just_now)
    phone.post("events/", {"events": [event]})
    body = tablet.get("changes/", since=cursor).json()
    assert (body["more"], len(body["changes"])) == (False, 2)
    pulled = {change["type"]: change for change in body["changes"]}
    assert pulled["event"]["id"] == event["id"]
    assert pulled["card"]["id"] == "c04-basic"
    assert tablet.get("changes/", since=body["cursor"]).json()["changes"] == []
    assert tablet.get("changes/", cursor=body["cursor"]).json()["changes"] == []


def test_a_made_up_cursor_is_explained(phone):
    reply = phone.get("changes/", since="yesterday")
    assert reply.status_code == 400
    assert reply.json()["type"] == "/problems/cursor-invalid"
    assert "since" in reply.json()["errors"]
    assert "Start anew without `since`" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("get", "runs/00000000-0000-0000-0000-000000000000/", "not-found"),
        ("get", "nowhere/", "not-found"),
        ("get", "quizzes/00000000-0000-0000-0000-000000000000/", "not-found"),
        ("delete", "events/", "method-not-allowed"),
    ],
)
def test_kinds_of_problems_have_one_spelling(phone, method, path, kind):
    reply = getattr(phone.client, method)(f"/api/v1/{path}")
    assert reply.json()["type"] == f"/problems/{kind}"


def test_statistics_have_the_documented_parts(ada, phone, just_now):
    review_prompt(ada, "c04-basic", rating=3, device=LAPTOP, now=just_now)
    body = phone.get("stats/").json()
    assert set(body) >= {"counts", "retention", "forecast", "heat_map"}
    assert body["counts"]["all"] == 1
    assert body["heat_map"][-1]["count"] == 1
    assert body["retention"]["share"] is None


def test_a_quiz_from_start_to_finish(phone):
    asked = {"chapters": ["mnist-basics"], "size": 20, "feedback": "each", "seconds": 600}
    reply = phone.post("quizzes/", asked)
    assert reply.status_code == 201
    quiz = reply.json()
    assert (quiz["score"], quiz["finished_at"], len(quiz["questions"])) == (None, None, 7)
    for question in quiz["questions"]:
        assert {"id", "prompt", "kind", "question_html", "choices"} <= set(question)
        given = WRONG if question["kind"] in ("choice", "numeric") else RIGHT
        body = {"question": question["id"], "answer": given[question["kind"]]}
        result = phone.post(f"quizzes/{quiz['id']}/answers/", body)
        assert result.status_code == 200
        assert result.json()["correct"] is (given is RIGHT)
        assert result.json()["explanation_html"] == "<p>Explanation.</p>"
        assert phone.post(f"quizzes/{quiz['id']}/answers/", body).json() == result.json()
    finished = phone.post(f"quizzes/{quiz['id']}/finish/").json()
    assert finished["score"] == pytest.approx(5 / 7)
    assert sorted(finished["scheduled"]) == ["c04-choice", "c04-numeric"]
    assert phone.get(f"quizzes/{quiz['id']}/").json()["score"] == finished["score"]
    retake = phone.post(f"quizzes/{quiz['id']}/retake/")
    assert retake.status_code == 201
    assert len(retake.json()["questions"]) == 2


def test_a_quiz_with_feedback_at_the_end_tells_nothing_before(phone):
    quiz = phone.post("quizzes/", {"chapters": ["pets"], "feedback": "end"}).json()
    body = {"question": quiz["questions"][0]["id"], "answer": 4}
    result = phone.post(f"quizzes/{quiz['id']}/answers/", body).json()
    hidden = ("correct", "score", "expected", "explanation_html")
    assert [result[name] for name in hidden] == [None] * 4


def test_beginning_a_quiz_can_be_repeated(ada, bob, phone):
    asked = {"id": str(uuid4()), "chapters": ["pets"]}
    first, again = phone.post("quizzes/", asked), phone.post("quizzes/", asked)
    assert first.json() == again.json()
    assert Phone(bob).post("quizzes/", asked).status_code == 409


@pytest.mark.parametrize(
    ("answer", "hint"),
    [("three", "number such as 3.5"), (None, ""), ({"n": 3}, "number such as 3.5"), (True, "3.5")],
)
def test_an_answer_of_the_wrong_form_is_explained(phone, answer, hint):
    quiz = phone.post("quizzes/", {"chapters": ["pets"]}).json()
    body = {"question": quiz["questions"][0]["id"], "answer": answer}
    reply = phone.post(f"quizzes/{quiz['id']}/answers/", body)
    assert reply.status_code == 400
    assert hint in reply.json()["detail"]
    assert "answer" in reply.json()["errors"]


def test_a_quiz_of_someone_else_is_not_there(bob, phone):
    quiz = phone.post("quizzes/", {"chapters": ["pets"]}).json()
    other = Phone(bob)
    assert other.get(f"quizzes/{quiz['id']}/").status_code == 404
    assert other.post(f"quizzes/{quiz['id']}/finish/").status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"chapters": []}, 400),
        ({"chapters": ["nowhere"]}, 404),
        ({"size": 0}, 400),
        ({"feedback": "never"}, 400),
        ({"seconds": 5}, 400),
        ({"id": "17"}, 400),
    ],
)
def test_a_quiz_that_cannot_be_drawn_says_why(phone, change, status):
    reply = phone.post("quizzes/", {"chapters": ["pets"], **change})
    assert reply.status_code == status
    assert next(iter(change)) in reply.json()["errors"]


def test_answering_after_the_end_is_a_conflict(phone):
    quiz = phone.post("quizzes/", {"chapters": ["pets"]}).json()
    phone.post(f"quizzes/{quiz['id']}/finish/")
    body = {"question": quiz["questions"][0]["id"], "answer": 3}
    assert phone.post(f"quizzes/{quiz['id']}/answers/", body).status_code == 409


@pytest.mark.parametrize("opening", ['{"events": [' + "[" * 100_000, '{"a":' * 100_000])
def test_json_that_is_nested_beyond_reading_is_refused_in_words(phone, opening):
    reply = phone.client.post(f"{API}/events/", opening, content_type="application/json")
    assert (reply.status_code, reply["Content-Type"]) == (400, "application/problem+json")
    assert "nested too deeply" in reply.json()["detail"]


def test_half_a_character_stops_no_other_event(phone):
    reply = phone.post("events/", {"events": [sent() | {"id": "\ud800"}, sent()]})
    assert reply.status_code == 200
    assert [result["status"] for result in reply.json()["results"]] == ["invalid", "created"]


def test_more_than_one_request_may_carry_is_said_as_a_problem(phone, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    reply = phone.post("events/", {"events": ["x" * 2_000]})
    assert (reply.status_code, reply["Content-Type"]) == (413, "application/problem+json")
