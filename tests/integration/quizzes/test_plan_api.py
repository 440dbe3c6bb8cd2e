"""The plan over REST."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from quizzes.models import Break, Card, Exam, ReviewEventRow
from quizzes.services import add_chapter
from studyhub.accounts.services import issue_device_token
from tests.integration.quizzes.studied import due_in

API = "/api/v1"
ID = "8f9d7d54-0000-4000-8000-00000000000a"


class Phone:
    """A client that speaks JSON and holds a token."""

    def __init__(self, user) -> None:
        _, secret = issue_device_token(user, "phone")
        self.client = Client(headers={"Authorization": f"Token {secret}"})

    def send(self, method: str, path: str, body=None):
        send = getattr(self.client, method)
        if method == "get":
            return send(f"{API}/{path}")
        return send(f"{API}/{path}", json.dumps(body), content_type="application/json")


@pytest.fixture
def phone(ada) -> Phone:
    return Phone(ada)


def on(days: int) -> str:
    return str(datetime.now(UTC).date() + timedelta(days=days))


EXAM = {"title": "Finals", "chapters": ["pets"], "retention": 0.9}
PATHS = [
    ("get", "plan/"),
    ("patch", "plan/"),
    ("get", "plan/exams/"),
    ("post", "plan/exams/"),
    ("post", "plan/exams/preview/"),
    ("delete", f"plan/exams/{ID}/"),
    ("get", "plan/breaks/"),
    ("post", "plan/breaks/"),
    ("post", "plan/breaks/preview/"),
    ("delete", f"plan/breaks/{ID}/"),
    ("post", "plan/backlog/"),
    ("post", "plan/backlog/preview/"),
    ("delete", f"plan/backlog/{ID}/"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_strangers_are_asked_for_a_token(db, method, path):
    assert getattr(Client(), method)(f"{API}/{path}").status_code == 401


@pytest.mark.parametrize(("method", "path"), [row for row in PATHS if row[0] in ("post", "patch")])
@pytest.mark.parametrize("body", [[], "x", {"a_day": "many", "day": 7, "easy_days": "x", "id": 1}])
def test_nonsense_is_refused_in_words(phone, method, path, body):
    reply = phone.send(method, path, body)
    assert reply.status_code == 400
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_settings_are_read_and_changed(phone):
    reply = phone.send("get", "plan/").json()
    assert (reply["new_per_day"], reply["easy_days"], reply["exams"]) == (20, [1.0] * 7, [])
    changed = phone.send("patch", "plan/", {"new_per_day": 3, "easy_days": [1, 1, 1, 1, 1, 0.5, 0]})
    assert changed.json()["new_per_day"] == 3
    assert changed.json()["easy_days"][5:] == [0.5, 0]
    wrong = phone.send("patch", "plan/", {"easy_days": [0] * 7})
    assert wrong.status_code == 400
    assert list(wrong.json()["errors"]) == ["easy_days"]


def test_an_exam_is_previewed_accepted_listed_and_cancelled(phone):
    asked = {**EXAM, "day": on(20)}
    shown = phone.send("post", "plan/exams/preview/", asked).json()
    assert (shown["cards"], shown["added"], shown["new_a_day"]) == (5, 5, 1)
    assert len(shown["days"]) == shown["study_days"] in (20, 21)
    assert shown["recall_with"] > 0.9 > shown["recall_without"]
    assert not Card.objects.exists()
    for _ in range(2):
        made = phone.send("post", "plan/exams/", {**asked, "id": ID})
        assert (made.status_code, made.json()["id"]) == (201, ID)
    assert Card.objects.count() == 5
    assert [row["id"] for row in phone.send("get", "plan/exams/").json()["results"]] == [ID]
    assert phone.send("delete", f"plan/exams/{ID}/").status_code == 204
    assert phone.send("get", "plan/exams/").json()["results"] == []
    assert Exam.objects.get().ended_at is not None


def test_an_id_that_is_taken_is_a_conflict(phone):
    phone.send("post", "plan/exams/", {**EXAM, "day": on(20), "id": ID})
    other = phone.send("post", "plan/exams/", {**EXAM, "day": on(21), "id": ID})
    assert (other.status_code, other.json()["type"]) == (409, "/problems/plan-conflict")


def test_others_plans_are_not_there(phone, bob):
    phone.send("post", "plan/exams/", {**EXAM, "day": on(20), "id": ID})
    phone.send("post", "plan/breaks/", {"first_day": on(2), "last_day": on(4), "id": ID})
    stranger = Phone(bob)
    for path in ("exams", "breaks", "backlog"):
        assert stranger.send("delete", f"plan/{path}/{ID}/").status_code == 404
    assert stranger.send("get", "plan/exams/").json()["results"] == []
    assert stranger.send("get", "plan/breaks/").json()["results"] == []


def test_a_break_is_previewed_accepted_and_ended(phone):
    asked = {"first_day": on(2), "last_day": on(8)}
    shown = phone.send("post", "plan/breaks/preview/", asked).json()
    assert (shown["falls"], shown["before"], shown["after"]) == (0, 0, 0)
    assert phone.send("post", "plan/breaks/", {**asked, "id": ID}).status_code == 201
    assert phone.send("get", "plan/").json()["breaks"] == [{**asked, "id": ID}]
    overlap = phone.send("post", "plan/breaks/", {**asked, "id": str(uuid4())})
    assert "meets your break" in overlap.json()["errors"]["first_day"][0]
    assert phone.send("delete", f"plan/breaks/{ID}/").status_code == 204
    assert Break.objects.get().ended_at is not None


def test_a_backlog_is_previewed_spread_and_taken_back(phone, ada):
    add_chapter(ada, "pets", now=datetime.now(UTC))
    for number in range(5):
        due_in(ada, f"c05-{number}", -3, interval=5)
    phone.send("patch", "plan/", {"reviews_per_day": 2})
    assert phone.send("get", "plan/").json()["backlog"] == {"due": 5, "over": 3}
    shown = phone.send("post", "plan/backlog/preview/", {"a_day": 2}).json()
    assert (shown["overdue"], shown["kept"], len(shown["days"])) == (5, 2, 3)
    for _ in range(2):
        reply = phone.send("post", "plan/backlog/", {"a_day": 2, "id": ID})
        assert reply.json() == {"moved": 3}
    assert phone.send("delete", f"plan/backlog/{ID}/").json() == {"moved": 3}
    assert ReviewEventRow.objects.filter(device=ID).count() == 6
