"""A backlog is spread at the least loss of recall."""

from hypothesis import assume, given
from hypothesis import strategies as st

from quizzes.domain import fsrs
from quizzes.domain.backlog import pace_that_does, postponed
from quizzes.domain.balance import Calendar, after_moves, load_of
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.domain.pace import DaysOff
from tests.unit.quizzes.due_cards import TODAY, calendars, day, due_card, due_cards


@given(due_cards(), calendars(), st.integers(1, 20))
def test_every_overdue_card_is_kept_or_has_a_day_with_room(cards, calendar, a_day):
    found = postponed(cards, calendar, DEFAULT_WEIGHTS, a_day)
    assume(found is not None)
    due = {card.prompt for card in cards if card.due <= TODAY}
    assert found.overdue == len(due) == found.kept + len(found.moves)
    assert found.kept <= a_day
    after = load_of(after_moves(cards, found.moves), TODAY)
    for move in found.moves:
        assert move.prompt in due
        assert move.day > TODAY
        assert not calendar.off(move.day)
        assert after[move.day] <= a_day
    assert dict(found.days) == {d: after[d] for d, _ in found.days}


@given(due_cards(high=0), st.integers(1, 10))
def test_no_card_of_today_would_better_change_places_with_one_of_the_last_day(cards, a_day):
    found = postponed(cards, Calendar(TODAY), DEFAULT_WEIGHTS, a_day)
    assume(found is not None and found.moves)
    moved = {move.prompt: move.day for move in found.moves}

    def loss(card) -> float:
        elapsed = (TODAY - card.last_day).days
        wait = (found.last_day - TODAY).days
        stability = card.memory.stability
        return fsrs.retrievability(DEFAULT_WEIGHTS, stability, elapsed) - fsrs.retrievability(
            DEFAULT_WEIGHTS, stability, elapsed + wait
        )

    kept = [loss(card) for card in cards if card.prompt not in moved]
    last = [loss(card) for card in cards if moved.get(card.prompt) == found.last_day]
    assert min(kept) >= max(last)


def test_what_was_learned_shakily_goes_before_what_is_nearly_forgotten_or_well_known():
    shaky = due_card("shaky", 0, 4, stability=4.0)
    forgotten = due_card("forgotten", -300, 3, stability=1.0)
    well = due_card("well", -2, 200, stability=9000.0)
    found = postponed([well, forgotten, shaky], Calendar(TODAY), DEFAULT_WEIGHTS, 1)
    assert [move.prompt for move in found.moves] == ["forgotten", "well"]
    assert [move.day for move in found.moves] == [day(1), day(2)]
    assert found.lost < found.lost_in_turn


def test_cards_already_due_on_a_day_keep_their_places():
    overdue = [due_card(f"o{n}", -1) for n in range(4)]
    tomorrow = [due_card(f"t{n}", 1) for n in range(2)]
    found = postponed([*overdue, *tomorrow], Calendar(TODAY), DEFAULT_WEIGHTS, 2)
    assert [count for _, count in found.days] == [2, 2, 2]
    assert {move.day for move in found.moves} == {day(2)}


def test_reviews_given_today_count_to_the_day():
    overdue = [due_card(f"o{n}", -1) for n in range(4)]
    found = postponed(overdue, Calendar(TODAY), DEFAULT_WEIGHTS, 3, done=2)
    assert (found.kept, len(found.moves)) == (1, 3)


def test_no_card_is_moved_into_a_break():
    overdue = [due_card(f"o{n}", -1) for n in range(4)]
    calendar = Calendar(TODAY, breaks=(DaysOff(day(1), day(5)),))
    found = postponed(overdue, calendar, DEFAULT_WEIGHTS, 3)
    assert [move.day for move in found.moves] == [day(6)]


def test_a_pace_below_what_comes_due_anyway_is_named_with_one_that_does():
    overdue = [due_card(f"o{n}", -1) for n in range(50)]
    later = [due_card(f"l{n}", n // 2 + 1, 400) for n in range(800)]
    assert postponed([*overdue, *later], Calendar(TODAY), DEFAULT_WEIGHTS, 2) is None
    pace = pace_that_does([*overdue, *later], Calendar(TODAY), 2, 30)
    assert postponed([*overdue, *later], Calendar(TODAY), DEFAULT_WEIGHTS, pace) is not None
    assert pace == 4
