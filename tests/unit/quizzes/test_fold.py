"""What must hold for every history of a card."""

import random
from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from quizzes.domain.events import Kind, SchedulingChange
from quizzes.domain.fold import CardState, apply, effective, extended, fold
from quizzes.domain.scheduler import Phase, Scheduling
from quizzes.domain.timeline import timeline
from tests.unit.quizzes.histories import ZONES, card_events, make_event, parameter_events


@given(events=card_events(), changes=parameter_events(), seed=st.integers(0, 999))
def test_order_of_arrival_and_repetitions_do_not_matter(events, changes, seed):
    shuffled = [*events, *events[::2]]
    random.Random(seed).shuffle(shuffled)
    settings = timeline(changes)
    again = timeline([*changes[::-1], *changes])
    assert fold(shuffled, again) == fold(events, settings)


@given(events=card_events(), data=st.data())
def test_a_voided_event_never_happened(events, data):
    target = data.draw(st.sampled_from([e for e in events if e.kind is not Kind.VOID]))
    void = make_event(500, Kind.VOID, after=timedelta(days=200), target=target.id)
    without = [event for event in events if event.id != target.id]
    assert fold([*events, void]) == fold(without)


def test_taking_back_a_void_has_no_effect():
    review = make_event(1)
    void = make_event(2, Kind.VOID, target=review.id)
    assert fold([review, void, make_event(3, Kind.VOID, target=void.id)]) is None


@given(events=card_events(), changes=parameter_events(), data=st.data())
def test_an_incremental_fold_equals_the_full_one(events, changes, data):
    settings = timeline(changes)
    events = sorted((e for e in events if e.kind is not Kind.VOID), key=lambda e: e.order)
    cut = data.draw(st.integers(0, len(events)))
    head, tail = events[:cut], [e for e in events[cut:] if e.kind is not Kind.PRACTICE]
    grown = extended(fold(head, settings), tail, settings)
    if grown is not None:
        assert grown == fold(events, settings)
    elif tail:
        assert settings.orders
        assert tail[0].order <= settings.orders[-1]


@given(events=card_events())
def test_an_event_that_is_not_the_latest_asks_for_a_full_fold(events):
    state = fold(events)
    if state is not None:
        late = make_event(999, after=timedelta(days=-1))
        assert extended(state, [late], timeline([])) is None


@given(events=card_events(), changes=parameter_events())
def test_due_lies_after_the_last_review_and_bounds_hold(events, changes):
    state = fold(events, timeline(changes))
    if state is None or state.last_review is None:
        return
    assert state.due_base > state.last_review
    assert state.due >= state.last_review
    assert 1 <= state.difficulty <= 10
    assert 0.001 <= state.stability <= 36_500
    assert state.lapses <= state.reps
    assert state.first_day <= state.last_day


@given(
    ratings=st.lists(st.integers(1, 4), min_size=2, max_size=8),
    zones=st.lists(st.sampled_from(ZONES), min_size=8, max_size=8),
)
def test_the_zone_of_a_later_event_never_moves_past_study_days(ratings, zones):
    """The memory depends on the stored days alone, whatever zones the learner passes through."""
    home = [make_event(n, after=timedelta(days=3 * n), rating=r) for n, r in enumerate(ratings, 1)]
    away = [replace(e, tz=tz) for e, tz in zip(home, zones, strict=False)]
    left, right = fold(home), fold(away)
    assert (left.stability, left.difficulty) == (right.stability, right.difficulty)
    assert left.last_day == right.last_day


@given(events=card_events(), version=st.integers(1, 9))
def test_editing_a_cards_text_keeps_its_history(events, version):
    assert fold([replace(e, version=version) for e in events]) == fold(events)


def test_a_new_fit_moves_memory_but_not_the_calendar():
    reviews = [make_event(n, after=timedelta(days=5 * n)) for n in range(1, 5)]
    change = SchedulingChange(
        parameters=(0.5, *Scheduling().weights[1:19], 0.2, 0.2), desired_retention=0.8
    )
    fit = make_event(99, Kind.PARAMETERS, after=timedelta(days=60), prompt=None, scheduling=change)
    before, after = fold(reviews), fold(reviews, timeline([fit]))
    assert after.stability != before.stability
    assert (after.due, after.interval) == (before.due, before.interval)
    later = make_event(6, after=timedelta(days=61))
    assert fold([*reviews, later], timeline([fit])).due != fold([*reviews, later]).due


