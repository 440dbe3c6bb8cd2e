"""What a session shows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from content.models import Prompt
from quizzes.models import Card
from quizzes.selectors import session
from quizzes.services import add_chapter, record_events, review_prompt, set_daily_limit
from tests.integration.quizzes.conftest import LAPTOP, NOW, sent

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def shown(found) -> list[str]:
    return [card.prompt.pk for card in found.cards]


def learn(user, prompt: str, *, days_ago: int, rating: int = 4) -> None:
    review_prompt(user, prompt, rating=rating, device=LAPTOP, now=NOW - days_ago * DAY)


def test_a_newcomer_has_nothing_to_review(ada):
    found = session(ada, now=NOW)
    assert (found.cards, found.next_due) == ([], None)
    assert set(found.counts.values()) == {0}


def test_learning_comes_first_then_reviews_most_at_risk_first(ada):
    learn(ada, "c05-0", days_ago=30)
    learn(ada, "c05-1", days_ago=60)
    learn(ada, "c04-basic", days_ago=0, rating=1)
    found = session(ada, now=NOW + 2 * MINUTE, limit=5)
    assert shown(found) == ["c04-basic", "c05-1", "c05-0"]
    assert found.counts == {"new": 0, "learning": 1, "review": 2, "due": 3, "beyond_limit": 0}


def test_nothing_is_shown_before_it_is_due(ada):
    learn(ada, "c05-0", days_ago=0)
    found = session(ada, now=NOW + MINUTE)
    assert shown(found) == []
    assert found.next_due == Card.objects.get().due
    assert shown(session(ada, now=found.next_due)) == ["c05-0"]


def test_the_daily_limit_counts_cards_begun_today(ada):
    set_daily_limit(ada, new_per_day=2)
    add_chapter(ada, "mnist-basics", now=NOW)
    learn(ada, "c04-basic", days_ago=0)
    found = session(ada, now=NOW)
    assert shown(found) == ["c04-numeric"]
    assert found.counts["new"] == 1
    assert session(ada, now=NOW + DAY).counts["new"] == 2


@pytest.mark.parametrize(
    "event",
    [{"kind": "suspend"}, {"kind": "bury", "until": "2026-03-03T04:00:00.000Z"}],
)
def test_suspended_and_buried_cards_rest(ada, event):
    learn(ada, "c05-0", days_ago=30)
    record_events(ada, [sent("c05-0", **event)], now=NOW)
    assert shown(session(ada, now=NOW)) == []
    expected = ["c05-0"] if event["kind"] == "bury" else []
    assert shown(session(ada, now=NOW + DAY)) == expected


def test_retired_prompts_are_not_shown(ada):
    learn(ada, "c05-0", days_ago=30)
    Prompt.objects.filter(pk="c05-0").update(retired_at=NOW)
    assert shown(session(ada, now=NOW)) == []


def test_a_session_can_be_held_to_a_chapter_or_a_kind(ada):
    add_chapter(ada, "mnist-basics", now=NOW)
    add_chapter(ada, "pets", now=NOW)
    assert len(shown(session(ada, now=NOW, chapter="pets"))) == 5
    assert shown(session(ada, now=NOW, kind="code")) == ["c04-code"]
    assert shown(session(ada, now=NOW, chapter="pets", kind="code")) == []


def test_requirements_come_first(ada):
    Prompt.objects.filter(pk="c05-0").update(requires=["c05-3"])
    add_chapter(ada, "pets", now=NOW)
    order = shown(session(ada, now=NOW))
    assert order.index("c05-3") < order.index("c05-0")


def test_the_buttons_say_what_each_answer_would_do(ada):
    add_chapter(ada, "pets", now=NOW)
    [card] = session(ada, now=NOW, limit=1).cards
    assert list(card.intervals) == ["again", "hard", "good", "easy"]
    assert (card.intervals["again"], card.intervals["good"]) == (60, 600)
    assert card.intervals["easy"] % 86_400 == 0
    view = review_prompt(ada, card.prompt.pk, rating=3, device=LAPTOP, now=NOW)
    assert (view.due - NOW).total_seconds() == card.intervals["good"]


def test_the_promised_interval_is_the_one_given_for_mature_cards_too(ada):
    learn(ada, "c05-0", days_ago=40)
    [card] = session(ada, now=NOW).cards
    view = review_prompt(ada, "c05-0", rating=3, device=LAPTOP, now=NOW)
    assert view.interval == card.intervals["good"] // 86_400


def test_the_session_keeps_its_name_through_the_study_day(ada, bob):
    assert session(ada, now=NOW).id == session(ada, now=NOW + 60 * MINUTE).id
    assert session(ada, now=NOW).id != session(ada, now=NOW + DAY).id
    assert session(ada, now=NOW).id != session(bob, now=NOW).id


def test_learners_see_their_own_cards_only(ada, bob):
    learn(ada, "c05-0", days_ago=30)
    assert shown(session(bob, now=NOW)) == []


def test_more_cards_cost_no_more_queries(ada, django_assert_num_queries):
    add_chapter(ada, "pets", now=NOW)
    session(ada, now=NOW)
    with CaptureQueriesContext(connection) as few:
        session(ada, now=NOW, limit=2)
    add_chapter(ada, "mnist-basics", now=NOW)
    with django_assert_num_queries(len(few)):
        session(ada, now=NOW, limit=20)


@pytest.mark.embedded  # an empty PostgreSQL scans its tables
@pytest.mark.parametrize("index", ["card_due", "card_new", "card_first_day"])
def test_the_session_reads_through_its_indexes(ada, index):
    with CaptureQueriesContext(connection) as run:
        session(ada, now=NOW)
    plans = ""
    with connection.cursor() as cursor:
        for query in run.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plans += " ".join(str(row) for row in cursor.fetchall())
    assert index in plans
    assert "SCAN quizzes" not in plans
