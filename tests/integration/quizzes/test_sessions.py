"""What a session shows."""

import re
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from content.models import Note, NoteType, Prompt
from quizzes.domain import recalibration
from quizzes.models import Break, Card, Exam, UserMemory
from quizzes.selectors import session
from quizzes.selectors.session_queue import Narrowed, Reading
from quizzes.services import add_chapter, change_settings, record_events, review_prompt
from studyhub.base import statements
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
    change_settings(ada, {"new_per_day": 2}, now=NOW)
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


@pytest.mark.parametrize("order", ["course", "mixed", "random"])
def test_the_session_reads_through_its_indexes(ada, order):
    """However small the tables are here, the plan is the one for large ones."""
    UserMemory.objects.create(user=ada, new_order=order)
    add_chapter(ada, "pets", now=NOW)
    learn(ada, "c05-0", days_ago=30)
    each = mock.patch.object(statements, "_in_one_message", statements._one_by_one)
    with each, CaptureQueriesContext(connection) as run:
        session(ada, now=NOW)
    plans = ""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        for query in run.captured_queries:
            cursor.execute(f"{explain} {query['sql']}")
            plans += " ".join(str(row) for row in cursor.fetchall())
    if connection.vendor == "sqlite":  # PostgreSQL weighs indexes by what the tables hold
        for index in ("card_due", "card_new", "card_first_day", "review_event_of_day"):
            assert index in plans
        assert "review_event_of_card (user_id=?)" not in plans, "the whole log of the learner"
    assert not re.search(r"SCAN (c|quizzes_card|quizzes_review_event|e)\b", plans)
    assert "Seq Scan on quizzes_" not in plans


def test_reviews_stop_at_the_daily_limit_and_say_how_many_are_over_it(ada):
    UserMemory.objects.create(user=ada, reviews_per_day=3)
    for number in range(5):
        learn(ada, f"c05-{number}", days_ago=40 + number)
    found = session(ada, now=NOW)
    assert shown(found) == ["c05-4", "c05-3", "c05-2"]
    assert (found.counts["review"], found.counts["beyond_limit"]) == (3, 2)
    learn(ada, "c05-4", days_ago=0, rating=1)
    after = session(ada, now=NOW + MINUTE)
    assert (after.counts["review"], after.counts["beyond_limit"]) == (2, 2)
    soon = session(ada, now=NOW + 15 * MINUTE)
    assert soon.counts["learning"] == 1, "learning cards are never held back"


def test_new_cards_are_spread_among_the_reviews(ada):
    for number in range(5):
        learn(ada, f"c05-{number}", days_ago=40 + number)
    add_chapter(ada, "mnist-basics", now=NOW)
    UserMemory.objects.filter(user=ada).update(new_per_day=2)
    kinds = [card.state.phase for card in session(ada, now=NOW).cards]
    assert kinds == ["review", "review", "new", "review", "review", "new", "review"]


def test_the_order_goes_on_after_each_answer_as_it_was_laid_out(ada):
    for number in range(4):
        learn(ada, f"c05-{number}", days_ago=40 + number)
    add_chapter(ada, "mnist-basics", now=NOW)
    whole = shown(session(ada, now=NOW))
    given = []
    while len(given) < len(whole):
        [card] = session(ada, now=NOW, limit=1).cards
        given.append(card.prompt.pk)
        learn(ada, card.prompt.pk, days_ago=0)
    assert sorted(given) == sorted(whole)
    assert given[:4] == whole[:4]


def test_siblings_keep_apart_from_what_was_answered_before(ada):
    Prompt.objects.filter(pk__in=["c05-0", "c05-1"]).update(facts=["C5-01"])
    add_chapter(ada, "pets", now=NOW)
    assert shown(session(ada, now=NOW, limit=1)) == ["c05-0"]
    learn(ada, "c05-0", days_ago=0)
    assert shown(session(ada, now=NOW, limit=4)) == ["c05-2", "c05-3", "c05-4", "c05-1"]


