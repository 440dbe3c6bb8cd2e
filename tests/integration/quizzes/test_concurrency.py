"""Several devices of one learner writing at the same moment, each on a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from content.models import Chapter, Deck
from quizzes.domain.fold import fold
from quizzes.models import Card, QuizAnswer, ReviewEventRow
from quizzes.selectors import changes, quiz
from quizzes.selectors.memory import events_of_cards
from quizzes.services import answer_question, record_events, review_prompt, start_quiz
from quizzes.services.undo import undo
from studyhub.accounts.models import User
from tests.integration.quizzes.conftest import NOW, add_prompt, sent

pytestmark = pytest.mark.django_db(transaction=True)
DEVICES = 4


@pytest.fixture
def learner() -> User:
    deck = Deck.objects.create(slug="course", title="Course")
    chapter = Chapter.objects.create(
        deck=deck, slug="pets", number=5, title="Pets", position=5, updated_at=NOW
    )
    for position in range(3):
        add_prompt(deck, chapter, f"c05-{position}", "numeric", position=position)
    return User.objects.create_user("ada")


def at_once(work, count: int = DEVICES) -> list:
    def on_own_connection(number: int):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(on_own_connection, range(count)))


def test_no_review_is_lost_or_doubled(learner):
    shared = [sent(f"c05-{n % 3}", at=NOW + timedelta(hours=n), seq=n) for n in range(12)]

    def push(device: int) -> list[str]:
        found = []
        for n in range(5):
            own = sent("c05-0", at=NOW + timedelta(minutes=n), seq=n, device=UUID(int=device + 9))
            batch = [own, *shared[n::2]]
            recorded = record_events(learner, batch, now=NOW + timedelta(days=9))
            assert {r.status for r in recorded.results} <= {"created", "duplicate"}
            found.append(own["id"])
        return found

    own_ids = {event_id for ids in at_once(push) for event_id in ids}
    stored = {str(row.event_id) for row in ReviewEventRow.objects.all()}
    assert stored == own_ids | {event["id"] for event in shared}
    assert ReviewEventRow.objects.count() == len(stored)
    for prompt, events in events_of_cards(learner.pk, ["c05-0", "c05-1", "c05-2"]).items():
        assert Card.objects.get(prompt=prompt).state() == fold(events)


def test_a_pulling_device_misses_nothing_while_others_push(learner):
    def work(number: int) -> set[str]:
        if number:
            ids = set()
            for n in range(8):
                event = sent("c05-0", at=NOW + timedelta(minutes=n), seq=n)
                record_events(learner, [event], now=NOW + timedelta(days=9))
                ids.add(event["id"])
            return ids
        seen, cursor = set(), ""
        for _ in range(40):
            page = changes(learner, cursor, 5)
            seen |= {change.id for change in page.changes if change.type == "event"}
            cursor = page.cursor
        while True:
            page = changes(learner, cursor, 5)
            seen |= {change.id for change in page.changes if change.type == "event"}
            cursor = page.cursor
            if not page.more:
                return seen | {f"cursor {cursor}"}

    pulled, *pushed = at_once(work)
    [mark] = [entry for entry in pulled if entry.startswith("cursor ")]
    rest = changes(learner, mark.removeprefix("cursor "), 1000).changes
    seen = (pulled - {mark}) | {change.id for change in rest if change.type == "event"}
    assert seen == set().union(*pushed)


def test_a_double_click_counts_once(learner):
    event_id, device = uuid4(), uuid4()
    views = at_once(
        lambda _: review_prompt(
            learner, "c05-0", rating=3, device=device, now=NOW, event_id=event_id
        )
    )
    assert {view.reps for view in views} == {1}


def test_one_question_is_graded_once(learner):
    attempt = start_quiz(
        learner, chapters=["pets"], size=1, feedback="each", seconds=None, now=NOW, seed=1
    )
    [question] = quiz(learner, attempt.pk).questions
    results = at_once(
        lambda n: answer_question(learner, attempt.pk, question.id, 3 if n % 2 else 4, now=NOW)
    )
    assert len({result.correct for result in results}) == 1
    assert QuizAnswer.objects.count() == ReviewEventRow.objects.count() == 1


def test_undo_of_one_act_on_every_device_at_once_takes_it_back_once(learner):
    events = [uuid4(), uuid4()]
    for number, event in enumerate(events):
        review_prompt(
            learner, f"c05-{number}", rating=3, device=UUID(int=1), now=NOW, event_id=event
        )
    taken = at_once(
        lambda device: undo(learner, event_id=events[1], device=UUID(int=device + 9), now=NOW)
    )
    assert sorted(back.before for back in taken) == [False, True, True, True]
    assert ReviewEventRow.objects.filter(kind="void").count() == 1
    assert not Card.objects.get(prompt="c05-0").removed
