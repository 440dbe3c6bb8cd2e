"""Statistics from the log and the cards: pages, API, and what they read."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from content.models import Section
from quizzes.domain.statistics import Stage, effort, retention
from quizzes.models import Break, Exam, ReviewEventRow
from quizzes.selectors import statistics
from quizzes.services import add_chapter, change_settings, record_events
from quizzes.web.statistics import views
from studyhub.base import clock
from tests.integration.quizzes.conftest import NOW, add_prompt, sent
from tests.studied import a_year_of_study

DAY = timedelta(days=1)
FIGURES = ("retention", "forecast", "time", "memory", "calibration", "chapters", "facts", "answers")
SECTIONS = (
    "retention", "forecast", "year", "time", "memory", "calibration", "chapters", "facts",
    "buttons", "hours",
)  # fmt: skip


@pytest.fixture
def studied(ada, deck, chapters):
    """Ada after a hundred days with forty-five cards of a chapter, seen from today."""
    for number in range(5, 45):
        add_prompt(deck, chapters[1], f"c05-{number}", "numeric", position=number, facts=["C5-01"])
    prompts = [f"c05-{number}" for number in range(45)]
    a_year_of_study(ada, prompts, until=clock.now(), days=100, new_per_day=6, seed=3)
    return ada


@pytest.fixture
def api(ada):
    client = APIClient()
    client.force_authenticate(ada)
    return client


# --- what is read ----------------------------------------------------------------------


def test_practice_and_what_was_taken_back_are_told_from_reviews(ada):
    first, second = sent(at=NOW - 9 * DAY), sent(at=NOW - 5 * DAY, seq=2, rating=1)
    practice = sent(kind="practice", at=NOW - 4 * DAY, seq=3, duration_ms=70_000)
    record_events(ada, [first, second, practice], now=NOW)
    found = statistics.studied(ada, now=NOW, days=30).answers
    assert [each.stage for each in found] == [Stage.FIRST, Stage.YOUNG, Stage.PRACTICE]
    assert retention(found).recalled == 0
    record_events(ada, [sent(kind="void", target=second["id"])], now=NOW)
    left = statistics.studied(ada, now=NOW, days=30)
    assert [each.stage for each in left.answers] == [Stage.FIRST, Stage.PRACTICE]
    assert effort(left.answers, left.period).seconds == 60


def test_the_hour_and_the_day_survive_the_way_through_the_database(ada):
    at = NOW.replace(hour=23, minute=59, second=58)
    record_events(ada, [sent(at=at - 3 * DAY, tz="Asia/Kolkata", duration_ms=900)], now=NOW)
    (found,) = statistics.studied(ada, now=NOW, days=30).answers
    row = ReviewEventRow.objects.get(kind="review")
    assert found.day == row.day
    assert found.at == int((at - 3 * DAY).timestamp())
    assert (found.rating, found.milliseconds) == (3, 900)


def test_a_chapter_is_looked_at_alone(ada):
    batch = [sent("c05-0", at=NOW - 9 * DAY), sent("c04-basic", at=NOW - 8 * DAY, seq=2)]
    record_events(ada, batch, now=NOW)
    (only,) = statistics.studied(ada, now=NOW, days=30, chapter="pets").answers
    assert only.prompt == "c05-0"
    assert [card.prompt for card in statistics.cards(ada, now=NOW, chapter="pets").held] == [
        "c05-0"
    ]
    assert statistics.studied(ada, now=NOW, days=None, chapter="own").answers == []


def test_the_page_of_the_day_and_the_statistics_agree(studied):
    now = clock.now()
    found = statistics.studied(studied, now=now, days=statistics.RETENTION_DAYS)
    assert retention(found.answers) == statistics.true_retention(studied, now=now)
    assert retention(found.answers).reviews > 0


def test_the_forecast_tells_overdue_from_due_and_expects_new_cards(ada):
    add_chapter(ada, "pets", now=NOW)
    record_events(
        ada,
        [
            sent("c05-0", at=NOW - 30 * DAY, rating=4),
            sent("c05-1"),
            sent("c05-1", "set_due", seq=2, due="2026-03-05T04:00:00.000Z"),
        ],
        now=NOW,
    )
    found = statistics.cards(ada, now=NOW).forecast(30)
    assert found.due.overdue == 1
    assert [count for _, count in found.due.days][:5] == [0, 0, 0, 1, 0]
    assert (found.new, found.expected.new[0], found.expected.new[1]) == (3, 3, 0)
    assert found.expected.reviews[0] == pytest.approx(1)


def test_the_forecast_leaves_a_break_free_and_what_it_held_comes_after(ada):
    add_chapter(ada, "pets", now=NOW)
    due = [sent("c05-0"), sent("c05-0", "set_due", seq=2, due="2026-03-05T04:00:00.000Z")]
    record_events(ada, due, now=NOW)
    day = NOW.date()
    Break.objects.create(user=ada, first_day=day + 1 * DAY, last_day=day + 4 * DAY, created_at=NOW)
    found = statistics.cards(ada, now=NOW).forecast(30)
    assert found.breaks == 1
    assert found.expected.cards[1:5] == (0, 0, 0, 0)
    assert found.expected.reviews[5] >= 1


def test_the_forecast_has_an_exams_pace_and_reviews(ada):
    change_settings(ada, {"new_per_day": 1}, now=NOW)
    add_chapter(ada, "mnist-basics", now=NOW)
    add_chapter(ada, "pets", now=NOW)
    before = statistics.cards(ada, now=NOW).forecast(30)
    day = NOW.date()
    Exam.objects.create(
        user=ada, title="Soon", day=day + 4 * DAY, chapters=["pets"], retention=0.95, created_at=NOW
    )
    found = statistics.cards(ada, now=NOW).forecast(30)
    assert (before.exams, found.exams) == (0, 1)
    assert before.expected.new[:6] == (1, 1, 1, 1, 1, 1)
    assert found.expected.new[:6] == (2, 2, 1, 1, 1, 1)
    assert sum(found.expected.new) == sum(before.expected.new) == 13
    assert sum(found.expected.reviews[:4]) > sum(before.expected.reviews[:4])
    others = statistics.cards(ada, now=NOW, chapter="mnist-basics").forecast(30)
    assert others.exams == 0


def test_the_page_says_what_of_the_plan_is_counted_in(client, ada):
    now = clock.now()
    add_chapter(ada, "pets", now=now)
    client.force_login(ada)
    before = client.get("/statistics/").content.decode()
    assert "counted in" not in before
    day = now.date()
    Break.objects.create(user=ada, first_day=day + 2 * DAY, last_day=day + 3 * DAY, created_at=now)
    Exam.objects.create(
        user=ada, title="Soon", day=day + 9 * DAY, chapters=["pets"], retention=0.9, created_at=now
    )
    change_settings(ada, {"easy_days": [1, 1, 1, 1, 1, 0.5, 0]}, now=now)
    page = client.get("/statistics/").content.decode()
    assert "Nothing is expected in your break" in page
    assert "your exam asks for are counted in" in page
    assert "Easy days move what has its date" in page


def test_numbers_are_sent_anew_after_a_change_of_the_plan(api, studied):
    first = api.get("/api/v1/stats/forecast/")
    day = clock.now().date()
    Break.objects.create(
        user=studied, first_day=day + DAY, last_day=day + 2 * DAY, created_at=clock.now()
    )
    again = api.get("/api/v1/stats/forecast/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]


def test_weights_of_ones_own_are_dated(ada):
    assert statistics.studied(ada, now=NOW, days=30).fitted_on is None
    weights = [0.3, *statistics.studied(ada, now=NOW, days=30).scheduling.weights[1:]]
    fit = sent(None, "parameters", at=NOW - 3 * DAY, parameters=weights)
    later = sent(None, "parameters", at=NOW - DAY, seq=2, desired_retention=0.8)
    record_events(ada, [fit, later], now=NOW)
    found = statistics.studied(ada, now=NOW, days=30)
    assert found.fitted_on == (NOW - 3 * DAY).date()
    assert found.desired_retention == 0.8


def test_others_answers_are_neither_counted_nor_read(ada, bob, studied):
    now = clock.now()
    assert statistics.studied(bob, now=now, days=None).answers == []
    assert statistics.cards(bob, now=now).held == []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE; SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as queries:
            list(statistics.answers(bob, now.date()))
        plan = explained(queries.captured_queries[-1]["sql"])
        assert "Seq Scan on quizzes_review_event" not in plan
        assert plan.count("user_id =") >= plan.count("on quizzes_review_event")


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_the_page_asks_the_same_number_of_queries_however_long_the_log(client, studied, bob):
    counts = []
    for user in (studied, bob):
        client.force_login(user)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/statistics/").status_code == 200
        counts.append(len(queries))
    assert counts[0] <= counts[1] + 2
    assert counts[0] < 20


# --- pages -----------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?days=90&ahead=365", "?days=365", "?days=all&chapter=pets"])
def test_every_figure_has_a_picture_and_a_table(client, studied, query):
    client.force_login(studied)
    page = client.get(f"/statistics/{query}").content.decode()
    for section in SECTIONS:
        part = page.split(f'aria-labelledby="{section}"')[1].split("</section>")[0]
        assert part.count("<table") >= 1, section
        assert section == "facts" or "<svg" in part, section
    for svg in re.findall(r"<svg class=\"[^>]*chart.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(svg)
        assert not re.search(r"\b(nan|inf)\b", svg)
    assert "style=" not in page


def test_an_empty_account_is_told_what_will_be_here(client, bob):
    client.force_login(bob)
    page = client.get("/statistics/").content.decode()
    assert "Nothing to count yet" in page
    assert "True retention appears here once a card has come back on a later day" in page
    assert "<table" not in page


def test_the_first_day_breaks_nothing(client, ada):
    client.force_login(ada)
    record_events(ada, [sent("c05-0", at=clock.now(), rating=1)], now=clock.now())
    for query in ("", "?days=all", "?days=30&ahead=365"):
        assert client.get(f"/statistics/{query}").status_code == 200
    assert client.get("/statistics/facts/").status_code == 200


def test_retention_is_said_in_one_sentence(client, ada):
    now = clock.now()
    days_and_ratings = [(20, 3), (18, 3), (10, 1), (5, 4)]
    batch = [
        sent("c05-0", at=now - days * DAY, rating=rating, seq=days)
        for days, rating in days_and_ratings
    ]
    record_events(ada, batch, now=now)
    client.force_login(ada)
    page = client.get("/statistics/").content.decode().replace("\u202f", " ")
    assert (
        "Of 3 reviews that came a day or more after the last one, 67 % were recalled; "
        "you asked for 90 %." in page
    )


def test_a_weak_fact_leads_to_where_it_is_taught_and_to_its_card(client, studied, chapters):
    section = Section.objects.create(
        chapter=chapters[1], slug="cats", title="Cats", facts=["C5-01"], position=1,
        notes="", render_key="", updated_at=NOW,
    )  # fmt: skip
    prompts = chapters[1].prompts.all()
    prompts.update(facts=["C5-01"], section=section)
    client.force_login(studied)
    page = client.get("/statistics/facts/").content.decode()
    assert 'href="/chapters/pets/#cats"' in page
    assert re.search(r'href="/cards/c05-\d+/"', page)
    named = re.search(r'<th scope="row"><a [^>]*#cats">(.*?)</a><br><span[^>]*>(.*?)</span>', page)
    assert re.fullmatch(r"Question c05-\d+\?", named[1])
    assert named[2] == "C5-01, Cats"


def test_facts_come_a_page_at_a_time_and_each_once(client, ada, chapters, monkeypatch):
    monkeypatch.setattr(views, "FACTS_A_PAGE", 2)
    for number in range(5):
        chapters[1].prompts.filter(pk=f"c05-{number}").update(facts=[f"C5-0{number}"])
        event = sent(f"c05-{number}", at=clock.now() - 3 * DAY, seq=number)
        record_events(ada, [event], now=clock.now())
    client.force_login(ada)
    address, seen = "/statistics/facts/?days=all", []
    while address:
        reply = client.get(address)
        seen += re.findall(r"C5-0\d", reply.content.decode().split("<tbody>")[1])
        address = reply.context["next"] and f"/statistics/facts/{reply.context['next']}"
    assert sorted(seen) == [f"C5-0{number}" for number in range(5)]
    assert "Page 3 of 3" in reply.content.decode()
    assert client.get("/statistics/facts/?page=99999999999").status_code == 200


def test_a_fact_that_was_never_missed_is_named_by_what_its_card_asks(client, ada, chapters):
    chapters[1].prompts.filter(pk="c05-2").update(facts=["C5-07"])
    record_events(ada, [sent("c05-2", at=clock.now() - 3 * DAY)], now=clock.now())
    client.force_login(ada)
    page = client.get("/statistics/facts/").content.decode()
    assert re.search(r'<th scope="row">Question c05-2\?<br><span[^>]*>C5-07</span>', page)


def test_hostile_questions_stay_text(client, studied, chapters):
    chapters[1].prompts.update(facts=["<b>F</b>"], question_text="<script>alert(1)</script>")
    client.force_login(studied)
    assert "<script>alert" not in client.get("/statistics/facts/").content.decode()


@pytest.mark.parametrize(
    ("query", "status"), [("?days=7", 400), ("?ahead=x", 400), ("?chapter=none", 404)]
)
def test_what_there_is_not_is_refused_with_a_cure(client, ada, query, status):
    client.force_login(ada)
    assert client.get(f"/statistics/{query}").status_code == status


def test_statistics_are_for_people_who_signed_in(client):
    assert client.get("/statistics/").status_code == 302


# --- API -------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", FIGURES)
def test_each_figure_has_its_numbers_in_the_api(api, studied, figure):
    reply = api.get(f"/api/v1/stats/{figure}/")
    assert reply.status_code == 200
    assert reply.json()
    assert api.get(f"/api/v1/stats/{figure}/?chapter=none").status_code == 404


def test_an_empty_account_gets_nulls_not_errors(api, ada):
    for figure in FIGURES:
        assert api.get(f"/api/v1/stats/{figure}/").status_code == 200
    found = api.get("/api/v1/stats/retention/").json()
    assert found["all"] == {"reviews": 0, "recalled": 0, "share": None, "interval": None}


def test_numbers_are_sent_again_only_when_something_changed(api, studied):
    first = api.get("/api/v1/stats/time/")
    tag = first["ETag"]
    assert api.get("/api/v1/stats/time/", HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert api.get("/api/v1/stats/time/?days=30", HTTP_IF_NONE_MATCH=tag).status_code == 200
    now = clock.now()
    record_events(studied, [sent("c05-0", at=now, duration_ms=1_000)], now=now)
    later = api.get("/api/v1/stats/time/", HTTP_IF_NONE_MATCH=tag)
    assert later.status_code == 200
    assert later.json()["answers"] == first.json()["answers"] + 1


def test_an_unknown_period_is_a_problem_with_its_field(api, ada):
    reply = api.get("/api/v1/stats/time/?days=7")
    assert reply.status_code == 400
    assert "days" in reply.json()["errors"]
