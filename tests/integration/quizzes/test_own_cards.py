"""Own cards over pages and the API: written, found, changed, imported; each learner's alone."""

import base64
import io
import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
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
from quizzes.selectors.acts import last_acts
from quizzes.selectors.card_files import deck_csv
from quizzes.services import own_editing
from quizzes.services.decks import create_deck, delete_deck, restore_deck
from quizzes.services.media import store_media
from quizzes.services.undo import undo
from studyhub.accounts.services import issue_device_token
from studyhub.base.clock import now
from tests.integration.quizzes.conftest import LAPTOP, NOW, sent
from tests.unit.content.test_rendering import png

pytestmark = pytest.mark.django_db
ONE = UUID(int=1)
SKY = OwnFields("basic", "Why is the sky **blue**?", "Short waves scatter.", tags="optics exam")


@pytest.fixture
def optics(ada):
    return create_deck(ada, title="Optics")


@pytest.fixture
def sky(ada, optics) -> str:
    return own_editing.write_card(ada, "optics", SKY, now=NOW, chosen=ONE)


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


@pytest.fixture
def many(ada, sky) -> dict[str, str]:
    """Cards in different states, by what they are."""
    services.add_chapter(ada, "mnist-basics", now=NOW)
    ids = {"sky": sky}
    for number, name in enumerate(("late", "gone", "marked"), start=2):
        fields = OwnFields("basic", f"About {name}?", "Yes.", tags="éclat::fine")
        chosen = UUID(int=number)
        ids[name] = own_editing.write_card(ada, "optics", fields, now=NOW, chosen=chosen)
    past = NOW - timedelta(days=60)
    services.review_prompt(ada, ids["late"], rating=3, device=ONE, now=past)
    events = [
        sent(ids["gone"], "suspend", seq=5),
        sent(ids["marked"], "flag", seq=6, flag=1),
        sent("c04-short", "bury", seq=7, until="2026-03-04T04:00:00.000Z"),
    ]
    results = services.record_events(ada, events, now=NOW).results
    assert {result.status for result in results} == {"created"}
    return ids


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sky", ["sky"]),
        ("SKY blue", ["sky"]),
        ("scatter", ["sky"]),
        ("tag:optics", ["sky"]),
        ("tag:opt", []),
        ("tag:éclat", ["late", "gone", "marked"]),
        ("tag:éclat::fine -is:suspended", ["late", "marked"]),
        ("is:due", ["late"]),
        ("is:suspended", ["gone"]),
        ("is:flagged", ["marked"]),
        ("is:own is:new", ["sky", "marked"]),
        ("deck:Optics", ["sky", "late", "gone", "marked"]),
        ('deck:optics "About late"', ["late"]),
        ("is:deleted", []),
        ("100%", []),
        ("' OR 1=1 --", []),
    ],
)
def test_conditions_find_what_they_say(ada, many, query, names):
    assert sorted(found(ada, query)) == sorted(many[name] for name in names)


def test_the_courses_cards_are_found_by_chapter_kind_and_state(ada, many):
    assert len(found(ada, "chapter:4")) == len(found(ada, "chapter:mnist-basics")) == 8
    assert found(ada, "chapter:4 kind:cloze") == ["c04-cloze"]
    assert found(ada, "is:buried") == ["c04-short"]
    assert "c04-short" not in found(ada, "-is:buried")
    assert len(found(ada, "-is:buried")) == 11


def test_unknown_states_are_said_to_be_so(ada):
    search = cards_of.browse(ada, now=NOW, query="is:blue cat").search
    assert "blue" in search.problems[0]
    assert [term.value for term in search.terms] == ["cat"]


@pytest.mark.parametrize("sort", ["changed", "due", "added", "lapses", "difficulty"])
def test_pages_follow_each_other_without_a_gap(ada, many, sort):
    for number in range(3):
        services.review_prompt(
            ada, f"c05-{number}", rating=1, device=ONE, now=NOW - timedelta(days=9)
        )
    whole = found(ada, sort=sort, limit=200)
    cursor, walked = "", []
    while True:
        page = cards_of.browse(ada, now=NOW, sort=sort, limit=2, cursor=cursor)
        walked += [row.prompt for row in page.rows]
        cursor = page.cursor
        if not cursor:
            break
    assert walked == whole
    assert len(set(walked)) == len(walked) > 3


@pytest.mark.parametrize("cursor", ["x", "!!", "W10", "bnVsbA", "WyJkdWUiLCAieCIsIDFd", "é" * 300])
def test_a_broken_cursor_begins_anew(ada, many, cursor):
    assert found(ada, cursor=cursor) == found(ada)