def test_cards_of_one_imported_note_are_siblings(ada, deck):
    kind = NoteType.objects.create(owner=ada, anki_id=1, name="Basic", definition={})
    note = Note.objects.create(
        owner=ada, note_type=kind, guid="g", anki_id=1, fields=[], modified_at=NOW
    )
    for template, pk in enumerate(("c05-0", "c05-1")):
        Prompt.objects.filter(pk=pk).update(note=note, template=template)
    add_chapter(ada, "pets", now=NOW)
    assert shown(session(ada, now=NOW)) == ["c05-0", "c05-2", "c05-3", "c05-4", "c05-1"]


@pytest.mark.parametrize(
    ("order", "first"),
    [("course", ["c04-basic", "c04-numeric"]), ("mixed", ["c04-basic", "c05-0", "c04-numeric"])],
)
def test_new_cards_come_in_the_order_that_the_learner_chose(ada, order, first):
    UserMemory.objects.create(user=ada, new_order=order)
    add_chapter(ada, "mnist-basics", now=NOW)
    add_chapter(ada, "pets", now=NOW)
    reading = Reading(ada.pk, NOW, NOW.date(), Narrowed())
    found = [card.candidate.prompt for card in reading.new(5, order, (), 1)]
    assert found[: len(first)] == first
    learn(ada, found[0], days_ago=0)
    after = [card.candidate.prompt for card in reading.new(5, order, (), 1)]
    assert after[: len(first) - 1] == first[1:], "chapters in turn go on in turn"


def test_a_random_order_stays_the_same_through_a_day_and_changes_with_the_next(ada):
    add_chapter(ada, "mnist-basics", now=NOW)
    add_chapter(ada, "pets", now=NOW)
    reading = Reading(ada.pk, NOW, NOW.date(), Narrowed())

    def drawn(seed: int) -> list[str]:
        return [card.candidate.prompt for card in reading.new(20, "random", (), seed)]

    assert drawn(5) == drawn(5)
    assert len({tuple(drawn(seed)) for seed in range(9)}) > 5


def test_chapters_of_an_exam_come_first(ada):
    add_chapter(ada, "mnist-basics", now=NOW)
    add_chapter(ada, "pets", now=NOW)
    Exam.objects.create(
        user=ada,
        title="Pets",
        day=(NOW + 9 * DAY).date(),
        chapters=["pets"],
        retention=0.9,
        created_at=NOW,
    )
    assert shown(session(ada, now=NOW))[:5] == [f"c05-{n}" for n in range(5)]


def test_on_a_break_nothing_new_comes_and_it_says_until_when(ada):
    add_chapter(ada, "pets", now=NOW)
    Break.objects.create(
        user=ada, first_day=NOW.date(), last_day=(NOW + 3 * DAY).date(), created_at=NOW
    )
    found = session(ada, now=NOW)
    assert (found.cards, found.break_until) == ([], (NOW + 3 * DAY).date())


def test_with_nothing_else_left_a_learning_card_comes_a_little_early(ada):
    learn(ada, "c05-0", days_ago=0, rating=3)
    found = session(ada, now=NOW + MINUTE)
    assert shown(found) == ["c05-0"]
    assert found.counts["due"] == 1
    add_chapter(ada, "mnist-basics", now=NOW)
    assert "c05-0" not in shown(session(ada, now=NOW + MINUTE))


def test_what_recent_answers_taught_changes_the_order(ada):
    for number, days in enumerate((60, 61)):
        learn(ada, f"c05-{number}", days_ago=days)
    assert shown(session(ada, now=NOW)) == ["c05-1", "c05-0"]
    Card.objects.filter(prompt="c05-0").update(difficulty=10.0)
    harder = recalibration.Recalibration(mean=(0.0, 0.0, 0.0, 0.0, -2.0), answers=50)
    UserMemory.objects.filter(user=ada).update(recalibration=recalibration.to_json(harder))
    assert shown(session(ada, now=NOW)) == ["c05-0", "c05-1"]
