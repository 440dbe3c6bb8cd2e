"""GET /sse/runs/ID/ over Django's own request cycle."""

import pytest
from django.test import Client

from labs.api import stream as stream_view
from labs.domain.outcome import RunOutcome
from labs.domain.runs import State
from labs.services import claims
from studyhub.accounts.services import issue_device_token
from tests.integration.labs.conftest import SOLUTION
from tests.loops import in_a_loop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ended_run(ada, hand_in, clock):
    run = hand_in(ada)
    claim = claims.claim_next(devices=("cpu",), worker="w", now=clock())
    claims.finish(claim, RunOutcome(State.ERRORED), now=clock())
    return run


@pytest.fixture
def as_ada(ada) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def ids(response) -> list[str]:
    lines = b"".join(response.streaming_content).decode().splitlines()
    return [line for line in lines if line.startswith(("id:", "event: done"))]


def test_an_ended_run_is_told_whole_and_then_done(as_ada, ended_run):
    response = as_ada.get(f"/sse/runs/{ended_run.pk}/")
    assert response["Content-Type"] == "text/event-stream"
    assert response["Cache-Control"] == "no-store"
    assert ids(response) == ["id: 1", "id: 2", "id: 3", "event: done"]


def test_the_browser_resumes_after_the_last_event_it_saw(as_ada, ended_run):
    response = as_ada.get(f"/sse/runs/{ended_run.pk}/", headers={"Last-Event-ID": "2"})
    assert ids(response) == ["id: 3", "event: done"]


@pytest.mark.parametrize("last", ["x", "-1", "9" * 30, "²"])
def test_an_unreadable_last_event_starts_from_the_beginning(as_ada, ended_run, last):
    response = as_ada.get(f"/sse/runs/{ended_run.pk}/?after={last}")
    assert ids(response)[0] == "id: 1"


def test_a_strangers_run_does_not_exist(bob, ended_run):
    client = Client()
    client.force_login(bob)
    assert client.get(f"/sse/runs/{ended_run.pk}/").status_code == 404


@pytest.fixture
def token_of():
    """`token_of(user)` gives the headers of a client without cookies."""

    def make(user) -> dict[str, str]:
        _, token = issue_device_token(user, "phone")
        return {"Authorization": f"Token {token}"}

    return make


@pytest.mark.parametrize("accepted", ["text/event-stream", "*/*", "application/json"])
def test_a_device_listens_with_its_token(ada, token_of, ended_run, accepted):
    headers = {**token_of(ada), "Accept": accepted}
    response = Client().get(f"/sse/runs/{ended_run.pk}/?after=1", headers=headers)
    assert response["Content-Type"] == "text/event-stream"
    assert ids(response) == ["id: 2", "id: 3", "event: done"]


def test_a_strangers_token_opens_no_run_of_yours(bob, token_of, ended_run):
    response = Client().get(f"/sse/runs/{ended_run.pk}/", headers=token_of(bob))
    assert (response.status_code, response.json()["status"]) == (404, 404)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Token " + "0" * 64}])
def test_nobody_listens_without_signing_in(ended_run, headers):
    headers = {"Accept": "text/event-stream", **headers}
    response = Client().get(f"/sse/runs/{ended_run.pk}/", headers=headers)
    assert (response.status_code, response.json()["status"]) == (401, 401)
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == "Token"


def test_only_reading_is_possible(as_ada, ended_run):
    assert as_ada.head(f"/sse/runs/{ended_run.pk}/").status_code == 405
    assert as_ada.post(f"/sse/runs/{ended_run.pk}/").status_code == 405


def test_when_all_places_are_taken_the_page_is_sent_to_polling(as_ada, ended_run, monkeypatch):
    places = stream_view.threading.BoundedSemaphore(1)
    monkeypatch.setattr(stream_view, "_READERS", places)
    first = as_ada.get(f"/sse/runs/{ended_run.pk}/")
    second = as_ada.get(f"/sse/runs/{ended_run.pk}/")
    assert (second.status_code, second["Retry-After"]) == (503, "10")
    assert second["Content-Type"] == "application/problem+json"
    first.close()  # the reader went away before the end
    assert as_ada.get(f"/sse/runs/{ended_run.pk}/").status_code == 200


def test_a_place_is_free_again_after_each_stream(as_ada, ended_run, monkeypatch):
    monkeypatch.setattr(stream_view, "_READERS", stream_view.threading.BoundedSemaphore(1))
    for _ in range(3):
        assert ids(as_ada.get(f"/sse/runs/{ended_run.pk}/"))[-1] == "event: done"


def test_polling_tells_the_same_and_the_place_in_the_queue(as_ada, ada, hand_in, ended_run):
    ended = as_ada.get(f"/api/v1/runs/{ended_run.pk}/events/?after=1").json()
    assert [event["seq"] for event in ended["events"]] == [2, 3]
    assert (ended["done"], ended["queue"]) == (True, None)

    hand_in(ada)
    second = hand_in(ada, b"# again\n" + SOLUTION)
    waiting = as_ada.get(f"/api/v1/runs/{second.pk}/events/").json()
    assert (waiting["done"], waiting["queue"]) == (False, {"position": 1, "wait": None})


def test_under_the_sites_own_server_a_reader_holds_no_thread(as_ada, ended_run):
    """The view returns at once with what the server goes on to send from its event loop."""
    address = f"/sse/runs/{ended_run.pk}/"
    response = as_ada.get(address, **{"studyhub.streams": True}, headers={"Last-Event-ID": "1"})
    assert response["Content-Type"] == "text/event-stream"
    assert "Content-Length" not in response

    async def read() -> str:
        return "".join([part.decode() async for part in response.frames])

    said = in_a_loop(read())
    assert [line for line in said.splitlines() if line.startswith("id:")] == ["id: 2", "id: 3"]
    assert said.endswith("event: done\ndata: {}\n\n")


def test_its_readers_are_counted_too(as_ada, ended_run, monkeypatch):
    monkeypatch.setattr("labs.api.fanout.MOST_READERS", 0)
    response = as_ada.get(f"/sse/runs/{ended_run.pk}/", **{"studyhub.streams": True})
    assert (response.status_code, response["Retry-After"]) == (503, "10")