@pytest.mark.parametrize("due", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_cursor_beyond_all_days_begins_anew(ada, many, due):
    cursor = base64.urlsafe_b64encode(json.dumps(["due", due, 1]).encode()).decode()
    assert found(ada, sort="due", cursor=cursor) == found(ada, sort="due")


@pytest.mark.parametrize(
    "path",
    ["plan/exams/", "plan/breaks/", "scheduling/fits/", "media/", "quizzes/", "chapters/"],
)
@pytest.mark.parametrize(
    "forged",
    ["p=1", "p=x", "p=%00", "p=9999-99-99", "p=None", "p=0001-01-01T00:00:00%2B23:59", "p=1e999",
     "p=99999999999999999999999", "r=1&p=-1", "o=99999999999&p=1", "\x00"],
)  # fmt: skip
def test_a_forged_cursor_of_a_list_gives_no_page(ada, path, forged):
    cursor = base64.b64encode(forged.encode()).decode()
    reply = phone(ada).get(f"/api/v1/{path}", {"cursor": cursor})
    assert reply.status_code in (200, 404)
    if reply.status_code == 404:
        assert reply.json()["detail"]


@pytest.mark.parametrize(("sort", "index"), [("changed", "card_changes"), ("due", "card_due")])
def test_an_index_gives_the_first_page(ada, sky, sort, index):
    """Whatever a learner keeps, a page of it reads a page of it."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which a test's few rows do not have")
    with connection.execute_wrapper(record := Statements()):
        cards_of.browse(ada, now=NOW, sort=sort)
    [(listing, params)] = [one for one in record.seen if 'ORDER BY "quizzes_card"' in one[0]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {listing}", params)
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert index in plan
    assert "TEMP B-TREE" not in plan


class Statements:
    def __init__(self) -> None:
        self.seen: list[tuple[str, object]] = []

    def __call__(self, execute, sql, params, many, context):
        self.seen.append((sql, params))
        return execute(sql, params, many, context)


# -- doing one thing to several ---------------------------------------------------------------


def act(user, doing: str, *cards: str, **more: str):
    return pages(user).post(reverse("cards-act"), {"act": doing, "card": list(cards), **more})


def test_several_cards_are_suspended_by_one_form_once(ada, many):
    event = str(uuid4())
    chosen = [many["sky"], "c04-basic"]
    for _ in range(2):
        assert act(ada, "suspend", *chosen, event=event).status_code == 302
    assert ReviewEventRow.objects.filter(user=ada, kind="suspend").count() == 3  # one from before
    assert set(found(ada, "is:suspended")) == {*chosen, many["gone"]}


def test_what_was_done_to_several_cards_is_taken_back_as_one(ada, sky):
    services.add_chapter(ada, "mnist-basics", now=NOW)
    act(ada, "flag", sky, "c04-basic", event=str(uuid4()))
    [done] = last_acts(ada, now=now(), limit=9)
    assert (done.cards, done.said) == (2, "Flagged 2 cards")
    undo(ada, device=LAPTOP, now=now())
    assert not Card.objects.filter(user=ada, flag__gt=0).exists()


@pytest.mark.parametrize("doing", ["flag", "unflag", "bury", "reset", "unsuspend"])
def test_each_act_is_an_event(ada, sky, doing):
    assert act(ada, doing, sky).status_code == 302
    kind = {"unflag": "flag"}.get(doing, doing)
    assert ReviewEventRow.objects.get(user=ada, prompt=sky).kind == kind


def test_moving_and_deleting_leave_the_course_alone(ada, sky):
    services.add_chapter(ada, "mnist-basics", now=NOW)
    create_deck(ada, title="Waves")
    act(ada, "move", sky, "c04-basic", deck="waves")
    assert Prompt.objects.get(pk=sky).deck.slug == "waves"
    assert Prompt.objects.get(pk="c04-basic").deck.slug == "course"
    act(ada, "delete", sky, "c04-basic")
    assert Prompt.objects.get(pk="c04-basic").retired_at is None
    act(ada, "restore", sky)
    assert Prompt.objects.get(pk=sky).retired_at is None


@pytest.mark.parametrize("data", [{}, {"card": "x"}, {"card": "x", "act": "explode"}])
def test_an_act_that_is_none_is_refused(ada, data):
    assert pages(ada).post(reverse("cards-act"), data).status_code == 400


def test_a_form_leads_back_into_the_list_only(ada, sky):
    for back in ("https://elsewhere.example/", "//elsewhere.example", "/account/logout/"):
        assert act(ada, "flag", sky, back=back)["Location"] == "/cards/"
    assert act(ada, "flag", sky, back="/cards/?q=sky")["Location"] == "/cards/?q=sky"


# -- pages and API ----------------------------------------------------------------------------


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
