"""New parameters change what every card remembers; a large collection takes its time for it."""

from datetime import timedelta

import pytest

from quizzes.domain.fold import fold
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.models import Card, UserMemory
from quizzes.selectors import changes, refold_progress
from quizzes.selectors.memory import chapters_of, events_of_cards, timeline_of
from quizzes.services import record_events, refold
from quizzes.services.refold import refold_cards, refold_waiting
from quizzes.tasks import refold as refold_task
from tests.integration.quizzes.conftest import LAPTOP, NOW, sent

DAY = timedelta(days=1)
CARDS = [f"c05-{n}" for n in range(5)]
FITTED = [0.5, *DEFAULT_WEIGHTS[1:20], 0.3]
LATER = NOW + 50 * DAY


@pytest.fixture
def asked(monkeypatch) -> list:
    """What was sent to the queue."""
    messages: list = []
    monkeypatch.setattr(
        "quizzes.queue.current_app.send_task",
        lambda task, kwargs, **more: messages.append((task, kwargs)),
    )
    return messages


@pytest.fixture
def large(ada, monkeypatch):
    """Ada with more cards than are folded at once, two to a part."""
    monkeypatch.setattr(refold, "AT_ONCE", 3)
    monkeypatch.setattr(refold, "PART", 2)
    history = [sent(card, at=NOW + n * DAY, seq=n) for card in CARDS for n in range(4)]
    record_events(ada, history, now=LATER)
    return ada


def fit(at=LATER, **change) -> dict:
    return sent(None, "parameters", at=at, device=LAPTOP, **(change or {"parameters": FITTED}))


def stale(user) -> list[str]:
    """Cards whose stored state is not the fold of their events."""
    settings, chapters = timeline_of(user.pk), chapters_of(CARDS)
    events = events_of_cards(user.pk, CARDS)
    cards = Card.objects.filter(user=user)
    return [
        card.prompt_id
        for card in cards
        if card.state() != fold(events[card.prompt_id], settings, chapters[card.prompt_id])
    ]


def test_a_small_collection_is_folded_at_once(ada, asked, django_capture_on_commit_callbacks):
    record_events(ada, [sent(card) for card in CARDS], now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        record_events(ada, [fit()], now=LATER)
    assert (stale(ada), refold_progress(ada), asked) == ([], None, [])


def test_new_parameters_amid_a_large_push_fold_the_other_cards_too(ada):
    record_events(ada, [sent(card) for card in CARDS], now=NOW)
    later = [sent(CARDS[0], at=NOW + n * DAY, seq=n) for n in range(1, 49)]
    record_events(ada, [*later, fit(), sent(CARDS[1], at=LATER)], now=LATER)
    assert stale(ada) == []
    assert Card.objects.filter(user=ada).count() == 5


def test_a_large_one_is_folded_by_a_task_that_shows_how_far_it_is(
    large, asked, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        record_events(large, [fit()], now=LATER)
    assert asked == [("quizzes.refold", {"user_id": large.pk})]
    assert len(stale(large)) == 5
    assert (refold_progress(large).done, refold_progress(large).total) == (0, 5)
    assert refold._refold_part(large.pk)
    assert refold_progress(large).done == 2
    assert len(stale(large)) == 3
    refold_task(user_id=large.pk)
    assert (stale(large), refold_progress(large)) == ([], None)


def test_a_card_reviewed_meanwhile_is_right_at_once_and_stays_so(large, asked):
    record_events(large, [fit()], now=LATER)
    record_events(large, [sent("c05-3", at=LATER + DAY, seq=9)], now=LATER + DAY)
    assert "c05-3" not in stale(large)
    refold_cards(large.pk)
    assert stale(large) == []
    assert Card.objects.get(prompt="c05-3").reps == 5


def test_newer_parameters_begin_it_anew(large, asked):
    record_events(large, [fit()], now=LATER)
    refold._refold_part(large.pk)
    other = [0.9, *DEFAULT_WEIGHTS[1:20], 0.2]
    record_events(large, [fit(at=LATER + DAY, parameters=other)], now=LATER + DAY)
    assert refold_progress(large).done == 0
    refold_cards(large.pk)
    assert stale(large) == []


def test_a_lost_message_loses_nothing(large, asked):
    record_events(large, [fit()], now=LATER)
    refold_waiting()
    assert stale(large) == []


def test_again_it_changes_nothing(large, asked):
    record_events(large, [fit()], now=LATER)
    refold_cards(large.pk)
    before = list(Card.objects.order_by("pk").values()), UserMemory.objects.get().cursor
    refold_cards(large.pk)
    refold_waiting()
    assert (list(Card.objects.order_by("pk").values()), UserMemory.objects.get().cursor) == before


def test_a_new_retention_leaves_past_reviews_as_they_are(large, asked):
    before = list(Card.objects.order_by("pk").values())
    record_events(large, [fit(desired_retention=0.8)], now=LATER)
    assert refold_progress(large) is None
    assert list(Card.objects.order_by("pk").values()) == before
    assert stale(large) == []


def test_a_retention_that_arrives_late_folds_the_reviews_after_it(large, asked):
    late = fit(at=NOW + DAY / 2, learning_steps=[30, 900, 86400 // 4])
    record_events(large, [late], now=LATER)
    refold_cards(large.pk)
    assert stale(large) == []


def test_taking_parameters_back_folds_as_before(large, asked):
    before = {card.prompt_id: card.state() for card in Card.objects.all()}
    event = fit()
    record_events(large, [event], now=LATER)
    refold_cards(large.pk)
    assert stale(large) == []
    record_events(large, [sent(None, "void", target=event["id"], seq=7)], now=LATER)
    refold_cards(large.pk)
    assert {card.prompt_id: card.state() for card in Card.objects.all()} == before


def test_reviews_and_parameters_in_one_push_agree(large, asked):
    batch = [
        sent("c05-0", at=LATER - DAY, seq=20),
        fit(),
        sent("c05-0", at=LATER + DAY, seq=21),
        sent("c05-1", at=LATER + DAY, seq=22),
    ]
    record_events(large, batch, now=LATER + 2 * DAY)
    assert {"c05-0", "c05-1"} & set(stale(large)) == set()
    refold_cards(large.pk)
    assert stale(large) == []


def test_devices_are_told_how_far_it_is(large, asked):
    start = record_events(large, [fit()], now=LATER).cursor
    refold._refold_part(large.pk)
    page = changes(large, start)
    [settings] = [change for change in page.changes if change.type == "settings"]
    assert settings.data["refold"] == {"done": 2, "total": 5}
    refold_cards(large.pk)
    [settings] = [c for c in changes(large, page.cursor).changes if c.type == "settings"]
    assert settings.data["refold"] is None
