"""The list of all cards: searched, paged, and several marked at once."""

import base64
import json
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.urls import reverse

from content.format.own import OwnFields
from content.models import Prompt
from quizzes import services
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors import browse as cards_of
from quizzes.selectors.acts import last_acts
from quizzes.services import own_editing
from quizzes.services.decks import create_deck
from quizzes.services.undo import undo
from studyhub.base.clock import now
from studyhub.base.errors import CursorInvalid
from tests.integration.quizzes.conftest import LAPTOP, NOW, ONE, sent
from tests.integration.quizzes.test_own_cards import found, pages, phone


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
def test_a_broken_cursor_is_refused_by_the_list_and_the_page_begins_anew(ada, client, many, cursor):
    with pytest.raises(CursorInvalid):
        found(ada, cursor=cursor)
    reply = phone(ada).get("/api/v1/cards/", {"cursor": cursor})
    assert (reply.status_code, reply.json()["type"]) == (400, "/problems/cursor-invalid")
    client.force_login(ada)
    page = client.get("/cards/", {"after": cursor, "sort": "added"})
    assert (page.status_code, page["Location"]) == (302, "/cards/?sort=added")


def test_a_cursor_of_another_order_is_refused(ada, many):
    cursor = cards_of.browse(ada, now=NOW, sort="added", limit=1).cursor
    with pytest.raises(CursorInvalid):
        found(ada, sort="changed", cursor=cursor)


@pytest.mark.parametrize("due", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_cursor_beyond_all_days_is_refused(ada, many, due):
    cursor = base64.urlsafe_b64encode(json.dumps(["due", due, 1]).encode()).decode()
    with pytest.raises(CursorInvalid):
        found(ada, sort="due", cursor=cursor)


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
    assert reply.status_code in (200, 400)
    if reply.status_code == 400:
        assert reply.json()["type"] == "/problems/cursor-invalid"
        assert "anew without `cursor`" in reply.json()["detail"]


@pytest.mark.parametrize("path", ["plan/exams/", "scheduling/fits/", "media/", "chapters/"])
@pytest.mark.parametrize("cursor", ["x", "!!", "%00", "é"])
def test_what_is_no_cursor_at_all_says_to_start_anew(ada, path, cursor):
    reply = phone(ada).get(f"/api/v1/{path}", {"cursor": cursor})
    assert (reply.status_code, reply.json()["type"]) == (400, "/problems/cursor-invalid")


@pytest.mark.embedded  # PostgreSQL plans by statistics, which a few rows do not have
@pytest.mark.parametrize(("sort", "index"), [("changed", "card_changes"), ("due", "card_due")])
def test_an_index_gives_the_first_page(ada, sky, sort, index):
    """Whatever a learner keeps, a page of it reads a page of it."""
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
        done = pages(ada).post(
            reverse("cards-act"), {"act": "suspend", "card": chosen, "event": event}, follow=True
        )
        assert "2 cards suspended." in done.content.decode()
    assert ReviewEventRow.objects.filter(user=ada, kind="suspend").count() == 3  # one from before
    assert set(found(ada, "is:suspended")) == {*chosen, many["gone"]}


def test_what_was_done_to_several_cards_is_taken_back_as_one(ada, sky):
    services.add_chapter(ada, "mnist-basics", now=NOW)
    act(ada, "flag", sky, "c04-basic", event=str(uuid4()))
    [done] = last_acts(ada, now=now(), limit=9)
    assert (done.cards, done.said) == (2, "Flagged 2 cards")
    undo(ada, device=LAPTOP, now=now())
    assert not Card.objects.filter(user=ada, flag__gt=0).exists()


def test_starting_over_is_asked_first_with_what_it_loses_and_can_be_undone(ada, many):
    cards = (many["late"], many["sky"])
    sent_first = {"event": str(uuid4()), "back": "/cards/?q=is:own"}
    page = act(ada, "reset", *cards, **sent_first)
    told = page.content.decode()
    assert "Start 2 cards over as new?" in told
    assert "One of them loses a schedule" in told
    assert 'href="/cards/?q=is:own"' in told
    assert not ReviewEventRow.objects.filter(kind="reset").exists()
    hidden = dict(re.findall(r'name="(act|sure|event|back)" value="([^"]+)"', told))
    again = re.findall(r'name="card" value="([^"]+)"', told)
    for _ in range(2):
        done = pages(ada).post(reverse("cards-act"), {**hidden, "card": again}, follow=True)
        assert "2 cards new again" in done.content.decode()
    assert ReviewEventRow.objects.filter(kind="reset").count() == 2
    assert Card.objects.get(user=ada, prompt=many["late"]).phase == "new"
    undo(ada, device=LAPTOP, now=now())
    assert Card.objects.get(user=ada, prompt=many["late"]).phase != "new"


def test_other_cards_ticked_on_a_page_gone_back_to_are_another_act(ada, many):
    event = str(uuid4())
    act(ada, "flag", many["sky"], event=event)
    act(ada, "flag", many["sky"], many["late"], event=event)
    [done, before] = last_acts(ada, now=now(), limit=2)
    assert (done.cards, before.cards) == (2, 1)


@pytest.mark.parametrize("doing", ["flag", "unflag", "bury", "reset", "unsuspend"])
def test_each_act_is_an_event(ada, sky, doing):
    assert act(ada, doing, sky, sure="yes").status_code == 302
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
