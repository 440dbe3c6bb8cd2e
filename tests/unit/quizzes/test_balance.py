"""Days come out even and easy days stay easy, within each card's fuzz."""

from statistics import pvariance

from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.balance import Calendar, after_moves, balanced, load_of
from quizzes.domain.events import Reason
from quizzes.domain.fuzz import fuzzed
from tests.unit.quizzes.due_cards import TODAY, calendars, day, due_card, due_cards


@given(due_cards(), calendars(), st.booleans())
def test_every_move_stays_in_the_cards_range_and_after_today(cards, calendar, even):
    by_name = {card.prompt: card for card in cards}
    moves = balanced(cards, calendar, even=even)
    assert len({move.prompt for move in moves}) == len(moves)
    for move in moves:
        card = by_name[move.prompt]
        days = (move.day - card.last_day).days
        drift = (card.base - card.last_day).days - card.interval
        low = fuzzed(card.interval, 1, 36_500, 0)
        high = fuzzed(card.interval, 1, 36_500, 0xFFFFFFFF)
        assert low <= days - drift <= high
        assert move.day > TODAY
        assert move.day > card.last_day
        assert not calendar.off(move.day)
        assert not card.moved
        assert card.interval >= 3


@given(due_cards(), calendars(), st.booleans())
def test_running_it_again_moves_nothing(cards, calendar, even):
    moved = after_moves(cards, balanced(cards, calendar, even=even))
    assert balanced(moved, calendar, even=even) == []


@given(due_cards())
def test_no_card_is_lost_and_the_days_are_no_less_even(cards):
    before = load_of(cards, TODAY)
    after = load_of(after_moves(cards, balanced(cards, Calendar(TODAY))), TODAY)
    assert sum(before.values()) == sum(after.values()) == len(cards)
    days = [day(n) for n in range(120)]
    assert pvariance([after[d] for d in days]) <= pvariance([before[d] for d in days])


@given(due_cards(), calendars())
def test_the_order_of_the_cards_does_not_matter(cards, calendar):
    assert balanced(cards, calendar) == balanced(cards[::-1], calendar)


def test_a_crowded_day_hands_cards_to_its_neighbours():
    cards = [due_card(f"c{n}", 8) for n in range(30)]
    moves = balanced(cards, Calendar(TODAY))
    after = load_of(after_moves(cards, moves), TODAY)
    assert max(after.values()) <= 12
    assert {move.reason for move in moves} == {Reason.BALANCE}


def test_days_that_are_nearly_even_are_left_alone():
    cards = [due_card(f"c{n}", 8) for n in range(2)]
    assert balanced(cards, Calendar(TODAY)) == []


def test_a_free_weekday_gets_no_reviews_where_the_range_allows():
    free_tuesday = (1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    cards = [due_card(f"c{n}", 8) for n in range(5)]  # Tuesday of the next week
    short = due_card("short", 1, interval=2)  # tomorrow, Tuesday: its interval cannot move
    moves = balanced([*cards, short], Calendar(TODAY, free_tuesday))
    after = after_moves([*cards, short], moves)
    assert [card.prompt for card in after if card.due.weekday() == 1] == ["short"]
    assert {move.reason for move in moves} == {Reason.EASY_DAY}


def test_easy_days_are_cleared_though_balancing_is_off():
    free_tuesday = (1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    tuesday = [due_card(f"t{n}", 8) for n in range(5)]
    wednesday = [due_card(f"w{n}", 9) for n in range(30)]
    moves = balanced([*tuesday, *wednesday], Calendar(TODAY, free_tuesday), even=False)
    assert {move.prompt for move in moves} == {card.prompt for card in tuesday}


def test_a_card_that_was_moved_stays_where_it_is():
    cards = [due_card(f"c{n}", 8, moved=True) for n in range(30)]
    assert balanced(cards, Calendar(TODAY)) == []
