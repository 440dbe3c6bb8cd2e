"""What becomes of the events that devices send."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from content.models import Prompt
from quizzes.domain.events import moment_text
from quizzes.domain.fold import fold
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors import card_states, changes
from quizzes.selectors.memory import events_of_cards, timeline_of
from quizzes.services import record_events
from tests.integration.quizzes.conftest import LAPTOP, NOW, add_prompt, sent

DAY = timedelta(days=1)


def statuses(recorded) -> list[str]:
    return [result.status for result in recorded.results]


def test_a_review_makes_a_card(ada):
    recorded = record_events(ada, [sent(rating=3)], now=NOW)
    assert statuses(recorded) == ["created"]
    view = card_states(ada, ["c04-basic"], now=NOW)["c04-basic"]
    assert (view.phase, view.reps, view.retrievability) == ("learning", 1, 1.0)
    assert view.due == NOW + timedelta(minutes=10)


def test_the_same_event_again_is_a_duplicate_and_changes_nothing(ada):
    event = sent()
    first = record_events(ada, [event, event], now=NOW)
    before = Card.objects.values().get()
    again = record_events(ada, [dict(reversed(event.items()))], now=NOW + DAY)
    assert statuses(first) == ["created", "duplicate"]
    assert statuses(again) == ["duplicate"]
    assert again.results[0].effective_at == first.results[0].effective_at
    assert again.cursor == first.cursor
    assert Card.objects.values().get() == before


def test_an_id_used_for_something_else_is_a_conflict_and_the_first_is_kept(ada):
    event = sent(rating=3)
    recorded = record_events(ada, [event, {**event, "rating": 1}], now=NOW)
    assert statuses(recorded) == ["created", "conflict"]
    assert "give a new event an id of its own" in recorded.results[1].reason
    assert ReviewEventRow.objects.get().rating == 3


def test_each_event_is_judged_on_its_own(ada):
    good = sent()
    batch = [
        sent(rating=9),
        good,
        "nonsense",
        sent("c99-nowhere"),
        {**good, "rating": 2},
        sent("c05-0"),
        sent(tz="Mars/Olympus"),
    ]
    recorded = record_events(ada, batch, now=NOW)
    assert statuses(recorded) == [
        "invalid",
        "created",
        "invalid",
        "invalid",
        "conflict",
        "created",
        "invalid",
    ]
    assert all(result.reason for result in recorded.results if result.status != "created")
    assert [str(result.id) for result in recorded.results][:2] == [batch[0]["id"], good["id"]]
    assert ReviewEventRow.objects.count() == 2


def test_an_invalid_event_can_be_sent_again_corrected(ada):
    event = sent(rating=9)
    record_events(ada, [event], now=NOW)
    assert statuses(record_events(ada, [{**event, "rating": 3}], now=NOW)) == ["created"]


def test_two_learners_may_use_the_same_event_id(ada, bob):
    event = sent()
    assert statuses(record_events(ada, [event], now=NOW)) == ["created"]
    assert statuses(record_events(bob, [event], now=NOW)) == ["created"]


def test_nobody_sees_that_a_card_of_someone_else_exists(ada, bob, deck):
    add_prompt(deck, None, "secret", "basic", owner=ada)
    mine, theirs = sent("secret"), sent("secret")
    assert statuses(record_events(ada, [mine], now=NOW)) == ["created"]
    refused = record_events(bob, [theirs, sent("c99-nowhere")], now=NOW).results
    assert [result.status for result in refused] == ["invalid", "invalid"]
    assert refused[0].reason.replace("secret", "c99-nowhere") == refused[1].reason


def test_a_fast_clock_counts_from_its_first_receipt_for_ever(ada):
    event = sent(at=NOW + 5 * DAY)
    first = record_events(ada, [event], now=NOW)
    again = record_events(ada, [event], now=NOW + 9 * DAY)
    assert first.results[0].effective_at == again.results[0].effective_at == NOW
    assert card_states(ada, ["c04-basic"], now=NOW)["c04-basic"].last_review == NOW


def test_a_lapse_on_the_phone_survives_a_later_sync_and_refolds_only_its_card(ada):
    reviews = [sent(at=NOW + n * DAY, device=LAPTOP, seq=n) for n in (0, 1, 5)]
    other = sent("c05-0", device=LAPTOP, seq=9)
    record_events(ada, [*reviews, other], now=NOW + 6 * DAY)
    untouched = Card.objects.values().get(prompt="c05-0")
    lapse = sent(at=NOW + 3 * DAY, rating=1)
    record_events(ada, [lapse], now=NOW + 7 * DAY)
    card = Card.objects.get(prompt="c04-basic")
    assert card.lapses == 1
    assert card.state() == fold(events_of_cards(ada.pk, ["c04-basic"])["c04-basic"])
    assert Card.objects.values().get(prompt="c05-0") == untouched


def test_a_voided_review_never_happened(ada):
    first, second = sent(), sent(at=NOW + DAY, rating=1)
    record_events(ada, [first], now=NOW)
    before = Card.objects.get().state()
    record_events(ada, [second], now=NOW + DAY)
    void = sent(kind="void", at=NOW + DAY, target=second["id"])
    record_events(ada, [void], now=NOW + DAY)
    assert Card.objects.get().state() == before


def test_a_void_that_arrives_before_its_target_still_counts(ada):
    review = sent()
    void = sent(kind="void", target=review["id"])
    assert statuses(record_events(ada, [void], now=NOW)) == ["created"]
    assert statuses(record_events(ada, [review], now=NOW)) == ["created"]
    assert card_states(ada, ["c04-basic"], now=NOW) == {}


def test_a_void_finds_its_card_by_its_target(ada):
    review = sent()
    early = sent(None, "void", target=review["id"])
    assert statuses(record_events(ada, [early, review], now=NOW)) == ["invalid", "created"]
    assert statuses(record_events(ada, [early], now=NOW)) == ["created"]
    assert card_states(ada, ["c04-basic"], now=NOW) == {}
    assert statuses(record_events(ada, [early], now=NOW)) == ["duplicate"]


def test_a_void_that_names_another_card_is_refused(ada):
    review = sent()
    record_events(ada, [review], now=NOW)
    refused = record_events(ada, [sent("c05-0", "void", target=review["id"])], now=NOW)
    assert "belongs to c04-basic" in refused.results[0].reason


def test_taking_back_the_only_event_removes_the_card_and_says_so(ada):
    review = sent()
    start = record_events(ada, [review], now=NOW).cursor
    record_events(ada, [sent(kind="void", target=review["id"])], now=NOW)
    types = [(change.type, change.id) for change in changes(ada, start).changes]
    assert ("removed", "c04-basic") in types
    record_events(ada, [sent(seq=3)], now=NOW)
    assert "c04-basic" in card_states(ada, ["c04-basic"], now=NOW)


def test_practice_makes_no_card(ada):
    assert statuses(record_events(ada, [sent(kind="practice")], now=NOW)) == ["created"]
    assert not Card.objects.exists()


def test_every_kind_is_taken_in_and_folded(ada):
    until = "2026-03-09T10:00:00.000Z"
    batch = [
        sent(),
        sent(kind="suspend", seq=2),
        sent(kind="unsuspend", seq=3),
        sent(kind="flag", seq=4, flag=2),
        sent(kind="bury", seq=5, until=until),
        sent(kind="set_due", seq=6, due=until),
        sent(None, "parameters", seq=7, desired_retention=0.85),
    ]
    assert statuses(record_events(ada, batch, now=NOW)) == ["created"] * 7
    card = Card.objects.get()
    assert (card.flag, card.suspended) == (2, False)
    assert card.due == card.buried_until == NOW + 7 * DAY
    assert card.due_base == NOW + timedelta(minutes=10)
    record_events(ada, [sent(kind="reset", seq=8, at=NOW + DAY)], now=NOW + DAY)
    assert (Card.objects.get().phase, Card.objects.get().stability) == ("new", None)


def test_new_parameters_refold_memory_and_leave_due_dates(ada):
    record_events(ada, [sent(at=NOW + n * DAY, seq=n) for n in range(4)], now=NOW + 4 * DAY)
    before = Card.objects.get()
    fitted = [0.5, *DEFAULT_WEIGHTS[1:20], 0.3]
    fit = sent(None, "parameters", at=NOW + 5 * DAY, parameters=fitted)
    record_events(ada, [fit], now=NOW + 5 * DAY)
    after = Card.objects.get()
    assert after.stability != before.stability
    assert after.due == before.due
    assert timeline_of(ada.pk).newest.weights == tuple(fitted)
    record_events(ada, [sent(None, "void", target=fit["id"])], now=NOW + 6 * DAY)
    assert Card.objects.get().stability == before.stability


def test_a_retired_prompt_keeps_its_reviews_and_takes_late_ones(ada):
    record_events(ada, [sent()], now=NOW)
    Prompt.objects.filter(pk="c04-basic").update(retired_at=NOW)
    late = record_events(ada, [sent(at=NOW + DAY, seq=2)], now=NOW + DAY)
    assert statuses(late) == ["created"]
    assert Card.objects.get().reps == 2


def test_a_cards_cached_state_is_the_fold_of_its_stored_events(ada):
    batch = [sent(at=NOW + n * DAY, rating=n % 4 + 1, seq=n) for n in range(12)]
    for event in batch:
        record_events(ada, [event], now=NOW + 20 * DAY)
    stored = events_of_cards(ada.pk, ["c04-basic"])["c04-basic"]
    assert Card.objects.get().state() == fold(stored)


def test_a_longer_batch_costs_no_more_queries(ada, django_assert_num_queries):
    prompts = [f"c05-{n}" for n in range(5)]
    batch = [sent(prompts[n % 5], seq=n, at=NOW + n * DAY) for n in range(60)]
    record_events(ada, batch[:10], now=NOW + 400 * DAY)
    with CaptureQueriesContext(connection) as short:
        record_events(ada, batch[10:15], now=NOW + 400 * DAY)
    with django_assert_num_queries(len(short)):
        record_events(ada, batch[15:], now=NOW + 400 * DAY)


def test_nothing_is_stored_where_the_fold_fails(ada, monkeypatch):
    """The log and the cards change together or not at all."""

    def broken(*args: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("quizzes.services.rows.upsert_cards", broken)
    with pytest.raises(RuntimeError):
        record_events(ada, [sent()], now=NOW)
    assert not ReviewEventRow.objects.exists()


def test_an_unknown_field_is_ignored(ada):
    assert statuses(record_events(ada, [sent(mood="good")], now=NOW)) == ["created"]


def test_ids_are_compared_as_uuids_not_as_text(ada):
    event = sent()
    record_events(ada, [event], now=NOW)
    shouted = {**event, "id": event["id"].upper(), "device": event["device"].upper()}
    assert statuses(record_events(ada, [shouted], now=NOW)) == ["duplicate"]
    assert statuses(record_events(ada, [{**event, "id": str(uuid4())}], now=NOW)) == ["created"]


@pytest.mark.parametrize(
    "reason", ['"quoted"', "back\\slash", "tab\tline\nend\r\x01\x7f", "{a,b} NULL", "größe ✓ 🙂"]
)
def test_a_reason_comes_back_as_it_was_sent(ada, reason):
    due = {"due": moment_text(NOW + DAY)}
    plain = [sent(seq=seq) for seq in range(60)]
    events = [*plain, sent(kind="set_due", seq=99, reason=reason, **due)]
    assert set(statuses(record_events(ada, events, now=NOW))) == {"created"}
    assert ReviewEventRow.objects.get(kind="set_due").reason == reason
    assert statuses(record_events(ada, events, now=NOW)) == ["duplicate"] * 61
