"""Own cards over pages and the API: written, found, changed, imported; each learner's alone."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from content.domain.errors import DeckNotFound
from content.domain.own import own_id
from content.format.own import OwnFields
from content.models import Media, Prompt
from content.selectors import prompts_by_id
from quizzes import services
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors import browse as cards_of
from quizzes.services import own_editing
from quizzes.services.card_export import deck_csv
from quizzes.services.decks import create_deck, delete_deck, restore_deck
from quizzes.services.media import store_media
from studyhub.accounts.services import issue_device_token
from tests.integration.quizzes.conftest import NOW, ONE, SKY, sent
from tests.unit.content.test_rendering import png

pytestmark = pytest.mark.django_db


def pages(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def phone(user) -> Client:
    _, secret = issue_device_token(user, "phone")
    return Client(headers={"Authorization": f"Token {secret}"})


def found(user, query: str = "", **words) -> list[str]:
    page = cards_of.browse(user, now=NOW, query=query, **words)
    return [row.prompt for row in page.rows]


# -- writing ----------------------------------------------------------------------------------


def test_a_card_sent_twice_is_one_card_and_an_edit_outlives_the_retry(ada, sky):
    changed = OwnFields("basic", "Why is the sky blue?", "Rayleigh.", tags="optics")
    own_editing.edit_card(ada, sky, changed, deck_slug="optics", now=NOW)
    assert own_editing.write_card(ada, "optics", SKY, now=NOW, chosen=ONE) == sky
    prompt = Prompt.objects.get(owner=ada)
    assert (prompt.answer["text"], prompt.version) == ("Rayleigh.", 2)


def test_an_edit_keeps_what_the_learner_remembers(ada, sky):
    services.review_prompt(ada, sky, rating=3, device=ONE, now=NOW)
    before = Card.objects.get(user=ada, prompt=sky).stability
    changed = OwnFields("short", "Why is the sky blue?", "Rayleigh\nscattering")
    own_editing.edit_card(ada, sky, changed, deck_slug="optics", now=NOW)
    assert Card.objects.get(user=ada, prompt=sky).stability == before
    assert ReviewEventRow.objects.filter(user=ada, prompt=sky).count() == 1


def test_a_reverse_card_asks_the_other_way_and_knows_its_twin(ada, optics):
    own_editing.write_card(ada, "optics", SKY, now=NOW, chosen=ONE, reverse=True)
    first, second = Prompt.objects.filter(owner=ada).order_by("position")
    assert second.question == first.answer["text"]
    assert first.facts == second.facts != []


def test_a_deleted_card_leaves_the_session_and_comes_back_with_its_history(ada, sky):
    services.review_prompt(ada, sky, rating=3, device=ONE, now=NOW)
    assert own_editing.delete_cards(ada, [sky, "c04-basic"], now=NOW) == 1
    assert found(ada) == []
    assert found(ada, "is:deleted") == [sky]
    assert own_editing.restore_cards(ada, [sky], now=NOW) == 1
    assert found(ada) == [sky]
    assert Card.objects.get(user=ada, prompt=sky).reps == 1


# -- two learners -----------------------------------------------------------------------------


def test_a_stranger_sees_and_changes_nothing(ada, bob, sky):
    create_deck(bob, title="Bobs")
    assert prompts_by_id([sky], bob) == {}
    assert prompts_by_id([sky], None) == {}
    assert set(prompts_by_id([sky], ada)) == {sky}
    assert found(bob) == found(bob, "sky") == found(bob, "deck:optics") == []
    assert own_editing.delete_cards(bob, [sky], now=NOW) == 0
    assert own_editing.move_cards(bob, [sky], "bobs", now=NOW) == 0
    with pytest.raises(DeckNotFound):
        own_editing.edit_card(bob, sky, SKY, deck_slug="bobs", now=NOW)
    with pytest.raises(DeckNotFound):
        deck_csv(bob, "optics")
    [result] = services.record_events(bob, [sent(sky)], now=NOW).results
    assert result.status == "invalid"
    assert Prompt.objects.get(pk=sky).retired_at is None


STRANGERS = [
    ("get", "/decks/optics/"), ("post", "/decks/optics/"), ("post", "/decks/optics/delete/"),
    ("get", "/decks/optics/cards.csv"), ("get", "/decks/optics/cards.md"),
    ("get", "/cards/SKY/edit/"), ("post", "/cards/SKY/edit/"), ("get", "MEDIA"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), STRANGERS)
def test_a_strangers_page_is_not_there(ada, bob, sky, method, path):
    stored = store_media(ada, "cat.png", png(4, 4))
    path = path.replace("SKY", sky).replace("MEDIA", stored.url)
    reply = getattr(pages(bob), method)(path, {"title": "Mine", "question": "q", "answer": "a"})
    assert reply.status_code == 404
    assert Client().get(path).status_code in (302, 401, 405)
    if method == "get":
        own = pages(ada).get(path)
        assert own.status_code == 200
        assert own.getvalue()


API = [
    ("get", "decks/optics/"), ("put", "decks/optics/"), ("delete", "decks/optics/"),
    ("get", "decks/optics/cards/"), ("post", "decks/optics/restore/"), ("get", "cards/SKY/"),
    ("put", "cards/SKY/"), ("delete", "cards/SKY/"), ("post", "cards/SKY/restore/"),
    ("delete", "media/cat.png/"),
]  # fmt: skip
BODY = {"title": "T", "deck": "bobs", "question": "q", "answer": "a"}


@pytest.mark.parametrize(("method", "path"), API)
def test_a_stranger_gets_404_from_the_api(ada, bob, sky, method, path):
    create_deck(bob, title="Bobs")
    store_media(ada, "cat.png", png(4, 4))
    path = f"/api/v1/{path.replace('SKY', sky)}"
    words = {} if method == "get" else {"data": BODY, "content_type": "application/json"}
    reply = getattr(phone(bob), method)(path, **words)
    assert reply.status_code == 404
    assert reply["Content-Type"] == "application/problem+json"
    assert Prompt.objects.get(pk=sky).retired_at is None
    assert Media.objects.filter(owner=ada).exists()


# -- finding ----------------------------------------------------------------------------------


def test_a_first_card_makes_its_deck(ada):
    body = {"kind": "basic", "question": "Why?", "answer": "So.", "deck": "", "id": str(uuid4())}
    reply = pages(ada).post(reverse("card-new"), body)
    assert reply.status_code == 302
    assert Prompt.objects.get(owner=ada).deck.title == "My cards"


def test_a_form_comes_back_with_what_was_typed_and_what_is_wrong(ada, optics):
    body = {"kind": "numeric", "question": "How <many>?", "answer": "some", "deck": "optics"}
    reply = pages(ada).post(reverse("card-new"), body)
    assert reply.status_code == 400
    said = reply.content.decode()
    assert "How &lt;many&gt;?" in said
    assert "no number to compare with" in said
    body["preview"] = "1"
    assert pages(ada).post(reverse("card-new"), body).status_code == 200
    assert not Prompt.objects.filter(owner=ada).exists()


def test_a_deck_of_an_api_client_is_made_filled_and_deleted(ada):
    client = phone(ada)

    def call(method, path, body=None):
        words = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(client, method)(f"/api/v1/{path}", **words)

    assert call("post", "decks/", {"title": "Optics"}).status_code == 201
    assert call("post", "decks/", {"title": "Optics"}).json()["slug"] == "optics"
    card = {"id": str(ONE), "deck": "optics", "question": "Why?", "answer": "So.", "tags": ["a"]}
    for _ in range(2):
        reply = call("post", "cards/", card)
        assert (reply.status_code, reply.json()["id"]) == (201, own_id(ONE))
    path = f"cards/{own_id(ONE)}/"
    changed = call("put", path, {**card, "answer": "Because."})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.json()["answer"] == "Because."
    [listed] = call("get", "decks/optics/cards/").json()["results"]
    assert listed["answer_html"] == "<p>Because.</p>\n"
    [row] = call("get", "cards/?q=tag:a").json()["results"]
    assert (row["prompt"], row["state"]) == (own_id(ONE), "new")
    assert call("delete", path).status_code == call("delete", path).status_code == 204
    assert call("post", f"{path}restore/").status_code == 200
    wrong = call(
        "post", "cards/", {"deck": "optics", "kind": "numeric", "question": "q", "answer": "x"}
    )
    assert wrong.status_code == 400
    assert "answer" in wrong.json()["errors"]
    assert call("delete", "decks/optics/").status_code == 204
    assert call("post", "decks/optics/restore/").json()["cards"] == 1


def test_media_arrive_over_the_api(ada):
    client = phone(ada)
    for _ in range(2):
        file = io.BytesIO(png(4, 4))
        file.name = "cat.png"
        reply = client.post("/api/v1/media/", {"file": file})
        assert (reply.status_code, reply.json()["name"]) == (201, "cat.png")
    assert [row["name"] for row in client.get("/api/v1/media/").json()["results"]] == ["cat.png"]
    assert client.delete("/api/v1/media/cat.png/").status_code == 204


def test_a_deck_deleted_on_one_device_is_pulled_by_the_other(ada, sky):
    seen = services.record_events(ada, [], now=NOW).cursor
    delete_deck(ada, "optics", now=NOW + timedelta(minutes=1))
    reply = phone(ada).get("/api/v1/changes/", {"since": seen}).json()
    assert {"type": "removed", "id": sky, "data": {"type": "prompt"}} in reply["changes"]
    restore_deck(ada, "optics", now=NOW + timedelta(minutes=2))
    again = phone(ada).get("/api/v1/changes/", {"since": reply["cursor"]}).json()["changes"]
    assert [(c["type"], c["id"]) for c in again] == [("prompt", sky), ("card", sky)]


@pytest.mark.parametrize("method", ["get", "delete"])
def test_a_file_or_deck_whose_name_no_database_takes_is_not_there(ada, optics, method):
    for path in ("/media/0123456789abcdef/a%00b", "/api/v1/media/a%00b/"):
        assert getattr(phone(ada), method)(path).status_code in (404, 405)
    browser = pages(ada)
    card = {"deck": "\x00", "kind": "basic", "question": "q", "answer": "a"}
    assert browser.post("/cards/new/", card).status_code == 404
    assert browser.post("/decks/restore/", {"deck": "\x00"}).status_code == 404
    assert browser.post("/cards/files/delete/", {"name": "\x00"}).status_code == 404
