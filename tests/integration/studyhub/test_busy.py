"""What a write is told that the database did not come to in time."""

import pytest
from django.db import OperationalError
from django.test import Client

from quizzes import services
from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture(autouse=True)
def _locked(monkeypatch):
    def locked(*_, **__):
        raise OperationalError("database is locked")

    for name in ("record_events", "review_prompt"):
        monkeypatch.setattr(services, name, locked)


def test_a_device_is_told_to_send_it_again(ada):
    _, secret = issue_device_token(ada, "phone")
    client = Client(headers={"Authorization": f"Token {secret}"})
    reply = client.post("/api/v1/events/", {"events": []}, content_type="application/json")
    assert (reply.status_code, reply.json()["type"]) == (503, "/problems/busy")
    assert int(reply["Retry-After"]) > 0
    assert "again" in reply.json()["detail"]


def test_a_reader_is_told_to_send_it_again(ada):
    client = Client()
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    reply = client.post("/review/rate/", {"prompt": "c04-x", "rating": "3"})
    assert reply.status_code == 503
    assert "Send it again in a few seconds" in reply.content.decode()


@pytest.mark.parametrize(
    "said",
    [
        "database or disk is full",
        "attempt to write a readonly database",
        'could not extend file "base/5/1": No space left on device',
    ],
)
def test_where_waiting_cures_nothing_nobody_is_told_to_wait(ada, monkeypatch, said):
    def full(*_, **__):
        raise OperationalError(said)

    for name in ("record_events", "review_prompt"):
        monkeypatch.setattr(services, name, full)
    _, secret = issue_device_token(ada, "phone")
    client = Client(headers={"Authorization": f"Token {secret}"})
    reply = client.post("/api/v1/events/", {"events": []}, content_type="application/json")
    assert (reply.status_code, reply.json()["type"]) == (503, "/problems/cannot-write")
    client = Client()
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.post("/review/rate/", {"prompt": "c04-x", "rating": "3"})
    assert page.status_code == 503
    assert "its disk is full" in page.content.decode()
