"""What a learner does to their cards."""

from datetime import timedelta
from uuid import uuid4

import pytest

from quizzes.domain.errors import EventConflict, EventInvalid, PlanInvalid, QuizNotFound
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors import card_states, session
from quizzes.services import (
    add_chapter,
    change_settings,
    record_events,
    review_prompt,
)
from tests.integration.quizzes.conftest import LAPTOP, NOW, PHONE, add_prompt, sent, undo_last

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_an_answer_on_a_page_gives_the_card_back(ada):
    view = review_prompt(ada, "c04-basic", rating=4, device=LAPTOP, now=NOW, duration_ms=900)
    assert (view.phase, view.reps) == ("review", 1)
    assert view.due > NOW + 2 * DAY
    assert ReviewEventRow.objects.get().duration_ms == 900


def test_an_answer_sent_twice_counts_once(ada):
    event_id = uuid4()
    first = review_prompt(ada, "c04-basic", rating=3, device=LAPTOP, now=NOW, event_id=event_id)
    again = review_prompt(
        ada, "c04-basic", rating=3, device=LAPTOP, now=NOW + HOUR, event_id=event_id
    )
    assert again.reps == first.reps == 1
    with pytest.raises(EventConflict, match="kept"):
        review_prompt(ada, "c04-basic", rating=1, device=LAPTOP, now=NOW, event_id=event_id)


def test_an_answer_sent_again_after_it_was_taken_back_stays_taken_back(ada):
    event_id = uuid4()
    review_prompt(ada, "c04-basic", rating=3, device=LAPTOP, now=NOW, event_id=event_id)
    undo_last(ada, device=LAPTOP, now=NOW)
    again = review_prompt(ada, "c04-basic", rating=3, device=LAPTOP, now=NOW, event_id=event_id)
    assert again is None
    assert card_states(ada, ["c04-basic"], now=NOW) == {}


def test_an_answer_takes_the_learners_study_day(ada):
    ada.time_zone, ada.rollover_hour = "Pacific/Auckland", 4
    ada.save()
    review_prompt(ada, "c04-basic", rating=3, device=LAPTOP, now=NOW + 6 * HOUR)
    row = ReviewEventRow.objects.get()
    assert (row.tz, row.day.day) == ("Pacific/Auckland", 3)


@pytest.mark.parametrize(("prompt", "rating"), [("c99-nowhere", 3), ("c04-basic", 5)])
def test_an_impossible_answer_is_refused(ada, prompt, rating):
    with pytest.raises(EventInvalid):
        review_prompt(ada, prompt, rating=rating, device=LAPTOP, now=NOW)
    assert not ReviewEventRow.objects.exists()


def test_undo_goes_back_step_by_step_through_the_study_day(ada):
    review_prompt(ada, "c05-0", rating=3, device=LAPTOP, now=NOW - DAY)
    review_prompt(ada, "c04-basic", rating=3, device=LAPTOP, now=NOW)
    review_prompt(ada, "c05-0", rating=1, device=PHONE, now=NOW + HOUR)
    assert undo_last(ada, device=LAPTOP, now=NOW + 2 * HOUR) == "c05-0"
    assert undo_last(ada, device=LAPTOP, now=NOW + 2 * HOUR) == "c04-basic"
    assert undo_last(ada, device=LAPTOP, now=NOW + 2 * HOUR) is None
    states = card_states(ada, ["c05-0", "c04-basic"], now=NOW)
    assert set(states) == {"c05-0"}
    assert (states["c05-0"].reps, states["c05-0"].lapses) == (1, 0)


def test_undo_also_takes_back_a_suspension(ada):
    record_events(ada, [sent(), sent(kind="suspend", seq=2, at=NOW + HOUR)], now=NOW + HOUR)
    undo_last(ada, device=LAPTOP, now=NOW + HOUR)
    assert not Card.objects.get().suspended


def test_undo_leaves_other_learners_alone(ada, bob):
    review_prompt(ada, "c04-basic", rating=3, device=LAPTOP, now=NOW)
    assert undo_last(bob, device=LAPTOP, now=NOW) is None


def test_adding_a_chapter_makes_cards_without_events(ada):
    assert add_chapter(ada, "mnist-basics", now=NOW) == 8
    assert add_chapter(ada, "mnist-basics", now=NOW) == 0
    assert not ReviewEventRow.objects.exists()
    view = card_states(ada, ["c04-basic"], now=NOW)["c04-basic"]
    assert (view.phase, view.due, view.retrievability) == ("new", None, None)


def test_adding_a_chapter_keeps_what_was_learned(ada):
    review_prompt(ada, "c04-basic", rating=4, device=LAPTOP, now=NOW)
    assert add_chapter(ada, "mnist-basics", now=NOW) == 7
    assert card_states(ada, ["c04-basic"], now=NOW)["c04-basic"].reps == 1
    undo_last(ada, device=LAPTOP, now=NOW)
    assert card_states(ada, ["c04-basic"], now=NOW)["c04-basic"].phase == "new"


def test_prompts_that_join_a_chapter_later_can_be_added(ada, deck, chapters):
    add_chapter(ada, "pets", now=NOW)
    add_prompt(deck, chapters[1], "c05-new", "short", position=9)
    assert add_chapter(ada, "pets", now=NOW) == 1


def test_a_chapter_that_is_not_there_cannot_be_added(ada):
    with pytest.raises(QuizNotFound):
        add_chapter(ada, "nowhere", now=NOW)


def test_the_daily_limit_is_kept_within_reason(ada):
    change_settings(ada, {"new_per_day": 3}, now=NOW)
    add_chapter(ada, "mnist-basics", now=NOW)
    assert len(session(ada, now=NOW).cards) == 3
    with pytest.raises(PlanInvalid):
        change_settings(ada, {"new_per_day": -1}, now=NOW)
