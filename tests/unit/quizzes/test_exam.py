"""Reviews are drawn so that an exam's cards are recalled on the day."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain import fsrs
from quizzes.domain.balance import Calendar, DueCard, after_moves
from quizzes.domain.exam import Held, drawn, first_day_that_fits, weighed
from quizzes.domain.fsrs import AGAIN, DEFAULT_WEIGHTS, GOOD, Memory
from quizzes.domain.pace import DaysOff, ExamPlan, new_a_day, study_days
from quizzes.domain.scheduler import DEFAULT_SCHEDULING
from quizzes.domain.workload import HeldCard
from tests.unit.quizzes.due_cards import TODAY, calendars, day, due_card, due_cards


def exam_in(days: int, retention: float = 0.9, chapter: str = "pets") -> ExamPlan:
    return ExamPlan(day(days), TODAY, (chapter,), retention)


def recall_on(exam: ExamPlan, card) -> float:
    """The recall on the exam after a Good on the day the card is due; without, as it is."""
    if card.due >= exam.day:
        elapsed = (exam.day - card.last_day).days
        return fsrs.retrievability(DEFAULT_WEIGHTS, card.memory.stability, elapsed)
    elapsed = (card.due - card.last_day).days
    grown = fsrs.after(DEFAULT_WEIGHTS, card.memory, GOOD, elapsed)
    return fsrs.retrievability(DEFAULT_WEIGHTS, grown.stability, (exam.day - card.due).days)


@given(due_cards(low=0), st.integers(2, 40), st.floats(0.8, 0.97))
def test_every_card_of_the_exam_reaches_the_wanted_recall_or_comes_on_the_eve(cards, days, wanted):
    exam = exam_in(days, wanted)
    later = [card for card in cards if card.chapter == "pets" and card.due >= exam.day]
    moves = drawn(cards, exam, Calendar(TODAY), DEFAULT_WEIGHTS)
    after = {card.prompt: card for card in after_moves(cards, moves)}
    for card in later:
        stands = after[card.prompt]
        assert recall_on(exam, stands) >= wanted or stands.due == exam.day - timedelta(days=1)


@given(due_cards(), calendars(), st.integers(1, 40))
def test_draws_are_earlier_than_the_exam_never_past_and_settle_at_once(cards, calendar, days):
    for exam in (exam_in(days), exam_in(days + 7, 0.95, "mnist-basics")):
        by_name = {card.prompt: card for card in cards}
        moves = drawn(cards, exam, calendar, DEFAULT_WEIGHTS)
        for move in moves:
            card = by_name[move.prompt]
            assert max(TODAY, card.last_day + timedelta(days=1)) <= move.day < card.due
            assert not calendar.off(move.day)
            assert card.chapter in exam.chapters
        cards = after_moves(cards, moves)
        assert drawn(cards, exam, calendar, DEFAULT_WEIGHTS) == []


def test_a_card_that_will_be_known_anyway_is_left_alone():
    card = due_card("known", 60, 100, stability=300.0)
    assert drawn([card], exam_in(10), Calendar(TODAY), DEFAULT_WEIGHTS) == []


def test_draws_spread_over_the_days_that_help():
    cards = [due_card(f"c{n:02}", 40, 40, stability=40.0) for n in range(40)]
    moves = drawn(cards, exam_in(20, 0.97), Calendar(TODAY), DEFAULT_WEIGHTS)
    assert len(moves) == 40
    assert len({move.day for move in moves}) > 4


def test_a_break_up_to_the_exam_draws_reviews_before_it():
    calendar = Calendar(TODAY, breaks=(DaysOff(day(3), day(9)),))
    card = due_card("c", 30, 30, stability=3.0)
    [move] = drawn([card], exam_in(10, 0.97), calendar, DEFAULT_WEIGHTS)
    assert move.day == day(2)


@pytest.mark.parametrize(
    ("days", "new", "pace"), [(29, 23, 1), (29, 24, 2), (15, 13, 1), (4, 8, 2), (1, 5, 5)]
)
def test_new_cards_are_met_a_week_before_less_where_time_is_short(days, new, pace):
    assert new_a_day([exam_in(days)], {"pets": new}, TODAY) == pace


def test_two_exams_take_their_new_cards_one_after_the_other():
    exams = [exam_in(29), exam_in(49, chapter="mnist-basics")]
    assert new_a_day(exams, {"pets": 10, "mnist-basics": 80}, TODAY) == 3
    assert new_a_day(exams, {"pets": 80, "mnist-basics": 10}, TODAY) == 4


def test_breaks_leave_fewer_days_for_new_cards():
    breaks = (DaysOff(day(2), day(11)), DaysOff(day(10), day(12)))
    assert study_days(TODAY, day(22), breaks) == 12
    assert new_a_day([exam_in(29)], {"pets": 24}, TODAY, breaks) == 2


def some_held(number: int = 30, stability: float = 10.0) -> list[HeldCard]:
    return [HeldCard(Memory(stability, 5.0), n % 10, 10 - n % 10, 0.9) for n in range(number)]


def test_the_forecast_shows_what_the_exam_adds():
    held = Held(some_held(), some_held(50), {"pets": 40}, added=40, ahead=0)
    found = weighed(exam_in(30, 0.95), held, Calendar(TODAY), DEFAULT_SCHEDULING, 10)
    assert (found.cards, found.new, found.new_a_day, found.study_days) == (70, 40, 2, 30)
    assert found.recall_with > 0.93
    assert found.recall_without < 0.45  # cards that were not added are not known
    assert sum(row[1] for row in found.days) > sum(row[2] for row in found.days)
    assert len(found.days) == 30


def test_without_the_exam_its_cards_wait_for_their_turn():
    held = Held([], [], {"pets": 40}, other_new=120, ahead=100)
    found = weighed(exam_in(12, 0.9), held, Calendar(TODAY), DEFAULT_SCHEDULING, 10)
    assert found.recall_without < 0.55  # half of them are met by then
    assert found.recall_with > found.recall_without


def test_nothing_is_expected_on_days_off():
    calendar = Calendar(TODAY, breaks=(DaysOff(day(2), day(4)),))
    found = weighed(
        exam_in(10), Held(some_held(), [], {"pets": 9}, 9), calendar, DEFAULT_SCHEDULING, 10
    )
    assert [row[1] for row in found.days[2:5]] == [0, 0, 0]
    assert found.study_days == 7


def test_a_day_too_soon_is_answered_with_the_first_that_fits():
    exam = exam_in(3)
    assert new_a_day([exam], {"pets": 301}, TODAY) > 100
    fits = first_day_that_fits(exam, 301, TODAY, 100)
    assert fits == day(4)
    assert new_a_day([ExamPlan(fits, TODAY, ("pets",))], {"pets": 301}, TODAY) <= 100


def test_an_exam_today_is_refused():
    with pytest.raises(ValueError):
        weighed(exam_in(0), Held([], [], {}), Calendar(TODAY), DEFAULT_SCHEDULING, 10)


def test_a_month_of_study_leaves_every_card_at_the_wanted_recall():
    """Day by day with dice: what is due is reviewed, then the exam draws what it needs."""
    dice, exam, wanted = Random(7), exam_in(30, 0.93), 0.93
    cards = [
        due_card(f"c{n:03}", n % 25, 25 + n % 40, stability=5.0 + n % 50, chapter="pets")
        for n in range(150)
    ]
    for offset in range(30):
        today = day(offset)
        cards = after_moves(cards, drawn(cards, exam, Calendar(today), DEFAULT_WEIGHTS))
        cards = [_reviewed(card, today, dice) if card.due <= today else card for card in cards]
    short = [card for card in cards if recall_on(exam, card) < wanted]
    # Who misses a card on the eve cannot learn it better by the next day.
    assert all(card.last_day == exam.day - timedelta(days=1) for card in short)
    assert len(short) <= 5


def _reviewed(card: DueCard, today: date, dice: Random) -> DueCard:
    elapsed = (today - card.last_day).days
    recall = fsrs.retrievability(DEFAULT_WEIGHTS, card.memory.stability, elapsed)
    rating = GOOD if dice.random() < recall else AGAIN
    memory = fsrs.after(DEFAULT_WEIGHTS, card.memory, rating, elapsed)
    if rating == AGAIN:
        memory = fsrs.after(DEFAULT_WEIGHTS, memory, GOOD, 0)
    interval = max(1, round(fsrs.interval(DEFAULT_WEIGHTS, memory.stability, 0.9)))
    due = today + timedelta(days=interval)
    return DueCard(card.prompt, due, due, today, interval, memory, chapter=card.chapter)
