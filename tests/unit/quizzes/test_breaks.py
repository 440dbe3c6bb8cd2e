"""A break is cleared before and after it."""

from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.balance import Calendar, after_moves, load_of
from quizzes.domain.breaks import cleared
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.domain.pace import DaysOff
from tests.unit.quizzes.due_cards import TODAY, day, due_card, due_cards


@given(due_cards(), st.integers(0, 10), st.integers(0, 20), st.integers(1, 30))
def test_the_break_is_empty_and_no_day_after_it_is_above_the_limit(cards, start, length, a_day):
    rest = DaysOff(day(start), day(start + length))
    calendar = Calendar(TODAY, breaks=(rest,))
    found = cleared(cards, rest, calendar, DEFAULT_WEIGHTS, a_day)
    assert found.stays == 0
    assert found.falls == found.before + found.after == len(found.moves)
    by_name = {card.prompt: card for card in cards}
    before, after = load_of(cards, TODAY), load_of(after_moves(cards, found.moves), TODAY)
    assert not any(after[d] for d in after if d in rest)
    for move in found.moves:
        card = by_name[move.prompt]
        assert move.day not in rest
        assert move.day >= TODAY
        assert move.day > card.last_day
        assert after[move.day] <= max(a_day, before[move.day])
        if move.day < rest.first:
            assert card.due > TODAY
            assert card.range()[0] <= move.day
    assert dict(found.days) == {d: after[d] for d, _ in found.days}
    again = cleared(after_moves(cards, found.moves), rest, calendar, DEFAULT_WEIGHTS, a_day)
    assert again.moves == ()


def test_a_card_goes_before_the_break_only_within_its_fuzz():
    rest = DaysOff(day(3), day(9))
    near, far = due_card("near", 4, 20), due_card("far", 8, 20)
    found = cleared([near, far], rest, Calendar(TODAY, breaks=(rest,)), DEFAULT_WEIGHTS, 10)
    assert {move.prompt: move.day for move in found.moves} == {"near": day(2), "far": day(10)}


def test_what_is_overdue_as_a_break_begins_today_comes_after_it():
    rest = DaysOff(TODAY, day(2))
    found = cleared(
        [due_card("old", -3)], rest, Calendar(TODAY, breaks=(rest,)), DEFAULT_WEIGHTS, 10
    )
    assert [move.day for move in found.moves] == [day(3)]


def test_the_days_after_are_even_and_the_shakiest_come_first():
    rest = DaysOff(day(1), day(4))
    cards = [due_card(f"c{n}", 2, 2, stability=2.0 + n) for n in range(8)]
    found = cleared(cards, rest, Calendar(TODAY, breaks=(rest,)), DEFAULT_WEIGHTS, 100)
    assert [count for _, count in found.days[5:]] == [2, 2, 2, 2]
    assert found.moves[0].prompt == "c0"


def test_two_breaks_in_a_row_are_both_kept_free():
    first, second = DaysOff(day(1), day(3)), DaysOff(day(4), day(6))
    calendar = Calendar(TODAY, breaks=(first, second))
    found = cleared([due_card("c", 2, 2)], first, calendar, DEFAULT_WEIGHTS, 10)
    assert [move.day for move in found.moves] == [day(7)]


def test_with_no_room_within_a_year_cards_stay_and_are_counted():
    rest = DaysOff(day(1), day(3))
    found = cleared(
        [due_card("c", 2, 2)], rest, Calendar(TODAY, breaks=(rest,)), DEFAULT_WEIGHTS, 0
    )
    assert (found.falls, found.stays, found.moves) == (1, 1, ())