def test_parameters_change_only_what_they_name_and_can_be_taken_back():
    first = make_event(
        1, Kind.PARAMETERS, prompt=None, scheduling=SchedulingChange(desired_retention=0.8)
    )
    second = make_event(
        2,
        Kind.PARAMETERS,
        prompt=None,
        after=timedelta(days=1),
        scheduling=SchedulingChange(maximum_interval=100),
    )
    newest = timeline([second, first]).newest
    assert (newest.desired_retention, newest.maximum_interval) == (0.8, 100)
    void = make_event(3, Kind.VOID, prompt=None, target=first.id)
    assert timeline([void, second, first]).newest.desired_retention == 0.9


def test_practice_alone_makes_no_card_and_changes_none():
    practice = make_event(2, Kind.PRACTICE, after=timedelta(days=1))
    assert fold([practice]) is None
    assert fold([make_event(1), practice]) == fold([make_event(1)])


def test_every_kind_does_what_it_says():
    review = make_event(1)
    day = timedelta(days=1)
    suspended = fold([review, make_event(2, Kind.SUSPEND, after=day)])
    assert suspended.suspended
    both = [make_event(2, Kind.SUSPEND, after=day), make_event(3, Kind.UNSUSPEND, after=2 * day)]
    assert not fold([review, *both]).suspended
    assert fold([review, make_event(2, Kind.FLAG, after=day, flag=3)]).flag == 3
    buried = make_event(2, Kind.BURY, after=day)
    assert fold([review, buried]).buried_until == buried.until
    moved = make_event(2, Kind.SET_DUE, after=day)
    state = fold([review, moved])
    assert (state.due, state.due_base) == (moved.due, fold([review]).due)
    reset = fold([review, make_event(2, Kind.RESET, after=day)])
    assert reset == CardState("c04-a", head=make_event(2, Kind.RESET, after=day).order)


def test_a_due_date_set_into_the_past_is_held_at_its_own_time():
    moved = make_event(2, Kind.SET_DUE, after=timedelta(days=1))
    early = replace(moved, due=moved.at - timedelta(days=300))
    assert fold([make_event(1), early]).due == early.effective_at


def test_a_review_dated_before_the_last_day_counts_no_negative_days():
    """Flying west, the same instant can lie on an earlier study day."""
    first = make_event(1, tz="Asia/Tokyo")
    second = make_event(2, after=timedelta(minutes=1), tz="America/Los_Angeles", rollover=23)
    assert second.day < first.day
    state = fold([first, second])
    assert state.last_day == first.day
    assert state.due > state.last_review


def test_hundred_reviews_of_one_card_graduate_it_and_count():
    events = [make_event(n, after=timedelta(days=n)) for n in range(1, 101)]
    state = fold(events)
    assert (state.phase, state.reps, state.lapses) == (Phase.REVIEW, 100, 0)


def test_events_of_two_cards_are_not_folded_together():
    other = make_event(2, prompt="c04-b")
    try:
        effective([make_event(1), other])
    except ValueError:
        return
    raise AssertionError("two cards were folded into one")


@settings(max_examples=20)
@given(events=card_events())
def test_state_after_each_event_is_the_fold_of_the_events_so_far(events):
    state = None
    ordered = effective(events)
    for count, event in enumerate(ordered, 1):
        state = apply(state, event, Scheduling())
        assert state == fold(ordered[:count])


def test_ties_are_broken_by_device_sequence_and_id():
    left, right = make_event(1, rating=1), make_event(2, rating=4, device=2)
    same_device = replace(right, device=left.device, seq=0)
    assert fold([left, right]).head[3] == right.id
    assert fold([left, same_device]).head[3] == left.id
    assert left.order < replace(left, id=UUID(int=5)).order
